//! Jobs: enqueued alone or in batches, with their unique keys and what they depend on, started as far as their queues let
//! them, and everything else that happens to one job at a time.

use plinth_events::{
    AggregateKey, JobId, Refusal, RefusalCode,
    command::job::{EnqueueJob, EnqueueJobs},
    event::job::{JobEvent, JobStarted},
    flow::OnDependencyFailure,
    limits,
    reply::{JobItem, JobItems, JobOutcome, JobsEnqueued},
    time::Moment,
};
use uuid::Uuid;

use super::{Decision, Outcome, answer, decide};
use crate::{
    command::{
        states::State,
        steps::{Before, Step},
        unique_keys,
    },
    domain::job::{JobCommand, flow::Standing, unique::Conflict},
    log::unique_keys::{Hold, UniqueKey},
};

impl Decision<'_, '_> {
    /// All or none: the errors of all jobs at once, each with its place in the body.
    pub(super) async fn enqueue_all(&mut self, command: &EnqueueJobs) -> Outcome {
        let mut job_ids = Vec::with_capacity(command.jobs.len());
        let mut refused: Option<Refusal> = None;
        for (index, job) in command.jobs.iter().enumerate() {
            match (self.enqueue(job, &format!("/jobs/{index}")).await, &mut refused) {
                (Ok(job_id), _) => job_ids.push(job_id),
                (Err(refusal), None) => refused = Some(refusal),
                (Err(refusal), Some(first)) if first.errors.len() < limits::ERRORS_LISTED => {
                    first.errors.extend(refusal.errors);
                }
                (Err(_), Some(_)) => {}
            }
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        let callback_job_id = match &command.callback {
            Some(callback) => Some(self.enqueue_callback(callback, &job_ids).await?),
            None => None,
        };
        answer(&JobsEnqueued { job_ids, callback_job_id })
    }

    /// A job that depends on all jobs of its batch and, unless it says otherwise, runs however they end.
    async fn enqueue_callback(&mut self, callback: &EnqueueJob, jobs: &[JobId]) -> Result<JobId, Refusal> {
        if callback.depends_on.is_some() {
            let detail = "a callback depends on the jobs of its batch and on no others";
            return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/callback/dependsOn"));
        }
        let mut callback = callback.clone();
        callback.depends_on = Some(jobs.to_vec());
        callback.on_dependency_failure.get_or_insert(OnDependencyFailure::Run);
        self.enqueue(&callback, "/callback").await
    }

    /// What the jobs are that a job is to depend on.
    fn standings(&mut self, jobs: &[JobId]) -> Vec<(JobId, Standing)> {
        let standing = |job: &JobId| match self.entry(&AggregateKey::Job(self.envelope.tenant, *job)).state {
            State::Job(state) => (*job, state.standing()),
            _ => (*job, Standing::Unknown),
        };
        jobs.iter().map(standing).collect()
    }

    pub(super) async fn enqueue(&mut self, job: &EnqueueJob, pointer: &str) -> Result<JobId, Refusal> {
        let job = self.workspace.admission.with_defaults(self.envelope.tenant, job.clone());
        self.enqueue_unless_held(job).await.map_err(|mut refusal| {
            for error in &mut refusal.errors {
                error.pointer.insert_str(0, pointer);
            }
            refusal
        })
    }

    /// The job, or the one that holds its unique key and stands for it.
    async fn enqueue_unless_held(&mut self, job: EnqueueJob) -> Result<JobId, Refusal> {
        let (job_id, command) = match self.conflict(&job)? {
            Some((holder, Conflict::Existing)) => return Ok(holder),
            Some((holder, Conflict::Replace)) => (holder, JobCommand::Replace { job }),
            Some((_, Conflict::TakeOver)) | None => {
                let job_id = job.job_id.unwrap_or_else(|| JobId(Uuid::now_v7()));
                let dependencies = self.standings(job.depends_on.as_deref().unwrap_or_default());
                (job_id, JobCommand::Enqueue { job_id, job, dependencies })
            }
        };
        self.job(job_id, command).await?;
        Ok(job_id)
    }

    /// Who holds the unique key that a job asks for, and what becomes of the job.
    fn conflict(&mut self, job: &EnqueueJob) -> Result<Option<(JobId, Conflict)>, Refusal> {
        let tenant = self.envelope.tenant;
        let Some(key) = unique_keys::of_new(tenant, job) else { return Ok(None) };
        let now = self.workspace.now_after(self.events.len()).into();
        let Some(Hold { job: holder, .. }) = self.hold(&key).filter(|hold| hold.is_on(now)) else { return Ok(None) };
        let State::Job(state) = self.entry(&AggregateKey::Job(tenant, holder)).state else { return Ok(None) };
        let conflict = state.conflict(&key.key, job.on_conflict.unwrap_or_default())?;
        Ok(Some((holder, conflict)))
    }

    /// Who held a unique key last, as this command has left it so far.
    fn hold(&self, key: &UniqueKey) -> Option<Hold> {
        self.holds.get(key).copied().or_else(|| self.workspace.hold(key))
    }

    /// Job by job: one that is refused does not spoil the others.
    pub(super) async fn jobs(&mut self, commands: impl Iterator<Item = (JobId, JobCommand)>) -> Outcome {
        let mut jobs = Vec::new();
        for (job_id, command) in commands {
            let outcome = self.job(job_id, command).await.unwrap_or_else(|refusal| JobOutcome::Refused {
                code: refusal.code.as_str().to_owned(),
                detail: refusal.detail,
            });
            jobs.push(JobItem { job_id, outcome });
        }
        answer(&JobItems { jobs })
    }

    pub(super) async fn job(&mut self, job: JobId, command: JobCommand) -> Result<JobOutcome, Refusal> {
        let (key, context) = (AggregateKey::Job(self.envelope.tenant, job), self.context());
        let mut entry = self.entry(&key);
        let before = Before::of(&entry);
        let State::Job(state) = &mut entry.state else { return Ok(JobOutcome::Pending) };
        let takes_over = matches!(command, JobCommand::Enqueue { .. });
        let change = unique_keys::Change { job, was_open: state.is_open(), takes_over, now: context.now.into() };
        let events = decide(&mut **state, command, &context).await?;
        let outcome = state.outcome(&events);
        let hold = change.hold(key.tenant(), state, |key| self.hold(key))?;
        self.ask_queues(&events, &outcome, context.now)?;
        self.holds.extend(hold);
        self.steps.extend(events.iter().filter_map(|event| before.step(event, context.now, self.envelope)));
        self.keep(key, entry, events);
        Ok(outcome)
    }

    /// Whether the queues of a job let it start, or go.
    fn ask_queues(&mut self, events: &[JobEvent], outcome: &JobOutcome, now: Moment) -> Result<(), Refusal> {
        match events.first() {
            Some(JobEvent::JobStarted(start)) => self.admit(start, outcome, now),
            Some(JobEvent::JobArchived(archived)) => {
                self.workspace.admission.check_kept(self.envelope.tenant, archived, now)
            }
            _ => Ok(()),
        }
    }

    /// Whether a job that could be started may be: by its queues, and by the room that its payload has in the answer,
    /// which reaches nobody when it is too large. If not, the job is offered again.
    fn admit(&mut self, start: &JobStarted, outcome: &JobOutcome, now: Moment) -> Result<(), Refusal> {
        let admitted = self.workspace.admission.admit(self.envelope.tenant, start, now);
        admitted.and_then(|()| self.make_room(outcome)).inspect_err(|refusal| {
            self.workspace.put_back(start.job_id);
            self.steps.push(Step::NotStarted { job_type: start.job_type.clone(), code: refusal.code });
        })
    }

    fn make_room(&mut self, outcome: &JobOutcome) -> Result<(), Refusal> {
        let JobOutcome::Started { payload: Some(payload), checkpoint, .. } = outcome else { return Ok(()) };
        let detail = "the answer has no room for the payload of the job: start fewer at once";
        let bytes = payload.as_str().len() + checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.as_str().len());
        let room = self.payload_bytes.checked_sub(bytes);
        self.payload_bytes = room.ok_or_else(|| Refusal::new(RefusalCode::TooLarge, detail))?;
        Ok(())
    }
}
