//! Addresses and form fields of the pages about jobs.

use form_urlencoded::Serializer;
use plinth_events::{BulkActionId, JobId, names::JobType, query::job::JobStatus};

use super::Range;

pub use crate::routes::JOBS as OVERVIEW;

/// GET: jobs, newest first. Query: [`TYPE`], [`STATUS`], [`AFTER`].
pub const LIST: &str = "/jobs/list";
/// GET: the form for a job. POST: enqueues it.
pub const NEW: &str = "/jobs/new";
/// GET: asks why jobs pause. Query: [`TYPE`]; all jobs when absent. POST: pauses them.
pub const PAUSE: &str = "/jobs/pause";
/// POST: lets paused jobs start again, with [`TYPE`].
pub const RESUME: &str = "/jobs/resume";
/// GET: what is or was done to many jobs. Query: [`BEFORE`].
pub const BULK: &str = "/jobs/bulk";
/// GET: the form for what is to be done to many jobs. Query: [`TYPE`], [`STATUS`]. POST: what [`DO`] says.
pub const BULK_NEW: &str = "/jobs/bulk/new";

/// Only jobs of this type.
pub const TYPE: &str = "type";
/// Only jobs in this status.
pub const STATUS: &str = "status";
/// Where the list goes on.
pub const AFTER: &str = "after";
/// The list of bulk actions goes on before this position.
pub const BEFORE: &str = "before";
/// How far back charts go: `1h`, `24h` or `7d`.
pub const RANGE: &str = "range";
/// `true`: everything, also what is long.
pub const ALL: &str = "all";

/// Which button of the form for many jobs was pressed.
pub const DO: &str = "do";
/// Shows how many jobs it would be.
pub const DO_PREVIEW: &str = "preview";
/// Goes back to the form, with what was typed.
pub const DO_CHANGE: &str = "change";
/// Does it.
pub const DO_START: &str = "start";

/// The overview with charts that go back so far.
pub fn overview(range: Range) -> String {
    format!("{OVERVIEW}?{RANGE}={}", range.as_str())
}

/// The list of jobs of a type, in a status; all when neither is said.
pub fn list(job_type: Option<&JobType>, status: Option<JobStatus>) -> String {
    about(LIST, job_type, status)
}

/// The form for what is to be done to such jobs.
pub fn bulk_new(job_type: Option<&JobType>, status: Option<JobStatus>) -> String {
    about(BULK_NEW, job_type, status)
}

/// The page about a job.
pub fn job(job: JobId) -> String {
    format!("{OVERVIEW}/{job}")
}

/// Asks why a job is cancelled. POST: cancels it.
pub fn cancel(job: JobId) -> String {
    format!("{OVERVIEW}/{job}/cancel")
}

/// POST: gives a failed job a new set of attempts.
pub fn retry(job: JobId) -> String {
    format!("{OVERVIEW}/{job}/retry")
}

/// Asks why the jobs of a queue pause.
pub fn pause(job_type: Option<&JobType>) -> String {
    about(PAUSE, job_type, None)
}

/// The page about a bulk action.
pub fn bulk_action(action: BulkActionId) -> String {
    format!("{BULK}/{action}")
}

/// Asks why a bulk action stops. POST: stops it.
pub fn stop_bulk(action: BulkActionId) -> String {
    format!("{BULK}/{action}/stop")
}

fn about(path: &str, job_type: Option<&JobType>, status: Option<JobStatus>) -> String {
    let pairs = [(TYPE, job_type.map(JobType::as_str)), (STATUS, status.map(JobStatus::as_str))];
    with_query(path, pairs)
}

/// An address with those of the parameters that have a value.
pub(crate) fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    match Serializer::new(String::new()).extend_pairs(pairs).finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}
