//! `plinth send`: one command, as a request or durably, and its outcome.

use std::{process::ExitCode, time::Duration};

use bytes::Bytes;
use clap::Args;
use plinth_client::{Client, SendOptions};
use plinth_events::{CommandId, CommandName, UserId, envelope::Origin, reply::Reply};
use serde_json::json;

use super::{
    message, output,
    pretty::pretty,
    refusal,
    remote::{Remote, Tenant},
};

/// Send one command.
#[derive(Args)]
pub(super) struct Send {
    /// Which command
    #[arg(value_name = "AGGREGATE.VERB", value_parser = message::command())]
    command: CommandName,
    /// Its body, a JSON object; - reads it from standard input
    #[arg(default_value = "{}")]
    body: String,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    sender: Sender,
    /// Publish it to the intake, which keeps it until it is handled, and wait for its receipt
    #[arg(long)]
    durable: bool,
    /// Do not wait for the receipt
    #[arg(long, requires = "durable")]
    no_wait: bool,
    /// How long to wait for the outcome, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout_seconds: u64,
    /// Print the reply, or the problem of a refusal, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

/// Who sends it, and in which context.
#[derive(Args)]
struct Sender {
    /// The user who does it
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: Option<UserId>,
    /// Its idempotency key: sent again under the same id, it has one effect [default: a new one]
    #[arg(long, value_name = "UUID")]
    command_id: Option<CommandId>,
    /// What it belongs to
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
    /// What caused it
    #[arg(long, value_name = "ID")]
    causation_id: Option<String>,
    /// The span that it is part of, as W3C Trace Context has it
    #[arg(long, value_name = "TRACEPARENT")]
    traceparent: Option<String>,
}

impl Send {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        refusal::exit_code(self.send().await, self.json)
    }

    async fn send(&self) -> anyhow::Result<()> {
        let body = message::body(&self.body)?;
        let options = self.sender.options();
        let client = self.remote.client().await?.with_deadline(self.timeout());
        if self.durable {
            return self.send_durably(&client, body, &options).await;
        }
        self.print(&client.send_raw(self.tenant.id, self.command, body, &options).await?)
    }

    async fn send_durably(&self, client: &Client, body: Bytes, options: &SendOptions) -> anyhow::Result<()> {
        let tenant = self.tenant.id;
        let stored = client.publish_durable_raw(tenant, self.command, body, options).await?;
        if !self.no_wait {
            return self.print(&client.receipt(tenant, options.command_id, self.timeout()).await?);
        }
        let id = options.command_id;
        if self.json {
            output::print(json!({ "commandId": id, "stream": stored.stream, "sequence": stored.sequence }))?;
        } else {
            output::print(format_args!("command {id} is stored in {} at {}", stored.stream, stored.sequence))?;
        }
        Ok(())
    }

    fn print(&self, reply: &Reply) -> anyhow::Result<()> {
        if self.json { output::print_json(reply) } else { Ok(output::print(lines(reply).join("\n"))?) }
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

impl Sender {
    fn options(&self) -> SendOptions {
        let fresh = SendOptions::new();
        SendOptions {
            command_id: self.command_id.unwrap_or(fresh.command_id),
            origin: Origin {
                actor: self.actor,
                correlation_id: self.correlation_id.clone(),
                causation_id: self.causation_id.clone(),
                traceparent: self.traceparent.clone(),
            },
        }
    }
}

/// What became of the command, then a line for each event, then the result.
fn lines(reply: &Reply) -> Vec<String> {
    let Reply { command_id, position, duplicate, events, result } = reply;
    let again = if *duplicate { "was accepted before" } else { "is accepted" };
    let changes = if events.is_empty() { " and changes nothing" } else { "" };
    let mut lines = vec![format!("command {command_id} {again}{changes} (position {position})")];
    lines.extend(events.iter().map(|event| format!("{:>8}  {}", event.position, event.event_type)));
    if result.get() != "null" {
        lines.push(pretty(result.get()));
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn reply(json: &str) -> Vec<String> {
        lines(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_accepted_command_is_told_with_its_events_and_its_result() {
        let lines = reply(
            r#"{"commandId":"0190163d-8694-739b-aea5-966c26f8ad91","position":1042,"duplicate":false,
                "events":[{"id":"0190163d-8694-739b-aea5-966c26f8ad92","type":"MetricDefined","position":1042}],
                "result":{"version":2}}"#,
        );
        let expected = [
            "command 0190163d-8694-739b-aea5-966c26f8ad91 is accepted (position 1042)",
            "    1042  MetricDefined",
            "{\n  \"version\": 2\n}",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_duplicate_and_a_command_without_effect_are_told_as_such() {
        let line = |duplicate: bool| {
            let id = "0190163d-8694-739b-aea5-966c26f8ad91";
            let json = json!({"commandId": id, "position": 7, "duplicate": duplicate, "events": [], "result": null});
            reply(&json.to_string()).join("|").replace(id, "x")
        };
        assert_eq!(line(false), "command x is accepted and changes nothing (position 7)");
        assert_eq!(line(true), "command x was accepted before and changes nothing (position 7)");
    }
}
