//! The duty that keeps leases alive: one heartbeat per tenant every third of a lease, for everything that runs.
//! A lease that cannot be extended is given up before it ends, so that no job runs here and elsewhere.

use std::{sync::Arc, time::Duration};

use plinth_events::{
    Command, JobId, TenantId,
    command::job::{Heartbeat, HeartbeatJobs},
    limits,
    names::WorkerName,
    reply::Heartbeats,
};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::leases::{Lease, Leases};
use crate::{Client, SendError, SendOptions};

/// Extends the leases of one worker.
#[derive(Clone)]
pub(super) struct Heart {
    client: Client,
    worker: WorkerName,
    lease: Duration,
    leases: Arc<Leases>,
}

impl Heart {
    pub(super) fn new(client: &Client, worker: WorkerName, lease: Duration, leases: Arc<Leases>) -> Self {
        Self { client: client.with_deadline(lease / 3), worker, lease, leases }
    }

    /// Beats until it is told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut beat = interval(self.lease / 3);
        let mut check = interval(self.lease / 12);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beats = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = beat.tick() => self.beat_all(&mut beats),
                _ = check.tick() => self.give_up_ending(),
                Some(_) = beats.join_next() => {}
            }
        }
        beats.shutdown().await;
    }

    fn beat_all(&self, beats: &mut JoinSet<()>) {
        for (tenant, jobs) in self.leases.by_tenant() {
            for jobs in jobs.chunks(limits::BATCH_JOBS) {
                beats.spawn(self.clone().beat(tenant, jobs.to_vec()));
            }
        }
    }

    async fn beat(self, tenant: TenantId, jobs: Vec<Heartbeat>) {
        let ends = Instant::now() + self.lease;
        match self.send(tenant, jobs.clone()).await {
            Ok(found) => self.follow(tenant, &jobs, &found, ends),
            Err(error) => {
                tracing::warn!(tenant.id = %tenant, jobs = jobs.len(), %error, "leases could not be extended");
            }
        }
    }

    async fn send(&self, tenant: TenantId, jobs: Vec<Heartbeat>) -> Result<Heartbeats, SendError> {
        let command = Command::HeartbeatJobs(HeartbeatJobs { worker: self.worker.clone(), jobs });
        self.client.send_for(tenant, &command, &SendOptions::new()).await
    }

    fn follow(&self, tenant: TenantId, jobs: &[Heartbeat], found: &Heartbeats, ends: Instant) {
        let lease_of = |beat: &Heartbeat| Lease { tenant, job_id: beat.job_id, token: beat.token };
        let named = |ids: &[JobId]| -> Vec<Lease> {
            jobs.iter().filter(|beat| ids.contains(&beat.job_id)).map(lease_of).collect()
        };
        self.leases.extend(jobs.iter().filter(|beat| !found.lost.contains(&beat.job_id)).map(lease_of), ends);
        named(&found.cancelled).into_iter().for_each(|lease| self.leases.cancel(lease));
        named(&found.lost).into_iter().for_each(|lease| self.leases.lose(lease));
    }

    fn give_up_ending(&self) {
        let margin = self.lease / 6;
        for lease in self.leases.lose_ending_before(Instant::now() + margin) {
            tracing::warn!(tenant.id = %lease.tenant, job.id = %lease.job_id, "gave up a job whose lease is about to end");
        }
    }
}
