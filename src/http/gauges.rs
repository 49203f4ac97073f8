//! What is looked up when somebody asks for metrics: how far the log, its stream and the job queue are. What cannot be
//! looked up in time is left out, so that nobody takes an old figure for the present one.

use std::{fmt::Display, time::Duration};

use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use plinth_projections::job_queue::depth::{self, Depth};
use sqlx::PgPool;

use crate::{
    log::{Database, head, parked},
    measure::jobs::{JOB_TYPES, OTHER_TYPES},
    streams::{StreamError, Streams},
};

const LOG_POSITION: &str = "plinth_log_position";
const RELAY_POSITION: &str = "plinth_relay_position";
const RELAY_LAG: &str = "plinth_relay_lag_events";
const JOB_QUEUE_DEPTH: &str = "plinth_job_queue_depth";
const JOB_QUEUE_OLDEST: &str = "plinth_job_queue_oldest_due_seconds";
const PARKED: &str = "plinth_parked_commands";
const POOL: &str = "plinth_pool_connections";

const GAUGES: [(&str, &str); 7] = [
    (LOG_POSITION, "the position of the last event in the log"),
    (RELAY_POSITION, "the position of the last event in the stream of events"),
    (
        RELAY_LAG,
        "events in the log that are not in the stream of events yet; below zero: the log was restored to an earlier state",
    ),
    (JOB_QUEUE_DEPTH, "jobs that have not ended"),
    (JOB_QUEUE_OLDEST, "how long the oldest due job has been waiting for its start"),
    (PARKED, "durable commands that need a person"),
    (POOL, "connections to Postgres for queries and duties"),
];

/// Longest look at Postgres or at JetStream.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// Looks up the gauges of a replica.
#[derive(Clone)]
pub struct Gauges {
    database: Database,
    streams: Streams,
}

impl Gauges {
    /// Of a replica on these servers.
    pub fn new(database: Database, streams: Streams) -> Self {
        Self { database, streams }
    }

    /// All of them as text. They are not kept: a job type without jobs is shown no more.
    pub async fn render(&self) -> String {
        let pool = self.database.pool();
        // before the log, so that it is ahead of it only after a restore
        let relay = look("the stream of events", self.relayed()).await;
        let (log, jobs, parked) = tokio::join!(
            look("the log", head::position(pool)),
            look("the job queue", depth::by_type(pool)),
            look("parked commands", parked::count(pool)),
        );
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            GAUGES.iter().for_each(|(name, meaning)| describe_gauge!(*name, *meaning));
            show_positions(log, relay);
            show_jobs(jobs.unwrap_or_default());
            if let Some(parked) = parked {
                gauge!(PARKED).set(parked as f64);
            }
            show_pool(pool);
        });
        recorder.handle().render()
    }

    /// Where the stream of events ends, whoever publishes to it.
    async fn relayed(&self) -> Result<u64, StreamError> {
        let info = self.streams.info(&self.streams.events().name).await?;
        Ok(info.map_or(0, |info| info.state.last_sequence))
    }
}

async fn look<T, E: Display>(what: &str, asked: impl Future<Output = Result<T, E>>) -> Option<T> {
    match tokio::time::timeout(LOOK_LIMIT, asked).await {
        Ok(Ok(found)) => Some(found),
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "metrics are shown without those of {what}");
            None
        }
        Err(_) => {
            tracing::warn!("metrics are shown without those of {what}, which did not come in time");
            None
        }
    }
}

fn show_positions(log: Option<u64>, relay: Option<u64>) {
    if let Some(position) = log {
        gauge!(LOG_POSITION).set(position as f64);
    }
    if let Some(position) = relay {
        gauge!(RELAY_POSITION).set(position as f64);
    }
    if let (Some(log), Some(relay)) = (log, relay) {
        gauge!(RELAY_LAG).set(log as f64 - relay as f64);
    }
}

fn show_jobs(depths: Vec<Depth>) {
    for depth in bounded(depths) {
        let Depth { job_type, blocked, scheduled, ready, published, running, oldest_due_seconds } = depth;
        for (state, jobs) in [
            ("blocked", blocked),
            ("scheduled", scheduled),
            ("ready", ready),
            ("published", published),
            ("running", running),
        ] {
            gauge!(JOB_QUEUE_DEPTH, "type" => job_type.clone(), "state" => state).set(jobs as f64);
        }
        gauge!(JOB_QUEUE_OLDEST, "type" => job_type).set(oldest_due_seconds);
    }
}

/// The types with the most jobs, and all others together.
fn bounded(mut depths: Vec<Depth>) -> Vec<Depth> {
    let others = depths.split_off(depths.len().min(JOB_TYPES));
    let together = others.into_iter().reduce(|sum, depth| Depth {
        job_type: sum.job_type,
        blocked: sum.blocked + depth.blocked,
        scheduled: sum.scheduled + depth.scheduled,
        ready: sum.ready + depth.ready,
        published: sum.published + depth.published,
        running: sum.running + depth.running,
        oldest_due_seconds: sum.oldest_due_seconds.max(depth.oldest_due_seconds),
    });
    depths.extend(together.map(|together| Depth { job_type: OTHER_TYPES.to_owned(), ..together }));
    depths
}

fn show_pool(pool: &PgPool) {
    let (all, idle) = (pool.size() as usize, pool.num_idle());
    gauge!(POOL, "state" => "idle").set(idle as f64);
    gauge!(POOL, "state" => "used").set(all.saturating_sub(idle) as f64);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths(types: usize) -> Vec<Depth> {
        let depth = |of: usize| Depth {
            job_type: format!("type_{of}"),
            blocked: 5,
            scheduled: 4,
            ready: 3,
            published: 2,
            running: 1,
            oldest_due_seconds: of as f64,
        };
        (0..types).map(depth).collect()
    }

    #[test]
    fn few_job_types_are_shown_as_they_are() {
        assert_eq!(bounded(depths(JOB_TYPES)), depths(JOB_TYPES));
    }

    #[test]
    fn job_types_beyond_the_limit_are_shown_together() {
        let shown = bounded(depths(JOB_TYPES + 3));
        assert_eq!(shown[..JOB_TYPES], depths(JOB_TYPES));
        let others = Depth {
            job_type: OTHER_TYPES.to_owned(),
            blocked: 15,
            scheduled: 12,
            ready: 9,
            published: 6,
            running: 3,
            oldest_due_seconds: (JOB_TYPES + 2) as f64,
        };
        assert_eq!(shown[JOB_TYPES..], [others]);
    }
}
