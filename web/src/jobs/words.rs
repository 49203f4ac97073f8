//! The words for how jobs stand, how long things took, and what is live.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use plinth_events::{bulk::BulkStatus, query::job::JobStatus};

use crate::{
    chart::Unit,
    components::{Badge, Tone},
};

/// The ways in which jobs stand, in the order of their lives.
pub(super) const STATUSES: [JobStatus; 4] =
    [JobStatus::Pending, JobStatus::Processing, JobStatus::Completed, JobStatus::Failed];

/// The name of a status at the front of a sentence.
pub(super) fn label(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "Pending",
        JobStatus::Processing => "Processing",
        JobStatus::Completed => "Completed",
        JobStatus::Failed => "Failed",
    }
}

/// How a job stands, in a word.
pub(super) fn status(status: JobStatus) -> Badge<'static> {
    let tone = match status {
        JobStatus::Pending => Tone::Neutral,
        JobStatus::Processing => Tone::Info,
        JobStatus::Completed => Tone::Good,
        JobStatus::Failed => Tone::Bad,
    };
    Badge::new(tone, status.as_str())
}

/// How a bulk action stands, in a word.
pub(super) fn bulk_status(status: BulkStatus) -> Badge<'static> {
    let tone = match status {
        BulkStatus::Running => Tone::Info,
        BulkStatus::Finished => Tone::Good,
        BulkStatus::Cancelled => Tone::Warning,
    };
    Badge::new(tone, status.as_str())
}

/// How long something took: `340 ms`, `2.5 s`.
pub(super) fn span(from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "nobody reads more digits")]
    let millis = (until - from).num_milliseconds().max(0) as f64;
    Unit::Milliseconds.write(millis)
}

/// A number of seconds: `30 s`, `15 min`.
pub(crate) fn seconds(seconds: u32) -> String {
    Unit::Milliseconds.write(f64::from(seconds) * 1_000.0)
}

/// `1 job`, `2 jobs`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", crate::components::grouped(count))
}

/// The id of the part of a page that changes by itself.
pub(crate) const LIVE: &str = "live-part";

/// Has the part with the id [`LIVE`] fetched again, for as long as this stands in it.
pub(crate) fn live(address: &str, seconds: u8) -> Markup {
    let part = format!("#{LIVE}");
    html! {
        span hidden data-hx-get=(address) data-hx-trigger={ "every " (seconds) "s" } data-hx-target=(part)
            data-hx-select=(part) data-hx-swap="outerMorph" {}
    }
}
