//! From a message to a command: subject, headers, body. After this, values are valid.

use async_nats::HeaderMap;
use plinth_events::{
    BulkActionId, Command, CommandId, CommandName, JobId, Refusal, RefusalCode, Scope, TenantId, UserId,
    bulk::{BulkAction, BulkCounts},
    command::{
        job::{EnqueueJob, Failure, Heartbeat},
        job_notes::JobLog,
        metric::DefineMetric,
        queue::ConfigureQueue,
        schedule::DefineSchedule,
    },
    envelope::{ID_HEADER_BYTES, Origin, header, is_id_header},
    event::erased::ErasedCounts,
    ids::NotAnId,
    limits,
    names::{ScheduleName, TimeZoneName},
    retry::Retry,
    scan::scan,
    schedule::RecordedTemplate,
    subject::BadSubject,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{decide::bulk::BulkPage, explain};
/// What Plinth's own commands ask of jobs.
pub use crate::domain::job::JobCommand;
use crate::{config_schema, log::lease::Fence, timetable::Timetable};

/// A command on its way to the writer.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Whose it is.
    pub tenant: TenantId,
    /// The idempotency key.
    pub command_id: CommandId,
    /// Whether the id was minted here, so that nobody can have used it before.
    pub is_minted: bool,
    /// The turn at a duty in which alone it may be carried out, if it comes from one.
    pub fence: Option<Fence>,
    /// The version that the metric or the layout must be at, if the message asks for one beside its body.
    pub expected_version: Option<u64>,
    /// Who, and in which context.
    pub origin: Origin,
    /// SHA-256 over name and body.
    pub body_hash: [u8; 32],
    /// What to do.
    pub task: Task,
}

impl Envelope {
    /// A command of Plinth's own.
    pub fn own(tenant: TenantId, task: Task) -> Self {
        Self {
            tenant,
            command_id: CommandId(Uuid::now_v7()),
            is_minted: true,
            fence: None,
            expected_version: None,
            origin: Origin::default(),
            body_hash: [0; 32],
            task,
        }
    }
}

/// What the writer is asked to do.
#[derive(Debug, Clone)]
pub enum Task {
    /// A command of the contract.
    Command(Command),
    /// Plinth's own: ends the attempts of jobs whose leases ran out, waits of jobs for others, and jobs that expired; archives
    /// those that were kept for long enough.
    SettleJobs(Vec<(JobId, JobCommand)>),
    /// Plinth's own: does what is to be done for the next fire time of a schedule.
    FireSchedule(ScheduleName),
    /// Plinth's own: does what a bulk action is about to a page of its jobs.
    BulkPage(BulkPage),
    /// Plinth's own: says that a bulk action has been through all of its jobs.
    FinishBulkAction(BulkActionId, BulkCounts),
    /// Plinth's own: says that what was of a deleted tenant, or of a deleted user of it, is erased.
    RecordErasure(Option<UserId>, ErasedCounts),
}

impl Task {
    /// Its name, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Command(command) => command.name().as_str(),
            Self::SettleJobs(_) => "SettleJobs",
            Self::FireSchedule(_) => "FireSchedule",
            Self::BulkPage(_) => "BulkPage",
            Self::FinishBulkAction(..) => "FinishBulkAction",
            Self::RecordErasure(..) => "RecordErasure",
        }
    }
}

/// What a message says about its command beside the body: its id, if it has one, who sent it, and in which context.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    /// The idempotency key; one is minted when it is absent.
    pub command_id: Option<CommandId>,
    /// The version that the metric or the layout must be at; any when absent.
    pub expected_version: Option<u64>,
    /// Who, and in which context.
    pub origin: Origin,
}

/// What the headers of a NATS message say.
pub fn heading(headers: Option<&HeaderMap>) -> Result<Heading, Refusal> {
    Ok(Heading { command_id: command_id(headers)?, expected_version: None, origin: origin(headers)? })
}

/// The command id in the headers; none when there is none.
pub fn command_id(headers: Option<&HeaderMap>) -> Result<Option<CommandId>, Refusal> {
    let Some(headers) = headers else { return Ok(None) };
    for name in [header::COMMAND_ID, header::MESSAGE_ID] {
        if let Some(value) = headers.get(name) {
            return value.as_str().parse().map(Some).map_err(|error| bad_id(name, value.as_str(), &error));
        }
    }
    Ok(None)
}

