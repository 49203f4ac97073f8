//! `plinth replay`: the events of the log, from a position on, out of the stream that everybody follows.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use anyhow::Context as _;
use async_nats::jetstream::{self, stream::LastRawMessageErrorKind};
use clap::Args;
use futures_util::FutureExt as _;
use plinth_client::{Client, EventFollower};
use plinth_events::{TenantId, envelope::RecordedEvent};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    output::{self, printable, shortened},
    remote::Remote,
    table,
};

/// Print events from a position on. All times are UTC.
#[derive(Args)]
pub(super) struct Replay {
    /// The first position
    #[arg(long, value_name = "POSITION", default_value_t = 1)]
    from: u64,
    /// The last position [default: the newest one at the start]
    #[arg(long, value_name = "POSITION")]
    to: Option<u64>,
    /// Only events of this tenant
    #[arg(long, env = "PLINTH_TENANT", value_name = "UUID")]
    tenant: Option<TenantId>,
    /// Wait for what comes instead of ending at the newest event
    #[arg(long)]
    follow: bool,
    /// Print JSON, one event a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Replay {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        let last = if self.follow { self.to } else { self.last(&client).await? };
        match self.print(&client, last).await {
            Err(error) if !output::is_closed(&error) => Err(error),
            _ => Ok(ExitCode::SUCCESS),
        }
    }

    /// The position at which a replay ends that does not follow; before all events when there is none.
    async fn last(&self, client: &Client) -> anyhow::Result<Option<u64>> {
        let newest = newest(client, self.tenant).await.context("the stream of events cannot be read")?;
        Ok(Some(newest.min(self.to.unwrap_or(u64::MAX))))
    }

    /// Prints until the last position, or until Ctrl-C.
    async fn print(&self, client: &Client, last: Option<u64>) -> anyhow::Result<()> {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut follower = EventFollower::from_position(client, self.from, self.tenant);
        let mut output = BufWriter::new(io::stdout());
        let width = table::terminal_width().map_or(usize::MAX, usize::from);
        while last.is_none_or(|last| follower.next_position() <= last) {
            let event = tokio::select! {
                biased;
                _ = interrupted.recv() => break,
                event = next(&mut follower, &mut output) => event?,
            };
            if last.is_some_and(|last| event.position > last) {
                break;
            }
            writeln!(output, "{}", self.line(&event, width)?)?;
        }
        output.flush()?;
        Ok(())
    }

    fn line(&self, event: &RecordedEvent, width: usize) -> serde_json::Result<String> {
        if self.json {
            return serde_json::to_string(event);
        }
        Ok(shortened(&line(event, self.tenant.is_none()), width))
    }
}

/// The next event. What was printed is shown before it is waited for.
async fn next(follower: &mut EventFollower, output: &mut impl Write) -> anyhow::Result<RecordedEvent> {
    if let Some(event) = follower.next().now_or_never() {
        return Ok(event?);
    }
    output.flush()?;
    Ok(follower.next().await?)
}

/// The position of the newest event, of one tenant or of all; 0 when there is none.
async fn newest(client: &Client, tenant: Option<TenantId>) -> anyhow::Result<u64> {
    let subjects = client.subjects();
    let subject = tenant.map_or_else(|| subjects.all("evt"), |tenant| subjects.events_of(tenant));
    let stream = jetstream::new(client.nats().clone()).get_stream_no_info(subjects.events_stream()).await?;
    match stream.get_last_raw_message_by_subject(&subject).await {
        Ok(message) => Ok(message.sequence),
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Position, time, tenant (its first digits), type, aggregate and data. JSON has all of it in full.
fn line(event: &RecordedEvent, with_tenant: bool) -> String {
    let tenant = event.tenant_id.to_string();
    let key = event.aggregate_id.strip_prefix(&tenant).unwrap_or(&event.aggregate_id);
    let tenant = if with_tenant { format!("  {}", &tenant[..8]) } else { String::new() };
    let time = event.recorded_at.utc().format("%Y-%m-%d %H:%M:%S");
    let RecordedEvent { position, event_type, aggregate_type, data, .. } = event;
    printable(&format!("{position:>7}  {time}{tenant}  {event_type:<22}  {aggregate_type}{key}  {}", data.get()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn event() -> RecordedEvent {
        let json = r#"{"position":12,"id":"0190163d-8694-739b-aea5-966c26f8ad91",
            "tenantId":"df65367b-4c0f-5e26-be95-228f5d308227","aggregateType":"metric",
            "aggregateId":"df65367b-4c0f-5e26-be95-228f5d308227/at_risk_customer","sequence":1,
            "type":"MetricDefined","version":"1","recordedAt":"2026-07-13T10:00:00.1Z",
            "commandId":"0190163d-8694-739b-aea5-966c26f8ad91","origin":{},"data":{"name":"At Risk"}}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_event_is_a_line() {
        let expected = "     12  2026-07-13 10:00:00  df65367b  MetricDefined           \
            metric/at_risk_customer  {\"name\":\"At Risk\"}";
        assert_eq!(line(&event(), true), expected);
        assert!(!line(&event(), false).contains("df65367b"));
    }
}
