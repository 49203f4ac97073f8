//! Every command: its name, its subject's two last tokens, its body.

pub mod api_key;
pub mod bulk;
pub mod dashboard;
pub mod job;
pub mod job_notes;
pub mod metric;
pub mod queue;
pub mod schedule;
pub mod tenant;
pub mod user;
pub mod widget_type;

use schemars::{Schema, SchemaGenerator};

use crate::{object::object, reply};

macro_rules! commands {
    ($($name:ident($body:ty) = $aggregate:literal . $verb:literal -> $result:ty),+ $(,)?) => {
        /// A command with its body, parsed.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its body's type, documented there")]
        pub enum Command {
            $($name($body)),+
        }

        /// The name of a command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is the type of a body, documented there")]
        pub enum CommandName {
            $($name),+
        }

        impl CommandName {
            /// All commands, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name, such as `DefineMetric`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// The aggregate and the verb in its subject, such as `("metric", "define")`.
            pub fn tokens(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($aggregate, $verb)),+ }
            }

            /// The command that the two last tokens of a subject name.
            pub fn from_tokens(aggregate: &str, verb: &str) -> Option<Self> {
                match (aggregate, verb) {
                    $(($aggregate, $verb) => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// Parses a body that passed [`crate::scan::scan`].
            pub fn parse<'de, D: serde::Deserializer<'de>>(self, body: D) -> Result<Command, D::Error> {
                match self {
                    $(Self::$name => object::<_, $body>(body).map(Command::$name)),+
                }
            }

            /// The JSON Schema of its body.
            pub fn body_schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$name => generator.subschema_for::<$body>()),+ }
            }

            /// The JSON Schema of the `result` in its reply.
            pub fn result_schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$name => generator.subschema_for::<$result>()),+ }
            }
        }

        impl Command {
            /// Its name.
            pub fn name(&self) -> CommandName {
                match self { $(Self::$name(_) => CommandName::$name),+ }
            }

            /// Its body as JSON.
            pub fn body(&self) -> serde_json::Result<String> {
                match self { $(Self::$name(body) => serde_json::to_string(body)),+ }
            }
        }
    };
}

commands! {
    RegisterTenant(tenant::RegisterTenant) = "tenant"."register" -> (),
    DeleteTenant(tenant::DeleteTenant) = "tenant"."delete" -> (),
    LockTenantPeriod(tenant::LockTenantPeriod) = "tenant"."lock-period" -> (),
    RegisterUser(user::RegisterUser) = "user"."register" -> (),
    DeleteUser(user::DeleteUser) = "user"."delete" -> (),
    DefineMetric(metric::DefineMetric) = "metric"."define" -> reply::MetricVersion,
    DeprecateMetric(metric::DeprecateMetric) = "metric"."deprecate" -> reply::MetricDeprecation,
    WithdrawMetricVersion(metric::WithdrawMetricVersion) = "metric"."withdraw" -> reply::MetricVersion,
    DeclareFields(metric::DeclareFields) = "metric"."declare-fields" -> (),
    AddWidget(dashboard::AddWidget) = "dashboard"."add-widget" -> reply::Layout,
    MoveWidget(dashboard::MoveWidget) = "dashboard"."move-widget" -> reply::Layout,
    ResizeWidget(dashboard::ResizeWidget) = "dashboard"."resize-widget" -> reply::Layout,
    ShowWidget(dashboard::ShowWidget) = "dashboard"."show-widget" -> reply::Layout,
    HideWidget(dashboard::HideWidget) = "dashboard"."hide-widget" -> reply::Layout,
    ConfigureWidget(dashboard::ConfigureWidget) = "dashboard"."configure-widget" -> reply::Layout,
    RemoveWidget(dashboard::RemoveWidget) = "dashboard"."remove-widget" -> reply::Layout,
    ResetWidget(dashboard::ResetWidget) = "dashboard"."reset-widget" -> reply::Layout,
    ResetLayout(dashboard::ResetLayout) = "dashboard"."reset" -> reply::Layout,
    ApplyLayout(dashboard::ApplyLayout) = "dashboard"."apply-layout" -> reply::Layout,
    UndoLayoutChange(dashboard::UndoLayoutChange) = "dashboard"."undo" -> reply::Layout,
    RedoLayoutChange(dashboard::RedoLayoutChange) = "dashboard"."redo" -> reply::Layout,
    LockWidget(dashboard::LockWidget) = "dashboard"."lock-widget" -> reply::Layout,
    UnlockWidget(dashboard::UnlockWidget) = "dashboard"."unlock-widget" -> reply::Layout,
    EnforceTenantLayout(dashboard::EnforceTenantLayout) = "dashboard"."enforce" -> reply::Layout,
    DeclareWidgetType(widget_type::DeclareWidgetType) = "dashboard"."declare-type" -> (),
    RetireWidgetType(widget_type::RetireWidgetType) = "dashboard"."retire-type" -> (),
    EnqueueJob(job::EnqueueJob) = "job"."enqueue" -> reply::JobEnqueued,
    EnqueueJobs(job::EnqueueJobs) = "job"."enqueue-batch" -> reply::JobsEnqueued,
    StartJobs(job::StartJobs) = "job"."start" -> reply::JobItems,
    HeartbeatJobs(job::HeartbeatJobs) = "job"."heartbeat" -> reply::Heartbeats,
    CheckpointJobs(job_notes::CheckpointJobs) = "job"."checkpoint" -> reply::JobItems,
    LogJobs(job_notes::LogJobs) = "job"."log" -> reply::JobItems,
    CompleteJobs(job::CompleteJobs) = "job"."complete" -> reply::JobItems,
    FailJobs(job::FailJobs) = "job"."fail" -> reply::JobItems,
    SnoozeJobs(job::SnoozeJobs) = "job"."snooze" -> reply::JobItems,
    CancelJobs(job::CancelJobs) = "job"."cancel" -> reply::JobItems,
    RetryJobs(job::RetryJobs) = "job"."retry" -> reply::JobItems,
    RescheduleJobs(job::RescheduleJobs) = "job"."reschedule" -> reply::JobItems,
    PrioritizeJobs(job::PrioritizeJobs) = "job"."prioritize" -> reply::JobItems,
    DefineSchedule(schedule::DefineSchedule) = "schedule"."define" -> reply::ScheduleDue,
    PauseSchedule(schedule::PauseSchedule) = "schedule"."pause" -> (),
    ResumeSchedule(schedule::ResumeSchedule) = "schedule"."resume" -> reply::ScheduleDue,
    DeleteSchedule(schedule::DeleteSchedule) = "schedule"."delete" -> (),
    BackfillSchedule(schedule::BackfillSchedule) = "schedule"."backfill" -> reply::Backfill,
    StartBulkAction(bulk::StartBulkAction) = "bulk-action"."start" -> reply::BulkActionStarted,
    CancelBulkAction(bulk::CancelBulkAction) = "bulk-action"."cancel" -> (),
    ConfigureQueue(queue::ConfigureQueue) = "queue"."configure" -> (),
    PauseQueue(queue::PauseQueue) = "queue"."pause" -> (),
    ResumeQueue(queue::ResumeQueue) = "queue"."resume" -> (),
    CreateApiKey(api_key::CreateApiKey) = "api-key"."create" -> (),
    RevokeApiKey(api_key::RevokeApiKey) = "api-key"."revoke" -> (),
}