fn origin(headers: Option<&HeaderMap>) -> Result<Origin, Refusal> {
    let Some(headers) = headers else { return Ok(Origin::default()) };
    let actor: Option<UserId> = match headers.get(header::ACTOR) {
        None => None,
        Some(value) => Some(value.as_str().parse().map_err(|error| bad_id(header::ACTOR, value.as_str(), &error))?),
    };
    Ok(Origin {
        actor,
        correlation_id: text(headers, header::CORRELATION_ID)?,
        causation_id: text(headers, header::CAUSATION_ID)?,
        traceparent: text(headers, header::TRACEPARENT)?,
    })
}

/// The command in a body. `mint` is the id of a command that came without one.
pub fn envelope(
    tenant: TenantId,
    name: CommandName,
    heading: Heading,
    body: &[u8],
    mint: impl FnOnce() -> Uuid,
) -> Result<Envelope, Refusal> {
    let Heading { command_id: given, expected_version, origin } = heading;
    let command = command(name, body)?;
    check_expected_version(&command, expected_version)?;
    let body_hash = hash(&command)?;
    Ok(Envelope {
        tenant,
        command_id: given.unwrap_or_else(|| CommandId(mint())),
        is_minted: given.is_none(),
        fence: None,
        expected_version,
        origin,
        body_hash,
        task: Task::Command(command),
    })
}

/// The value of a header that is kept with events: short, and of characters that no transport changes.
pub fn id_header(name: &str, value: &str) -> Result<String, Refusal> {
    if is_id_header(value) {
        return Ok(value.to_owned());
    }
    let detail =
        format!("header {name} must have 1 to {ID_HEADER_BYTES} visible ASCII characters, none of them \" or %");
    Err(Refusal::new(RefusalCode::BadHeader, detail))
}

/// The refusal that a bad subject is.
pub fn refuse_subject(error: &BadSubject) -> Refusal {
    let code = match error {
        BadSubject::Unknown(..) => RefusalCode::UnknownCommand,
        BadSubject::Form | BadSubject::Tenant(_) => RefusalCode::BadSubject,
    };
    Refusal::new(code, error.to_string())
}

fn command(name: CommandName, body: &[u8]) -> Result<Command, Refusal> {
    scan(body)?;
    let command = match name.parse(&mut serde_json::Deserializer::from_slice(body)) {
        Ok(command) if within_limits(&command) => command,
        _ => return Err(explain::command(name, body)),
    };
    check_timetable(&command)?;
    check_widget_type(&command)?;
    check_webhook(&command)?;
    Ok(command)
}

/// The body may expect a version too.
fn check_expected_version(command: &Command, beside: Option<u64>) -> Result<(), Refusal> {
    let Command::DefineMetric(DefineMetric { expected_version: Some(within), .. }) = command else { return Ok(()) };
    match beside {
        Some(beside) if beside != u64::from(*within) => {
            let detail = format!("the body expects version {within}, and what is said beside it version {beside}");
            Err(Refusal::new(RefusalCode::Malformed, detail).at("/expectedVersion"))
        }
        _ => Ok(()),
    }
}

/// To find out that a pattern never fires takes longer than a decision may.
fn check_timetable(command: &Command) -> Result<(), Refusal> {
    let Command::DefineSchedule(DefineSchedule { cron, time_zone, .. }) = command else { return Ok(()) };
    Timetable::new(cron, time_zone.as_ref().unwrap_or(&TimeZoneName::utc())).map(drop)
}

/// To make a schema ready for use takes longer than a decision may, too.
fn check_widget_type(command: &Command) -> Result<(), Refusal> {
    let Command::DeclareWidgetType(command) = command else { return Ok(()) };
    config_schema::check_declaration(command)
}

fn check_webhook(command: &Command) -> Result<(), Refusal> {
    match command {
        Command::ConfigureQueue(ConfigureQueue { job_type: None, settings, .. }) if settings.webhook.is_some() => {
            let detail = "only a queue of one type can have a webhook";
            Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/settings/webhook"))
        }
        _ => Ok(()),
    }
}

