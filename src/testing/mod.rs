//! A testing kit for handlers of jobs: the rules that Plinth itself decides by, a clock that only moves when it is told to,
//! everything in memory. No server, and no waiting: what is due in an hour is due at once.
//!
//! Jobs run one at a time, and each alone: dependencies, sequence keys, unique keys and limits are not simulated.

mod simulated;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use plinth_client::{CheckpointError, CheckpointRequest, Handlers, Job as Attempt, JobKind, Outcome};
use plinth_events::{
    JobId, Refusal, RefusalCode, TenantId,
    command::{job::EnqueueJob, job_notes::LogLine},
    event::job::JobEvent,
    names::{ProgressMessage, Reason, WorkerName},
    query::job::JobStatus,
    reply::JobOutcome,
    time::{Instant, Moment},
};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::simulated::{Simulated, report};
use crate::domain::{Context, job::JobCommand};

/// Most attempts of one run: jobs that have not come to rest by then never will.
const MAX_ATTEMPTS: u32 = 10_000;
/// The lease of an attempt. The clock stands still while it runs.
const LEASE_SECONDS: u32 = 30;

/// Jobs, their handlers, and a clock.
pub struct Simulation {
    handlers: Handlers,
    now: Moment,
    jobs: BTreeMap<JobId, Simulated>,
    decisions: u64,
}

impl Simulation {
    /// No jobs yet, and the clock at some time.
    pub fn new(handlers: Handlers, now: Moment) -> Self {
        Self { handlers, now, jobs: BTreeMap::new(), decisions: 0 }
    }

