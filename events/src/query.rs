//! Queries: what can be asked, and the shapes of the answers.

pub mod api_key;
pub mod bulk;
pub mod dashboard;
pub mod evaluate;
pub mod events;
pub mod formula;
pub mod job;
pub mod job_statistics;
mod known_at;
pub mod metric;
pub mod queue;
pub mod schedule;

use schemars::{Schema, SchemaGenerator};

pub use self::known_at::{KnownAt, known};
use crate::{
    job_log::{GetJobLogs, JobLogPage},
    object::object,
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
    ListMetrics(metric::ListMetrics) = "metric"."list" -> metric::MetricPage,
    GetMetric(metric::GetMetric) = "metric"."get" -> metric::MetricRow,
    ListMetricVersions(metric::ListMetricVersions) = "metric"."versions" -> metric::MetricVersions,
    GetMetricTimeline(metric::GetMetricTimeline) = "metric"."timeline" -> metric::MetricTimeline,
    GetMetricHistory(metric::GetMetricHistory) = "metric"."history" -> metric::MetricHistory,
    DiffMetric(formula::DiffMetric) = "metric"."diff" -> formula::MetricDiff,
    GetMetricSql(formula::GetMetricSql) = "metric"."sql" -> formula::MetricSql,
    GetMetricFields(formula::GetMetricFields) = "metric"."fields" -> formula::MetricFields,
    EvaluateMetric(evaluate::EvaluateMetric) = "metric"."evaluate" -> evaluate::MetricEvaluation,
    PreviewMetric(evaluate::PreviewMetric) = "metric"."preview" -> evaluate::MetricPreview,
    GetDashboard(dashboard::GetDashboard) = "dashboard"."get" -> dashboard::DashboardLayout,
    GetDashboardHistory(dashboard::GetDashboardHistory) = "dashboard"."history" -> dashboard::DashboardHistory,
    ListWidgetTypes(dashboard::ListWidgetTypes) = "dashboard"."types" -> dashboard::WidgetTypes,
    GetJob(job::GetJob) = "job"."get" -> job::JobRow,
    ListJobs(job::ListJobs) = "job"."list" -> job::JobPage,
    GetJobHistory(job::GetJobHistory) = "job"."history" -> events::EventPage,
    GetJobLogs(GetJobLogs) = "job"."logs" -> JobLogPage,
    CountJobs(bulk::CountJobs) = "job"."count" -> bulk::JobCount,
    GetJobStatistics(job_statistics::GetJobStatistics) = "job"."statistics" -> job_statistics::JobStatistics,
    GetBulkAction(bulk::GetBulkAction) = "bulk-action"."get" -> bulk::BulkActionRow,
    ListBulkActions(bulk::ListBulkActions) = "bulk-action"."list" -> bulk::BulkActionPage,
    ListQueues(queue::ListQueues) = "queue"."list" -> queue::QueuePage,
    GetSchedule(schedule::GetSchedule) = "schedule"."get" -> schedule::ScheduleRow,
    ListSchedules(schedule::ListSchedules) = "schedule"."list" -> schedule::SchedulePage,
    ListApiKeys(api_key::ListApiKeys) = "api-key"."list" -> api_key::ApiKeyPage,
    ReadEvents(events::ReadEvents) = "events"."read" -> events::EventPage,
}
