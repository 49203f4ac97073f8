//! Tenants take turns: of each type, the one that is furthest behind its share comes next. Known as stride scheduling.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use plinth_events::{TenantId, names::JobType};
use plinth_projections::job_queue::dispatch::Line;

use super::{allowances::Allowances, route::Route};

/// What one job moves the pass of a tenant of weight 1.
const STRIDE: u64 = 1_000_000;

/// How far each tenant is, on each way of a type.
#[derive(Debug, Default)]
pub struct Turns(HashMap<Route, Passes>);

#[derive(Debug, Default)]
struct Passes {
    /// The pass of whoever came last. Who was away starts from here and catches nothing up.
    present: u64,
    tenants: HashMap<TenantId, u64>,
}

impl Turns {
    /// Whose jobs are published next, one entry a job: on each way as many as there is room for, on all together at
    /// most about `limit`, as far as the queues let them through.
    pub fn pick(
        &mut self,
        lines: Vec<Line>,
        room: impl Fn(&Route) -> u32,
        limit: u32,
        allowances: &mut Allowances,
    ) -> Vec<Line> {
        let mut routes: HashMap<Route, Vec<TenantId>> = HashMap::new();
        for line in lines {
            routes.entry(allowances.route(&line)).or_default().push(line.tenant);
        }
        self.0.retain(|route, _| routes.contains_key(route));
        let most = limit.div_ceil(u32::try_from(routes.len()).unwrap_or(limit).max(1));
        let picks = routes.into_iter().flat_map(|(route, tenants)| {
            let room = room(&route).min(most);
            let job_type = route.job_type().clone();
            let picked = self.0.entry(route).or_default().pick(&job_type, &tenants, room, allowances);
            picked.into_iter().map(move |tenant| Line { job_type: job_type.clone(), tenant })
        });
        picks.collect()
    }

    /// Gives a turn back that a line had no job for.
    pub fn give_back(&mut self, line: &Line, allowances: &Allowances) {
        let route = allowances.route(line);
        if let Some(pass) = self.0.get_mut(&route).and_then(|passes| passes.tenants.get_mut(&line.tenant)) {
            *pass = pass.saturating_sub(stride(allowances.weight(line)));
        }
    }
}

impl Passes {
    fn pick(
        &mut self,
        job_type: &JobType,
        tenants: &[TenantId],
        room: u32,
        allowances: &mut Allowances,
    ) -> Vec<TenantId> {
        let passes = tenants.iter().map(|tenant| {
            let pass = self.tenants.get(tenant).copied().unwrap_or_default().max(self.present);
            (*tenant, pass)
        });
        self.tenants = passes.collect();
        let mut heap: BinaryHeap<_> = self.tenants.iter().map(|(tenant, pass)| Reverse((*pass, *tenant))).collect();
        let mut picked = Vec::new();
        while let Some(Reverse((pass, tenant))) = heap.pop()
            && picked.len() < room as usize
        {
            let line = Line { job_type: job_type.clone(), tenant };
            if !allowances.take(&line) {
                continue;
            }
            self.present = pass;
            let pass = pass + stride(allowances.weight(&line));
            self.tenants.insert(tenant, pass);
            heap.push(Reverse((pass, tenant)));
            picked.push(tenant);
        }
        picked
    }
}

fn stride(weight: u32) -> u64 {
    STRIDE / u64::from(weight.max(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::queue::QueueSettings;
    use plinth_projections::queue::QueueRow;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn line(tenant: u128) -> Line {
        Line { job_type: "export".parse().unwrap(), tenant: TenantId(Uuid::from_u128(tenant)) }
    }

    fn weights(weights: &[(u128, u32)]) -> Allowances {
        let row = |(tenant, weight): &(u128, u32)| QueueRow {
            tenant: line(*tenant).tenant,
            job_type: None,
            settings: QueueSettings { weight: Some(*weight), ..QueueSettings::default() },
            is_paused: false,
        };
        Allowances::of(
            weights.iter().map(row).collect(),
            Vec::new(),
            Vec::new(),
            "2026-03-01T00:00:00Z".parse().unwrap(),
        )
    }

    fn count(picks: &[Line], tenant: u128) -> usize {
        picks.iter().filter(|pick| **pick == line(tenant)).count()
    }

    #[test]
    fn a_tenant_that_comes_late_has_its_turn_in_the_next_round() {
        let (mut turns, mut allowances) = (Turns::default(), Allowances::default());
        for _ in 0..1_000 {
            assert_eq!(turns.pick(vec![line(1)], |_| 32, 1_000, &mut allowances).len(), 32);
        }
        let picks = turns.pick(vec![line(1), line(2)], |_| 4, 1_000, &mut allowances);
        assert_eq!((count(&picks, 1), count(&picks, 2)), (2, 2));
    }

    #[test]
    fn with_less_room_than_tenants_nobody_is_left_out() {
        let (mut turns, mut allowances) = (Turns::default(), Allowances::default());
        let mut picks = Vec::new();
        for _ in 0..50 {
            picks.extend(turns.pick((0..100).map(line).collect(), |_| 4, 1_000, &mut allowances));
        }
        assert!((0..100).all(|tenant| count(&picks, tenant) == 2));
    }

    #[test]
    fn turns_without_a_job_are_not_lost() {
        let (mut turns, mut allowances) = (Turns::default(), Allowances::default());
        for _ in 0..10 {
            let picks = turns.pick(vec![line(1), line(2)], |_| 8, 1_000, &mut allowances);
            // the second has one job a round
            for unused in picks.iter().filter(|pick| **pick == line(2)).skip(1) {
                turns.give_back(unused, &allowances);
            }
        }
        let picks = turns.pick(vec![line(1), line(2)], |_| 8, 1_000, &mut allowances);
        assert!(count(&picks, 2) >= 4, "{picks:?}");
    }

    proptest! {
        #[test]
        fn shares_are_as_the_weights_say(weight in prop::collection::vec(1..20_u32, 2..6), room in 1..50_u32) {
            let given: Vec<(u128, u32)> = (1..).zip(weight.iter().copied()).collect();
            let (mut turns, mut allowances) = (Turns::default(), weights(&given));
            let mut picks = Vec::new();
            while picks.len() < 5_000 {
                let lines = given.iter().map(|(tenant, _)| line(*tenant)).collect();
                picks.extend(turns.pick(lines, |_| room, 1_000, &mut allowances));
            }
            let total: u32 = weight.iter().sum();
            for (tenant, weight) in given {
                let share = picks.len() as f64 * f64::from(weight) / f64::from(total);
                prop_assert!((count(&picks, tenant) as f64 - share).abs() < 3.0, "{} of {share}", count(&picks, tenant));
            }
        }
    }
}
