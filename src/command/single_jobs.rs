//! Commands for many jobs as commands for single ones, each for an aggregate of its own.

use plinth_events::{
    Command, JobId,
    command::job::{CancelJobs, PrioritizeJobs, RescheduleJobs, RetryJobs, StartJobs},
};

use crate::domain::job::JobCommand;

/// The lease of a worker that does not say how long it may stay silent.
const DEFAULT_LEASE_SECONDS: u32 = 30;

/// The commands for single jobs that a command of workers or operators is.
pub fn commands(command: &Command) -> Box<dyn Iterator<Item = (JobId, JobCommand)> + Send + '_> {
    match command {
        Command::StartJobs(StartJobs { jobs, worker, lease_seconds }) => {
            let lease_seconds = lease_seconds.unwrap_or(DEFAULT_LEASE_SECONDS);
            let start = move |job: &JobId| (*job, JobCommand::Start { worker: worker.clone(), lease_seconds });
            Box::new(jobs.iter().map(start))
        }
        Command::CompleteJobs(command) => Box::new(
            command
                .jobs
                .iter()
                .map(|job| (job.job_id, JobCommand::Complete { token: job.token, result: job.result.clone() })),
        ),
        Command::CheckpointJobs(command) => {
            Box::new(command.jobs.iter().map(|job| {
                (job.job_id, JobCommand::Checkpoint { token: job.token, checkpoint: job.checkpoint.clone() })
            }))
        }
        Command::FailJobs(command) => {
            Box::new(command.jobs.iter().map(|job| (job.job_id, JobCommand::Fail { failure: job.clone() })))
        }
        Command::SnoozeJobs(command) => Box::new(
            command.jobs.iter().map(|job| (job.job_id, JobCommand::Snooze { token: job.token, seconds: job.seconds })),
        ),
        Command::CancelJobs(CancelJobs { jobs, reason }) => {
            Box::new(jobs.iter().map(|job| (*job, JobCommand::Cancel { reason: reason.clone() })))
        }
        Command::RescheduleJobs(RescheduleJobs { jobs, run_at, reason }) => {
            let reschedule = |job: &JobId| (*job, JobCommand::Reschedule { run_at: *run_at, reason: reason.clone() });
            Box::new(jobs.iter().map(reschedule))
        }
        Command::PrioritizeJobs(PrioritizeJobs { jobs, priority, reason }) => {
            let prioritize =
                |job: &JobId| (*job, JobCommand::Prioritize { priority: *priority, reason: reason.clone() });
            Box::new(jobs.iter().map(prioritize))
        }
        Command::RetryJobs(RetryJobs { jobs, reason }) => {
            Box::new(jobs.iter().map(|job| (*job, JobCommand::Retry { reason: reason.clone() })))
        }
        _ => Box::new(std::iter::empty()),
    }
}
