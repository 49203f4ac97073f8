//! Passes on the lines that a handler wrote: soon after it wrote them, and the last ones before its outcome is reported,
//! because afterwards its token is not good any more.

use std::time::Duration;

use plinth_events::{
    Command,
    command::job_notes::{JobLog, LogJobs, LogLine},
    reply::{JobItems, JobOutcome},
};
use tokio::time::sleep;

use super::{leases::Lease, notes::Notes};
use crate::{Client, SendOptions};

/// How long lines are collected before they are sent.
const LINGER: Duration = Duration::from_millis(500);
/// Most bytes of lines in one command, which leaves room for what stands around them. One character may become six.
const LINES_BYTES: usize = 900 * 1024;
/// What a line takes beside its message.
const LINE_BYTES: usize = 100;

/// Passes lines on until no more come. Each request is tried for so long.
pub(super) async fn pass_on(client: &Client, deadline: Duration, lease: Lease, notes: &Notes) {
    while notes.wait_for_lines().await {
        tokio::select! {
            () = sleep(LINGER) => {}
            () = notes.ended() => {}
        }
        for lines in parts(notes.take_lines()) {
            send(&client.with_deadline(deadline), lease, lines).await;
        }
    }
}

async fn send(client: &Client, lease: Lease, lines: Vec<LogLine>) {
    let Lease { tenant, job_id, token } = lease;
    let command = Command::LogJobs(LogJobs { jobs: vec![JobLog { job_id, token, lines }] });
    match client.send_for::<JobItems>(tenant, &command, &SendOptions::new()).await {
        Ok(items) => {
            if let Some(JobOutcome::Refused { code, .. }) = items.jobs.first().map(|item| &item.outcome) {
                tracing::debug!(tenant.id = %tenant, job.id = %job_id, code, "lines of a job came too late");
            }
        }
        Err(error) => tracing::warn!(tenant.id = %tenant, job.id = %job_id, %error, "lines of a job were not kept"),
    }
}

/// Lines in parts that each fit into a message.
fn parts(lines: Vec<LogLine>) -> Vec<Vec<LogLine>> {
    let mut parts: Vec<Vec<LogLine>> = Vec::new();
    let mut room = 0;
    for line in lines {
        let bytes = 6 * line.message.as_str().len() + LINE_BYTES;
        match parts.last_mut().filter(|_| bytes <= room) {
            Some(part) => part.push(line),
            None => {
                room = LINES_BYTES;
                parts.push(vec![line]);
            }
        }
        room = room.saturating_sub(bytes);
    }
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::{command::job_notes::LogLevel, limits};

    use super::*;

    #[test]
    fn every_command_fits_into_a_message() {
        let message = "\u{1}".repeat(limits::LOG_LINE_CHARS).parse().unwrap();
        let line = LogLine { at: None, level: LogLevel::Info, message };
        let parts = parts(vec![line; limits::LOG_LINES]);
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), limits::LOG_LINES);
        for part in parts {
            assert!(serde_json::to_string(&part).unwrap().len() < limits::MESSAGE_BYTES - 1_024);
        }
    }
}
