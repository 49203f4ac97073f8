//! Queries: what can be asked, and the shapes of the answers.

pub mod bulk;
pub mod queue;
pub mod schedule;

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected, Visitor},
};

use crate::{
    envelope::RecordedEvent,
    ids::{JobId, UserId},
    job_log::{GetJobLogs, JobLogPage},
    json::{Formula, StoredJson},
    layout::EffectiveWidget,
    names::{Code, Description, JobType, Name, ProgressMessage, Reason, WorkerName},
    object::{self, object},
    time::{Instant, Moment},
};

macro_rules! queries {
    ($($name:ident($body:ty) = $aggregate:literal . $verb:literal -> $answer:ty),+ $(,)?) => {
        /// A query with its body, parsed.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its body's type, documented there")]
        pub enum Query {
            $($name($body)),+
        }

        /// The name of a query.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is the type of a body, documented there")]
        pub enum QueryName {
            $($name),+
        }

        impl QueryName {
            /// All queries, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name, such as `GetMetric`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// The aggregate and the verb in its subject, such as `("metric", "get")`.
            pub fn tokens(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($aggregate, $verb)),+ }
            }

            /// The query that the two last tokens of a subject name.
            pub fn from_tokens(aggregate: &str, verb: &str) -> Option<Self> {
                match (aggregate, verb) {
                    $(($aggregate, $verb) => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// Parses a body that passed [`crate::scan::scan`].
            pub fn parse<'de, D: serde::Deserializer<'de>>(self, body: D) -> Result<Query, D::Error> {
                match self {
                    $(Self::$name => object::<_, $body>(body).map(Query::$name)),+
                }
            }

            /// The JSON Schema of its body.
            pub fn body_schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$name => generator.subschema_for::<$body>()),+ }
            }

            /// The JSON Schema of its answer.
            pub fn answer_schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$name => generator.subschema_for::<$answer>()),+ }
            }
        }
    };
}

queries! {
    GetMetric(GetMetric) = "metric"."get" -> MetricRow,
    ListMetricVersions(ListMetricVersions) = "metric"."versions" -> MetricVersions,
    GetMetricHistory(GetMetricHistory) = "metric"."history" -> EventPage,
    GetDashboard(GetDashboard) = "dashboard"."get" -> DashboardLayout,
    GetJob(GetJob) = "job"."get" -> JobRow,
    ListJobs(ListJobs) = "job"."list" -> JobPage,
    GetJobHistory(GetJobHistory) = "job"."history" -> EventPage,
    GetJobLogs(GetJobLogs) = "job"."logs" -> JobLogPage,
    CountJobs(bulk::CountJobs) = "job"."count" -> bulk::JobCount,
    GetBulkAction(bulk::GetBulkAction) = "bulk-action"."get" -> bulk::BulkActionRow,
    ListBulkActions(bulk::ListBulkActions) = "bulk-action"."list" -> bulk::BulkActionPage,
    ListQueues(queue::ListQueues) = "queue"."list" -> queue::QueuePage,
    GetSchedule(schedule::GetSchedule) = "schedule"."get" -> schedule::ScheduleRow,
    ListSchedules(schedule::ListSchedules) = "schedule"."list" -> schedule::SchedulePage,
    ReadEvents(ReadEvents) = "events"."read" -> EventPage,
}

/// What was known: up to a time, or up to a position of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum KnownAt {
    /// Everything recorded up to and including this position.
    Position(u64),
    /// Everything recorded up to and including this time.
    Time(Moment),
}

/// The events, in order, as far as they were known; all of them without `known_at`.
pub fn known(events: &[RecordedEvent], known_at: Option<KnownAt>) -> impl Iterator<Item = &RecordedEvent> {
    events.iter().take_while(move |recorded| match known_at {
        None => true,
        Some(KnownAt::Position(position)) => recorded.position <= position,
        Some(KnownAt::Time(time)) => recorded.recorded_at <= time,
    })
}

impl<'de> Deserialize<'de> for KnownAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KnownAtVisitor)
    }
}

struct KnownAtVisitor;

