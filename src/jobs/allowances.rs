//! How many jobs of each queue and key the dispatcher may invite in a round. An estimate that keeps invitations from being
//! refused: what holds is decided at the start of a job.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use plinth_events::{
    TenantId,
    names::JobKey,
    queue::{QueueKey, QueueSettings, RateLimit, queues_of},
    time::Moment,
};
use plinth_projections::{
    job_queue::{
        dispatch::Line,
        held::KeyedLine,
        running::{self, Occupied},
    },
    queue::{self, Bucket, QueueRow},
};
use sqlx::PgConnection;

use super::route::{Route, Routes};

/// How far ahead tokens are given out: invitations are on their way for a moment.
const AHEAD_MICROS: i64 = 20_000;

/// What may still be invited.
#[derive(Debug, Default)]
pub struct Allowances {
    queues: HashMap<QueueKey, Queue>,
    /// Of each key that was asked for; none: any number.
    keys: HashMap<KeyedLine, Option<u32>>,
    occupied: Vec<Occupied>,
    buckets: HashMap<(QueueKey, Option<JobKey>), Moment>,
    now: Option<Moment>,
    routes: Routes,
}

#[derive(Debug)]
struct Queue {
    settings: QueueSettings,
    /// None: any number.
    left: Option<u32>,
}

impl Allowances {
    /// As things stand. While nobody said anything of any queue, that is one look at an empty table.
    pub async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let queues = queue::all(&mut *connection).await?;
        if queues.is_empty() {
            return Ok(Self::default());
        }
        let occupied = running::occupied(&mut *connection).await?;
        let buckets = queue::buckets(&mut *connection).await?;
        let now: DateTime<Utc> = sqlx::query_scalar("select statement_timestamp()").fetch_one(connection).await?;
        Ok(Self::of(queues, occupied, buckets, now.into()))
    }

    /// Of queues as they are configured, what runs and is invited, and the buckets that are not full.
    pub(super) fn of(queues: Vec<QueueRow>, occupied: Vec<Occupied>, buckets: Vec<Bucket>, now: Moment) -> Self {
        let buckets =
            buckets.into_iter().map(|row| (((row.tenant, row.job_type), row.concurrency_key), row.full_at)).collect();
        let routes = Routes::of(&queues);
        let mut allowances = Self { occupied, buckets, now: Some(now), routes, ..Self::default() };
        for QueueRow { tenant, job_type, settings, is_paused } in queues {
            let key = (tenant, job_type);
            let left = match is_paused {
                true => Some(0),
                false => allowances.left(&key, None, settings.concurrency, settings.rate),
            };
            allowances.queues.insert(key, Queue { settings, left });
        }
        allowances
    }

    /// Takes one job of a line, if all its queues let one through.
    pub fn take(&mut self, line: &Line) -> bool {
        let queues = queues_of(line.tenant, &line.job_type);
        let is_shut = |queue: &QueueKey| self.queues.get(queue).is_some_and(|queue| queue.left == Some(0));
        if queues.iter().any(is_shut) {
            return false;
        }
        for queue in &queues {
            if let Some(Queue { left: Some(left), .. }) = self.queues.get_mut(queue) {
                *left -= 1;
            }
        }
        true
    }

    /// Takes a job that has its turn from what its key is allowed, if there is something left.
    pub fn take_key(&mut self, line: &Line, key: Option<&JobKey>) -> bool {
        let Some(key) = key.cloned() else { return true };
        let keyed = KeyedLine { line: line.clone(), key };
        let left = match self.keys.get(&keyed) {
            Some(left) => *left,
            None => self.of_key(&keyed),
        };
        self.keys.insert(keyed, left.map(|left| left.saturating_sub(1)));
        left != Some(0)
    }

    /// How many jobs of a key may be invited; none: any number.
    pub fn of_key(&self, keyed: &KeyedLine) -> Option<u32> {
        let concurrency = self.settings(&keyed.line).find_map(|settings| settings.concurrency_per_key);
        let rate = self.settings(&keyed.line).find_map(|settings| settings.rate_per_key);
        let Line { job_type, tenant } = &keyed.line;
        self.left(&(*tenant, Some(job_type.clone())), Some(&keyed.key), concurrency, rate)
    }

    /// The share of a tenant in a type.
    pub fn weight(&self, line: &Line) -> u32 {
        self.settings(line).find_map(|settings| settings.weight).unwrap_or(1)
    }

    /// Which way the jobs of a line go.
    pub fn route(&self, line: &Line) -> Route {
        self.routes.route(line)
    }

    /// The webhooks that there are.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// What the queues of a line say, the most specific first.
    fn settings(&self, line: &Line) -> impl Iterator<Item = &QueueSettings> {
        let queues = queues_of(line.tenant, &line.job_type).into_iter().rev();
        queues.filter_map(|queue| Some(&self.queues.get(&queue)?.settings))
    }

    fn left(
        &self,
        queue: &QueueKey,
        key: Option<&JobKey>,
        concurrency: Option<u32>,
        rate: Option<RateLimit>,
    ) -> Option<u32> {
        if concurrency.is_none() && rate.is_none() {
            return None;
        }
        let inside = self.occupied.iter().filter(|group| is_inside(group, queue, key));
        let (running, invited) =
            inside.fold((0_u32, 0_u32), |(running, invited), group| (running + group.running, invited + group.invited));
        let slots = concurrency.map(|most| most.saturating_sub(running));
        let tokens = rate.zip(self.now).map(|(rate, now)| {
            let full_at = self.buckets.get(&(queue.clone(), key.cloned()));
            rate.tokens(full_at.copied(), now.plus_micros(AHEAD_MICROS))
        });
        let least = [slots, tokens].into_iter().flatten().min();
        least.map(|left| left.saturating_sub(invited))
    }
}

