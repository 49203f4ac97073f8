//! `plinth job history`: everything that happened to a job, and with `--at` how it stood then.

use chrono::TimeDelta;
use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    Event, JobId,
    envelope::RecordedEvent,
    event::job::{JobEnqueued, JobEvent, JobFailed, JobLeaseExpired, JobStarted},
    json::Payload,
    names::Reason,
    query::{
        KnownAt, QueryName,
        job::{GetJob, GetJobHistory, JobPhase, JobRow},
    },
    time::Instant,
};

use crate::cli::{
    output::{self, printable, shortened},
    pretty::pretty,
    remote::{Remote, Tenant},
    table,
    timeline::{self, shown},
};

/// Most of a result that the timeline shows, in characters.
const RESULT_CHARS: usize = 80;

/// Show every event of a job: when, what, by whom. All times are UTC.
#[derive(Args)]
pub(super) struct History {
    /// The job, by its UUID
    #[arg(value_name = "ID")]
    job: JobId,
    #[command(flatten)]
    tenant: Tenant,
    /// Only what was known at this time, or at this position of the log, and how the job stood then
    #[arg(long, value_name = "TIME|POSITION")]
    at: Option<KnownAt>,
    /// Print JSON: one event a line, and with --at how the job stood then instead
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl History {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        if self.json && self.at.is_some() {
            return output::print_json(&self.row(&client).await?);
        }
        let body = |from| GetJobHistory { job_id: self.job, known_at: self.at, from };
        let events = timeline::events(&client, self.tenant.id, QueryName::GetJobHistory, body).await?;
        if self.json {
            return output::print_json_lines(&events);
        }
        for line in lines(&events) {
            output::print(line)?;
        }
        if self.at.is_some() && !is_archived(&events) {
            print_row(&self.row(&client).await?)?;
        }
        Ok(())
    }

    async fn row(&self, client: &Client) -> Result<JobRow, SendError> {
        let body = GetJob { job_id: self.job, known_at: self.at };
        client.query(self.tenant.id, QueryName::GetJob, &body).await
    }
}

/// Whether there is no row any more.
fn is_archived(events: &[RecordedEvent]) -> bool {
    matches!(events.last().map(RecordedEvent::event), Some(Ok(Event::Job(JobEvent::JobArchived(_)))))
}

/// A line per event, each with the time since the one before. Not a table: ids stay whole however narrow the terminal.
fn lines(events: &[RecordedEvent]) -> Vec<String> {
    let times = events.iter().map(|event| event.recorded_at.utc());
    let waits = times.clone().skip(1).zip(times).map(|(time, before)| format!("+ {}", wait(time - before)));
    let waits = [String::new()].into_iter().chain(waits);
    events.iter().zip(waits).map(|(event, wait)| line(event, &wait)).collect()
}

/// An event of a type that this program does not know is shown by its name alone.
fn line(recorded: &RecordedEvent, wait: &str) -> String {
    let time = recorded.recorded_at.utc().format("%Y-%m-%d %H:%M:%S%.3f");
    let (name, what) = match recorded.event() {
        Ok(Event::Job(event)) => (event.token().replace('-', " "), what(event)),
        _ => (recorded.event_type.clone(), String::new()),
    };
    let who = recorded.origin.actor.map(|actor| format!("  by {actor}"));
    let line = format!("{time}  {wait:>12}  {name:<16}  {what}{}", shown(who));
    printable(line.trim_end())
}

/// How long something took, as coarse as people say it.
pub(super) fn wait(duration: TimeDelta) -> String {
    let millis = duration.num_milliseconds();
    match millis {
        ..=999 => format!("{millis} ms"),
        1_000..=59_999 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        60_000..=3_599_999 => format!("{} min {} s", millis / 60_000, millis / 1_000 % 60),
        3_600_000..=86_399_999 => format!("{} h {} min", millis / 3_600_000, millis / 60_000 % 60),
        _ => format!("{} d {} h", millis / 86_400_000, millis / 3_600_000 % 24),
    }
}

/// What is particular to an event of a job.
fn what(event: JobEvent) -> String {
    match event {
        JobEvent::JobEnqueued(event) => enqueued(&event),
        JobEvent::JobStarted(JobStarted { attempt, worker, lease_seconds, .. }) => {
            format!("attempt {attempt} with {worker}, a lease of {lease_seconds} s")
        }
        JobEvent::JobCompleted(event) => format!("attempt {}{}", event.attempt, result(event.result.as_ref())),
        JobEvent::JobFailed(JobFailed { attempt, error, retry_at, .. })
        | JobEvent::JobLeaseExpired(JobLeaseExpired { attempt, error, retry_at, .. }) => {
            failed(attempt, error.as_str(), retry_at)
        }
        JobEvent::JobCheckpointed(event) => shortened(event.checkpoint.as_str(), RESULT_CHARS),
        JobEvent::JobReleased(event) => format!("due {}", event.run_at),
        JobEvent::JobDependencyFailed(event) => format!("job {} failed", event.dependency),
        JobEvent::JobExpired(event) => format!("not started until {}", event.expires_at),
        JobEvent::JobReplaced(event) => format!("due {}", event.run_at),
        JobEvent::JobRescheduled(event) => because(format!("due {}", event.run_at), event.reason.as_ref()),
        JobEvent::JobPrioritized(event) => because(format!("to {}", event.priority), event.reason.as_ref()),
        JobEvent::JobSnoozed(event) => format!("until {}, the attempt does not count", event.run_at),
        JobEvent::JobCancelRequested(event) => event.reason.to_string(),
        JobEvent::JobCancelled(event) => event.reason.to_string(),
        JobEvent::JobRetried(event) => shown(event.reason),
        JobEvent::JobArchived(event) => format!("ended at {}", event.ended_at),
    }
}