    /// What the clock says.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Moves the clock on.
    pub fn advance(&mut self, duration: Duration) {
        self.now = self.now.plus_micros(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX));
    }

    /// Enqueues a job of a kind.
    pub fn enqueue<K: JobKind>(&mut self, payload: &K::Payload) -> Result<JobId, Refusal> {
        // through text, as it comes over the wire
        let body = json!({ "type": K::TYPE, "payload": payload }).to_string();
        let job = serde_json::from_str(&body);
        self.enqueue_job(job.map_err(|error| Refusal::new(RefusalCode::Malformed, error.to_string()))?)
    }

    /// Enqueues a job with everything that one can have.
    pub fn enqueue_job(&mut self, job: EnqueueJob) -> Result<JobId, Refusal> {
        let job_id = job.job_id.unwrap_or_else(|| JobId(Uuid::now_v7()));
        let context = self.context();
        let mut simulated = self.jobs.remove(&job_id).unwrap_or_default();
        let decided = simulated.decide(&JobCommand::Enqueue { job_id, job, dependencies: Vec::new() }, &context);
        if !simulated.events.is_empty() {
            self.jobs.insert(job_id, simulated);
        }
        decided.map(|_| job_id)
    }

    /// Ends a job that waits.
    pub fn cancel(&mut self, job: JobId, reason: Reason) -> Result<(), Refusal> {
        self.decide(job, &JobCommand::Cancel { reason }).map(drop)
    }

    /// Has the next attempt of a job asked to stop as soon as it has begun.
    pub fn cancel_when_it_runs(&mut self, job: JobId, reason: Reason) {
        if let Some(simulated) = self.jobs.get_mut(&job) {
            simulated.stop = Some(reason);
        }
    }

    /// Gives a failed job a new set of attempts.
    pub fn retry(&mut self, job: JobId) -> Result<(), Refusal> {
        self.decide(job, &JobCommand::Retry { reason: None }).map(drop)
    }

    /// Runs what is due, until nothing more is; the clock stands still. How many attempts that were.
    ///
    /// # Panics
    ///
    /// After 10,000 attempts: the jobs do not come to rest.
    pub async fn run_due(&mut self) -> u32 {
        let mut attempts = 0;
        while let Some((due, job)) = self.next()
            && due <= self.now.into()
        {
            attempts += 1;
            assert!(attempts <= MAX_ATTEMPTS, "job {job} is due again and again");
            self.run(job).await;
        }
        attempts
    }

    /// Runs everything, moving the clock on to what is due next, until no job waits. How many attempts that were.
    ///
    /// # Panics
    ///
    /// After 10,000 attempts: the jobs do not come to rest.
    pub async fn run_until_idle(&mut self) -> u32 {
        let mut attempts = 0;
        while let Some((due, job)) = self.next() {
            assert!(attempts <= MAX_ATTEMPTS, "job {job} waits again and again");
            self.now = self.now.max(due.utc().into());
            attempts += self.run_due().await;
        }
        attempts
    }

    /// Everything that happened to a job.
    pub fn events(&self, job: JobId) -> &[JobEvent] {
        self.jobs.get(&job).map_or(&[], |job| &job.events)
    }

    /// Where a job stands; none: it is unknown.
    pub fn status(&self, job: JobId) -> Option<JobStatus> {
        self.jobs.get(&job)?.row().status
    }

    /// How many attempts of a job count.
    pub fn attempts(&self, job: JobId) -> Option<u32> {
        self.jobs.get(&job)?.row().attempts
    }

    /// What went wrong last.
    pub fn error(&self, job: JobId) -> Option<String> {
        self.jobs.get(&job)?.row().error?.map(Into::into)
    }

    /// What came out of a job, if it fits the type.
    pub fn result<T: DeserializeOwned>(&self, job: JobId) -> Option<T> {
        serde_json::from_str(self.jobs.get(&job)?.row().result?.as_str()).ok()
    }

    /// How far the last attempt of a job said that it was.
    pub fn progress(&self, job: JobId) -> (Option<u8>, Option<ProgressMessage>) {
        self.jobs.get(&job).map(|job| job.progress.clone()).unwrap_or_default()
    }

    /// The lines that attempts of a job wrote.
    pub fn log(&self, job: JobId) -> &[LogLine] {
        self.jobs.get(&job).map_or(&[], |job| &job.log)
    }

    /// The job that is due first, and when.
    fn next(&self) -> Option<(Instant, JobId)> {
        self.jobs.iter().filter_map(|(id, job)| Some((job.due?, *id))).min()
    }

    /// One attempt of a job, from its start to its outcome.
    async fn run(&mut self, job: JobId) {
        let context = self.context();
        let start = JobCommand::Start { worker: worker(), lease_seconds: LEASE_SECONDS };
        let Some(simulated) = self.jobs.get_mut(&job) else { return };
        // one that is refused has expired, or waits for what is not simulated
        simulated.due = None;
        let started = simulated.decide(&start, &context).ok();
        let Some((invitation, started)) = started.and_then(|started| simulated.started(&context, started)) else {
            return;
        };
        let (stop, token) = (simulated.stop.take(), started.token);
        let (checkpoints, requests) = mpsc::channel(1);
        let attempt = Attempt::new(invitation, started, checkpoints);
        if let Some(reason) = stop {
            attempt.cancelled.cancel();
            let _ = self.decide(job, &JobCommand::Cancel { reason });
        }
        let notes = attempt.notes.clone();
        let outcome = self.handle(attempt, requests).await;
        // it holds the token, so this is not refused
        let _ = self.decide(job, &report(job, token, outcome));
        if let Some(simulated) = self.jobs.get_mut(&job) {
            simulated.progress = notes.progress();
            simulated.log.extend(notes.take_lines());
        }
    }

    /// Runs the handler, and keeps what it saves meanwhile.
    async fn handle(&mut self, attempt: Attempt, mut requests: mpsc::Receiver<CheckpointRequest>) -> Outcome {
        let handlers = self.handlers.clone();
        let running = handlers.run(attempt);
        tokio::pin!(running);
        loop {
            tokio::select! {
                biased;
                Some(request) = requests.recv() => self.keep(request),
                outcome = &mut running => return outcome,
            }
        }
    }

    fn keep(&mut self, request: CheckpointRequest) {
        let CheckpointRequest { job_id, token, checkpoint, reply, .. } = request;
        let kept = self.decide(job_id, &JobCommand::Checkpoint { token, checkpoint });
        // a handler that does not wait any more has nothing to be told
        let _ = reply.send(kept.map(drop).map_err(|refusal| CheckpointError::Refused(refusal.detail)));
    }

    fn decide(&mut self, job: JobId, command: &JobCommand) -> Result<JobOutcome, Refusal> {
        let context = self.context();
        match self.jobs.get_mut(&job) {
            Some(simulated) => simulated.decide(command, &context),
            None => Err(Refusal::new(RefusalCode::UnknownJob, format!("job {job} is unknown"))),
        }
    }

    /// Every decision draws other random bits, the same in every run of a test.
    fn context(&mut self) -> Context {
        self.decisions += 1;
        let tenant = TenantId(Uuid::from_u128(1));
        Context { tenant, actor: None, actor_is_user: false, now: self.now, seed: self.decisions }
    }
}

#[expect(clippy::expect_used, reason = "a word")]
fn worker() -> WorkerName {
    "simulation".parse().expect("a valid name")
}
