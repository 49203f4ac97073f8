//! Which aggregates a command is about: what must be loaded before it can be decided. Decides nothing.

use plinth_events::{AggregateKey, Command, JobId, UserId, names::Code};

use super::parse::{Envelope, Task};

/// The aggregates that must be loaded before a command can be decided. A job that gets its id here needs no loading.
pub fn needed(envelope: &Envelope) -> Vec<AggregateKey> {
    let tenant = envelope.tenant;
    let mut keys = vec![AggregateKey::Tenant(tenant)];
    let command = match &envelope.task {
        Task::Command(command) => command,
        Task::ExpireLeases(jobs) => {
            keys.extend(jobs.iter().map(|(job, _)| AggregateKey::Job(tenant, *job)));
            return keys;
        }
    };
    keys.extend(envelope.origin.actor.map(|actor| AggregateKey::User(tenant, actor)));
    if let Some(user) = user_of(command) {
        keys.push(AggregateKey::User(tenant, user));
    }
    if let Some(code) = code_of(command) {
        keys.push(AggregateKey::Metric(tenant, code.clone()));
    }
    if let Some(user) = layout_of(command) {
        keys.extend([AggregateKey::Dashboard(tenant, None), AggregateKey::Dashboard(tenant, user)]);
    }
    keys.extend(jobs_of(command).into_iter().map(|job| AggregateKey::Job(tenant, job)));
    keys
}

/// The user that must be known: whom the command is about.
fn user_of(command: &Command) -> Option<UserId> {
    match command {
        Command::RegisterUser(command) => Some(command.user_id),
        Command::DeleteUser(command) => Some(command.user_id),
        other => layout_of(other).flatten(),
    }
}

fn code_of(command: &Command) -> Option<&Code> {
    match command {
        Command::DefineMetric(command) => Some(&command.code),
        Command::DeprecateMetric(command) => Some(&command.code),
        Command::WithdrawMetricVersion(command) => Some(&command.code),
        _ => None,
    }
}

/// Whose layout a command of a dashboard is about.
fn layout_of(command: &Command) -> Option<Option<UserId>> {
    match command {
        Command::AddWidget(command) => Some(command.user_id),
        Command::MoveWidget(command) => Some(command.user_id),
        Command::ResizeWidget(command) => Some(command.user_id),
        Command::ShowWidget(command) => Some(command.user_id),
        Command::HideWidget(command) => Some(command.user_id),
        Command::ConfigureWidget(command) => Some(command.user_id),
        Command::RemoveWidget(command) => Some(command.user_id),
        Command::ResetLayout(command) => Some(command.user_id),
        _ => None,
    }
}

/// The jobs that a command names.
fn jobs_of(command: &Command) -> Vec<JobId> {
    match command {
        Command::EnqueueJob(job) => job.job_id.into_iter().collect(),
        Command::EnqueueJobs(command) => command.jobs.iter().filter_map(|job| job.job_id).collect(),
        Command::StartJobs(command) => command.jobs.clone(),
        Command::CompleteJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::FailJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::SnoozeJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::CancelJobs(command) => command.jobs.clone(),
        Command::RetryJobs(command) => command.jobs.clone(),
        _ => Vec::new(),
    }
}