impl Visitor<'_> for KnownAtVisitor {
    type Value = KnownAt;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position of the log or an RFC 3339 time with an offset")
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<KnownAt, E> {
        Ok(KnownAt::Position(position))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<KnownAt, E> {
        text.parse().map(KnownAt::Time).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl JsonSchema for KnownAt {
    fn schema_name() -> Cow<'static, str> {
        "KnownAt".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 0, "maximum": u64::MAX, "format": "date-time" })
    }
}

/// Which version of a metric governs at `asOf`, as known at `knownAt`?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetric {
    /// Which metric.
    pub code: Code,
    /// When it should govern; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// All versions of a metric, as known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMetricVersions {
    /// Which metric.
    pub code: Code,
    /// The first version to list; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
}

/// All events of a metric: who, when, why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetricHistory {
    /// Which metric.
    pub code: Code,
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// The effective layout of a user, or with null the tenant's default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetDashboard {
    /// Whose layout; the default when null or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// One job, as it is or as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJob {
    /// Which job.
    pub job_id: JobId,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// All events of a job: who, when, what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJobHistory {
    /// Which job.
    pub job_id: JobId,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// Jobs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListJobs {
    /// Only jobs of this type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Only jobs in this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<JobStatus>,
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only jobs after this place: `next` of the page before.
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub after: Option<JobPlace>,
}

/// A place in the list of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobPlace {
    /// When the job there was enqueued.
    pub created_at: Instant,
    /// Which job it is.
    pub job_id: JobId,
}

/// Events of the tenant from a position on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadEvents {
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// The version of a metric that governs, as its row in `MetricDefinition` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricRow {
    /// Which metric.
    pub code: Code,
    /// Which version.
    pub version: u32,
    /// What people call it.
    pub name: Name,
    /// What it means, in full.
    pub description: Description,
    /// How it is computed.
    pub formula: Option<Formula>,
    /// When the version took over.
    pub effective_at: Instant,
    /// When something else takes over; null while open-ended.
    pub deprecated_at: Option<Instant>,
    /// Who defined it.
    pub created_by_id: Option<UserId>,
    /// When it was recorded.
    pub created_at: Moment,
    /// The position of the event that defined it.
    pub position: u64,
    /// Why it was defined.
    pub reason: Option<Reason>,
    /// Whether it was withdrawn before it took effect.
    pub withdrawn: bool,
}

/// All versions of a metric, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricVersions {
    /// The versions.
    pub versions: Vec<MetricRow>,
    /// The version to list on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u32>,
}

/// Events in the order of the log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// The position to read on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u64>,
}

/// An effective layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardLayout {
    /// Whose layout; null for the tenant's default.
    pub user_id: Option<UserId>,
    /// Whether the user changed anything, so that the layout differs from the default.
    pub personal: bool,
    /// The widgets, in order.
    pub widgets: Vec<EffectiveWidget>,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum JobStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

impl JobStatus {
    /// The text in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// A job, as its row in `Job` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRow {
    /// The job's id.
    pub id: JobId,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What the worker gets.
    pub payload: StoredJson,
    /// Its status.
    pub status: JobStatus,
    /// How many attempts count so far.
    pub attempts: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// What came out of it.
    pub result: Option<StoredJson>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was enqueued.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// How far its running attempt says that it is; only of one job, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgress>,
    /// Where exactly it stood, by its events; only when the query says `knownAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<JobPhase>,
}

/// How far an attempt says that it is, by its last heartbeat that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct JobProgress {
    /// In percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// What it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ProgressMessage>,
}

/// Where exactly a job stood, by its events. Leases that heartbeats extended are not among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schemars(inline)]
pub enum JobPhase {
    /// It waited for other jobs to end.
    Blocked {
        /// When it might start at the earliest.
        run_at: Instant,
    },
    /// It waited for its time, or for a worker.
    Pending {
        /// When it might start.
        run_at: Instant,
    },
    /// A worker had it.
    Processing {
        /// Who.
        worker: WorkerName,
        /// The token of the attempt.
        token: u64,
        /// Since when.
        started_at: Instant,
        /// Why it was asked to stop, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cancel_reason: Option<Reason>,
    },
    /// It was done.
    Completed,
    /// It had failed.
    Failed,
}

/// Jobs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<JobRow>,
    /// The place to read on from; null at the end.
    pub next: Option<JobPlace>,
}