/// Whether the numbers in a command are in the ranges that its schema gives them.
fn within_limits(command: &Command) -> bool {
    let batch = |jobs: usize| (1..=limits::BATCH_JOBS).contains(&jobs);
    let enqueue = |job: &EnqueueJob| {
        job.max_attempts.is_none_or(|attempts| (1..=limits::MAX_ATTEMPTS).contains(&attempts))
            && job.priority.is_none_or(|priority| limits::PRIORITIES.contains(&priority))
            && job.retry.as_ref().is_none_or(Retry::is_within_limits)
            && job.timeout_seconds.is_none_or(|seconds| (1..=limits::TIMEOUT_SECONDS).contains(&seconds))
            && job.unique_for_seconds.is_none_or(|seconds| (1..=limits::DELAY_SECONDS).contains(&seconds))
            && job.depends_on.as_ref().is_none_or(|jobs| (1..=limits::DEPENDENCIES).contains(&jobs.len()))
    };
    match command {
        Command::DefineSchedule(command) => {
            let catch_up = command.catch_up.is_none_or(|jobs| jobs <= limits::CATCH_UP_JOBS);
            catch_up && enqueue(&RecordedTemplate::from(command.job.clone()).enqueue())
        }
        Command::EnqueueJob(command) => enqueue(command),
        Command::EnqueueJobs(command) => batch(command.jobs.len()) && command.all().all(enqueue),
        Command::StartJobs(command) => {
            let lease = command.lease_seconds.is_none_or(|seconds| (1..=limits::LEASE_SECONDS).contains(&seconds));
            lease && batch(command.jobs.len())
        }
        Command::HeartbeatJobs(command) => {
            let progress = |job: &Heartbeat| job.progress.is_none_or(|percent| percent <= 100);
            batch(command.jobs.len()) && command.jobs.iter().all(progress)
        }
        Command::CheckpointJobs(command) => batch(command.jobs.len()),
        Command::LogJobs(command) => {
            let lines = |job: &JobLog| (1..=limits::LOG_LINES).contains(&job.lines.len());
            batch(command.jobs.len()) && command.jobs.iter().all(lines)
        }
        Command::CompleteJobs(command) => batch(command.jobs.len()),
        Command::FailJobs(command) => {
            let delay = |job: &Failure| job.retry_after_seconds.is_none_or(|seconds| seconds <= limits::DELAY_SECONDS);
            batch(command.jobs.len()) && command.jobs.iter().all(delay)
        }
        Command::SnoozeJobs(command) => {
            batch(command.jobs.len()) && command.jobs.iter().all(|job| job.seconds <= limits::DELAY_SECONDS)
        }
        Command::CancelJobs(command) => batch(command.jobs.len()),
        Command::RetryJobs(command) => batch(command.jobs.len()),
        Command::RescheduleJobs(command) => batch(command.jobs.len()),
        Command::StartBulkAction(command) => match command.action {
            BulkAction::Prioritize { priority } => limits::PRIORITIES.contains(&priority),
            _ => true,
        },
        Command::PrioritizeJobs(command) => batch(command.jobs.len()) && limits::PRIORITIES.contains(&command.priority),
        Command::ConfigureQueue(command) => command.settings.is_within_limits(),
        Command::CreateApiKey(command) => !command.scopes.is_empty() && are_distinct(&command.scopes),
        Command::DeclareFields(command) => command.fields.len() <= limits::DECLARED_FIELDS,
        Command::ApplyLayout(command) => (1..=limits::LAYOUT_OPS).contains(&command.ops.len()),
        _ => true,
    }
}

fn are_distinct(scopes: &[Scope]) -> bool {
    scopes.iter().enumerate().all(|(index, scope)| !scopes[..index].contains(scope))
}

/// Over the command as parsed, so that the order of keys and white space between them make no difference.
fn hash(command: &Command) -> Result<[u8; 32], Refusal> {
    let body = command.body().map_err(|error| Refusal::new(RefusalCode::Malformed, error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(command.name().as_str());
    hasher.update([0]);
    hasher.update(body);
    Ok(hasher.finalize().into())
}

fn text(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Refusal> {
    headers.get(name).map(|value| id_header(name, value.as_str())).transpose()
}

fn bad_id(name: &str, value: &str, error: &NotAnId) -> Refusal {
    let value: String = value.chars().take(64).collect();
    Refusal::new(RefusalCode::BadHeader, format!("header {name} is {error}: {value}"))
}
