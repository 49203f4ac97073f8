//! Which aggregates a command is about: what must be loaded before it can be decided. Decides nothing.

use plinth_events::{
    AggregateKey, ApiKeyId, BulkActionId, Command, JobId, UserId,
    command::job::EnqueueJob,
    names::{Code, JobType, ScheduleName},
};

use super::{
    decide::bulk::BulkPage,
    parse::{Envelope, Task},
};

/// The aggregates that must be loaded before a command can be decided. A job that gets its id here needs no loading.
pub fn needed(envelope: &Envelope) -> Vec<AggregateKey> {
    let tenant = envelope.tenant;
    let mut keys = vec![AggregateKey::Tenant(tenant)];
    let command = match &envelope.task {
        Task::Command(command) => command,
        Task::SettleJobs(jobs) => {
            keys.extend(jobs.iter().map(|(job, _)| AggregateKey::Job(tenant, *job)));
            return keys;
        }
        Task::BulkPage(BulkPage { action_id, jobs, .. }) => {
            keys.push(AggregateKey::BulkAction(tenant, *action_id));
            keys.extend(jobs.iter().map(|job| AggregateKey::Job(tenant, *job)));
            return keys;
        }
        Task::FinishBulkAction(action_id, _) => {
            keys.push(AggregateKey::BulkAction(tenant, *action_id));
            return keys;
        }
        Task::RecordErasure(user, _) => {
            keys.extend(user.map(|user| AggregateKey::User(tenant, user)));
            return keys;
        }
        Task::FireSchedule(name) => {
            keys.push(AggregateKey::Schedule(tenant, name.clone()));
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
    keys.extend(bulk_action_of(command).map(|action| AggregateKey::BulkAction(tenant, action)));
    keys.extend(api_key_of(command).map(|key| AggregateKey::ApiKey(tenant, key)));
    keys.extend(schedule_of(command).map(|name| AggregateKey::Schedule(tenant, name.clone())));
    keys.extend(queue_of(command).map(|job_type| AggregateKey::Queue(tenant, job_type.cloned())));
    keys.extend(jobs_of(command).into_iter().map(|job| AggregateKey::Job(tenant, job)));
    keys
}

/// The user that must be known: whom the command is about.
fn user_of(command: &Command) -> Option<UserId> {
    match command {
        Command::RegisterUser(command) => Some(command.user_id),
        Command::DeleteUser(command) => Some(command.user_id),
        Command::CreateApiKey(command) => command.user_id,
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
        Command::ResetWidget(command) => Some(command.user_id),
        Command::ResetLayout(command) => Some(command.user_id),
        Command::ApplyLayout(command) => Some(command.user_id),
        Command::UndoLayoutChange(command) => Some(command.user_id),
        Command::RedoLayoutChange(command) => Some(command.user_id),
        Command::LockWidget(_) | Command::UnlockWidget(_) | Command::EnforceTenantLayout(_) => Some(None),
        _ => None,
    }
}

/// The bulk action that a command is about; one that gets its id here needs no loading.
fn bulk_action_of(command: &Command) -> Option<BulkActionId> {
    match command {
        Command::StartBulkAction(command) => command.action_id,
        Command::CancelBulkAction(command) => Some(command.action_id),
        _ => None,
    }
}

fn api_key_of(command: &Command) -> Option<ApiKeyId> {
    match command {
        Command::CreateApiKey(command) => Some(command.key_id),
        Command::RevokeApiKey(command) => Some(command.key_id),
        _ => None,
    }
}

fn schedule_of(command: &Command) -> Option<&ScheduleName> {
    match command {
        Command::DefineSchedule(command) => Some(&command.name),
        Command::PauseSchedule(command) => Some(&command.name),
        Command::ResumeSchedule(command) => Some(&command.name),
        Command::DeleteSchedule(command) => Some(&command.name),
        Command::BackfillSchedule(command) => Some(&command.name),
        _ => None,
    }
}

/// The queue that a command is about.
fn queue_of(command: &Command) -> Option<Option<&JobType>> {
    match command {
        Command::ConfigureQueue(command) => Some(command.job_type.as_ref()),
        Command::PauseQueue(command) => Some(command.job_type.as_ref()),
        Command::ResumeQueue(command) => Some(command.job_type.as_ref()),
        _ => None,
    }
}

/// The jobs that a command names.
fn jobs_of(command: &Command) -> Vec<JobId> {
    match command {
        Command::EnqueueJob(job) => named_by(job).collect(),
        Command::EnqueueJobs(command) => command.all().flat_map(named_by).collect(),
        Command::StartJobs(command) => command.jobs.clone(),
        Command::CheckpointJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::CompleteJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::FailJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::SnoozeJobs(command) => command.jobs.iter().map(|job| job.job_id).collect(),
        Command::CancelJobs(command) => command.jobs.clone(),
        Command::RetryJobs(command) => command.jobs.clone(),
        Command::RescheduleJobs(command) => command.jobs.clone(),
        Command::PrioritizeJobs(command) => command.jobs.clone(),
        _ => Vec::new(),
    }
}

/// The job itself, if it has its id, and those that it depends on.
fn named_by(job: &EnqueueJob) -> impl Iterator<Item = JobId> {
    job.job_id.into_iter().chain(job.depends_on.iter().flatten().copied())
}
