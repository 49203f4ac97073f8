//! Which commands of a window may be under way together: the rule of the intake, applied by the sender. Pure.

use std::collections::{BTreeMap, HashMap};

use plinth_events::{TenantId, order::Order};

/// The commands of one tenant: the stages run one after the other.
pub(super) type Stages<T> = Vec<Stage<T>>;
/// The lanes of a stage run side by side.
pub(super) type Stage<T> = Vec<Lane<T>>;
/// The commands of a lane run one after the other.
pub(super) type Lane<T> = Vec<T>;

/// Plans a window, tenant by tenant. Tenants run side by side.
pub(super) fn plan<T>(window: impl IntoIterator<Item = (TenantId, Order, T)>) -> Vec<Stages<T>> {
    let mut tenants: BTreeMap<TenantId, Planner<T>> = BTreeMap::new();
    for (tenant, order, item) in window {
        tenants.entry(tenant).or_default().add(order, item);
    }
    tenants.into_values().map(Planner::finish).collect()
}

struct Planner<T> {
    stages: Stages<T>,
    /// The lanes of the stage that is not closed yet.
    lanes: Stage<T>,
    /// Which of them is whose.
    keys: HashMap<String, usize>,
}

impl<T> Default for Planner<T> {
    fn default() -> Self {
        Self { stages: Vec::new(), lanes: Vec::new(), keys: HashMap::new() }
    }
}

impl<T> Planner<T> {
    fn add(&mut self, order: Order, item: T) {
        match order {
            Order::Barrier => {
                self.close_stage();
                self.stages.push(vec![vec![item]]);
            }
            Order::Keyed(key) => {
                let lane = *self.keys.entry(key).or_insert(self.lanes.len());
                match self.lanes.get_mut(lane) {
                    Some(lane) => lane.push(item),
                    None => self.lanes.push(vec![item]),
                }
            }
            Order::Free => self.lanes.push(vec![item]),
        }
    }

    fn close_stage(&mut self) {
        self.keys.clear();
        if !self.lanes.is_empty() {
            self.stages.push(std::mem::take(&mut self.lanes));
        }
    }

    fn finish(mut self) -> Stages<T> {
        self.close_stage();
        self.stages
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// Plans a window written as tenant and order, such as `1|` for a barrier, `1a` for a key and `1-` for no order.
    /// The plan is a text of places in the window: commas in a lane, ` + ` between lanes, ` > ` between stages.
    fn planned(window: &[&str]) -> Vec<String> {
        let parsed = window.iter().enumerate().map(|(place, text)| {
            let (tenant, order) = text.split_at(1);
            let tenant = TenantId(Uuid::from_u128(tenant.parse().unwrap_or(0)));
            let order = match order {
                "|" => Order::Barrier,
                "-" => Order::Free,
                key => Order::Keyed(key.to_owned()),
            };
            (tenant, order, place.to_string())
        });
        let stage = |lanes: &Stage<String>| lanes.iter().map(|lane| lane.join(",")).collect::<Vec<_>>().join(" + ");
        let stages = |stages: &Stages<String>| stages.iter().map(stage).collect::<Vec<_>>().join(" > ");
        plan(parsed).iter().map(stages).collect()
    }

    #[test]
    fn commands_of_one_key_keep_their_order_beside_those_of_others() {
        assert_eq!(planned(&["1a", "1b", "1a", "1b", "1a"]), ["0,2,4 + 1,3"]);
    }

    #[test]
    fn a_barrier_waits_for_everything_and_everything_waits_for_it() {
        assert_eq!(planned(&["1|", "1|", "1a", "1b", "1|", "1a"]), ["0 > 1 > 2 + 3 > 4 > 5"]);
    }

    #[test]
    fn commands_without_order_all_run_side_by_side() {
        assert_eq!(planned(&["1-", "1a", "1-", "1a"]), ["0 + 1,3 + 2"]);
    }

    #[test]
    fn tenants_do_not_wait_for_each_other() {
        assert_eq!(planned(&["1a", "2|", "1a"]), ["0,2", "1"]);
    }

    #[test]
    fn nothing_needs_no_plan() {
        assert!(planned(&[]).is_empty());
    }
}