fn is_inside(group: &Occupied, (tenant, job_type): &QueueKey, key: Option<&JobKey>) -> bool {
    (*tenant == TenantId::INSTALLATION || *tenant == group.tenant)
        && job_type.as_ref().is_none_or(|job_type| *job_type == group.job_type)
        && key.is_none_or(|key| group.concurrency_key.as_ref() == Some(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const ACME: TenantId = TenantId(Uuid::from_u128(1));

    fn queue(tenant: TenantId, settings: serde_json::Value, is_paused: bool) -> QueueRow {
        QueueRow { tenant, job_type: None, settings: serde_json::from_value(settings).unwrap(), is_paused }
    }

    fn line(job_type: &str) -> Line {
        Line { job_type: job_type.parse().unwrap(), tenant: ACME }
    }

    fn occupied(job_type: &str, key: Option<&str>, running: u32, invited: u32) -> Occupied {
        let concurrency_key = key.map(|key| key.parse().unwrap());
        Occupied { job_type: job_type.parse().unwrap(), tenant: ACME, concurrency_key, running, invited }
    }

    fn taken(allowances: &mut Allowances, line: &Line) -> usize {
        (0..100).take_while(|_| allowances.take(line)).count()
    }

    fn now() -> Moment {
        "2026-03-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn without_limits_any_number_may_be_invited() {
        assert_eq!(taken(&mut Allowances::default(), &line("export")), 100);
    }

    #[test]
    fn what_runs_and_what_is_invited_counts_over_all_types_of_a_queue() {
        let rows = vec![queue(ACME, json!({ "concurrency": 10 }), false)];
        let occupied = vec![occupied("export", None, 3, 1), occupied("import", Some("a"), 2, 0)];
        let mut allowances = Allowances::of(rows, occupied, Vec::new(), now());
        assert_eq!(taken(&mut allowances, &line("export")), 4);
        assert_eq!(taken(&mut allowances, &line("import")), 0);
    }

    #[test]
    fn nothing_of_a_paused_queue_is_invited() {
        let rows = vec![queue(TenantId::INSTALLATION, json!({}), true)];
        assert_eq!(taken(&mut Allowances::of(rows, Vec::new(), Vec::new(), now()), &line("export")), 0);
    }

    #[test]
    fn no_more_is_invited_than_there_are_tokens() {
        let rows = vec![queue(ACME, json!({ "rate": { "jobs": 1, "seconds": 1, "burst": 10 } }), false)];
        let full_at = now().plus_micros(3_500_000);
        let bucket = Bucket { tenant: ACME, job_type: None, concurrency_key: None, full_at };
        let mut allowances = Allowances::of(rows, vec![occupied("export", None, 50, 2)], vec![bucket], now());
        assert_eq!(taken(&mut allowances, &line("export")), 4);
    }

    #[test]
    fn the_jobs_of_a_key_are_counted_by_themselves() {
        let rows = vec![queue(ACME, json!({ "concurrencyPerKey": 2 }), false)];
        let occupied = vec![occupied("export", Some("a"), 1, 0), occupied("export", Some("b"), 1, 1)];
        let allowances = Allowances::of(rows, occupied, Vec::new(), now());
        let of_key = |key: &str| allowances.of_key(&KeyedLine { line: line("export"), key: key.parse().unwrap() });
        assert_eq!(["a", "b", "c"].map(of_key), [Some(1), Some(0), Some(2)]);
    }
}