fn enqueued(event: &JobEnqueued) -> String {
    let JobEnqueued { job_type, run_at, max_attempts, .. } = event;
    let attempts = if *max_attempts == 1 { "attempt" } else { "attempts" };
    format!("{job_type}, due {run_at}, {max_attempts} {attempts}")
}

fn result(result: Option<&Payload>) -> String {
    shown(result.map(|result| format!(": {}", shortened(result.as_str(), RESULT_CHARS))))
}

fn failed(attempt: u32, error: &str, retry_at: Option<Instant>) -> String {
    let next = retry_at.map_or_else(|| "not tried again".to_owned(), |at| format!("again at {at}"));
    format!("attempt {attempt}: {error}; {next}")
}

fn because(what: String, reason: Option<&Reason>) -> String {
    format!("{what}{}", shown(reason.map(|reason| format!(": {reason}"))))
}

fn print_row(row: &JobRow) -> anyhow::Result<()> {
    let fields = [
        ("type", row.job_type.to_string()),
        ("status", row.status.as_str().to_owned()),
        ("attempts", format!("{} of {}", row.attempts, row.max_attempts)),
        ("phase", shown(row.phase.as_ref().map(phase))),
        ("error", shown(row.error.as_ref())),
        ("created at", row.created_at.to_string()),
        ("updated at", row.updated_at.to_string()),
    ];
    table::print(&["field", "value"], fields.into_iter().map(|(name, value)| vec![name.to_owned(), value]));
    output::print(format_args!("payload {}", pretty(row.payload.as_str())))?;
    if let Some(result) = &row.result {
        output::print(format_args!("result {}", pretty(result.as_str())))?;
    }
    Ok(())
}

fn phase(phase: &JobPhase) -> String {
    match phase {
        JobPhase::Blocked { run_at } => format!("waiting for other jobs, due {run_at} at the earliest"),
        JobPhase::Pending { run_at } => format!("waiting, due {run_at}"),
        JobPhase::Processing { worker, token, started_at, cancel_reason } => {
            let asked = cancel_reason.as_ref().map(|reason| format!(", asked to stop: {reason}"));
            format!("with {worker} since {started_at} (token {token}){}", shown(asked))
        }
        JobPhase::Completed => "completed".to_owned(),
        JobPhase::Failed => "failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

    fn recorded(second: u32, event_type: &str, mut data: Value) -> RecordedEvent {
        (data["jobId"], data["type"]) = (json!(ID), json!("export"));
        let recorded = json!({
            "position": 12, "id": ID, "tenantId": ID, "aggregateType": "job", "aggregateId": format!("{ID}/{ID}"),
            "sequence": 1, "type": event_type, "version": "1", "recordedAt": format!("2026-07-13T10:00:{second:02}Z"),
            "commandId": ID, "origin": { "actor": ID }, "data": data,
        });
        serde_json::from_str(&recorded.to_string()).unwrap()
    }

    #[test]
    fn an_event_tells_when_what_and_who_and_the_time_since_the_one_before() {
        let started = json!({ "attempt": 2, "token": 5, "worker": "export-7", "leaseSeconds": 30,
            "leaseUntil": "2026-07-13T10:00:31Z" });
        let failed = json!({ "attempt": 2, "token": 5, "error": "no page", "retryAt": "2026-07-13T10:01:00Z" });
        let lines = lines(&[recorded(1, "JobStarted", started), recorded(4, "JobFailed", failed)]);
        let first = "2026-07-13 10:00:01.000                started           attempt 2 with export-7, a lease of 30 s";
        assert_eq!(lines[0], format!("{first}  by {ID}"));
        let second = "2026-07-13 10:00:04.000       + 3.0 s  failed            attempt 2: no page; again at";
        assert_eq!(lines[1], format!("{second} 2026-07-13T10:01:00Z  by {ID}"));
    }

    #[test]
    fn an_event_of_an_unknown_type_is_shown_all_the_same() {
        let lines = lines(&[recorded(1, "JobPromoted", json!({}))]);
        assert!(lines[0].contains("JobPromoted"), "{lines:?}");
    }

    #[test]
    fn a_wait_is_told_in_the_units_of_its_size() {
        let told = |millis| wait(TimeDelta::milliseconds(millis));
        let expected = ["0 ms", "999 ms", "59.9 s", "1 min 0 s", "2 h 5 min", "3 d 1 h"];
        assert_eq!([0, 999, 59_999, 60_000, 7_500_000, 262_800_000].map(told), expected);
    }
}
