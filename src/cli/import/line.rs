//! A line of a file to import: the text, where it stands, and the command in it.

use std::sync::Arc;

use bytes::Bytes;
use plinth_client::SendOptions;
use plinth_events::{
    CommandId, CommandName, TenantId, UserId,
    envelope::Origin,
    order::{Order, order},
    subject::{BadSubject, Subjects},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};

/// A line as it stands in its file, without the line break.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The file.
    pub(super) file: Arc<str>,
    /// Which line of it, counted from 1.
    pub(super) number: u64,
    /// Its beginning, as far as it can be a command.
    pub(super) text: Bytes,
    /// Its whole length, line break included.
    pub(super) bytes: u64,
}

/// A command, ready to be sent.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    pub(super) tenant: TenantId,
    pub(super) name: CommandName,
    pub(super) command_id: CommandId,
    pub(super) actor: Option<UserId>,
    /// The subject in the file, whose prefix may be that of another installation.
    pub(super) subject: String,
    /// The body, exactly as in the file.
    pub(super) body: Bytes,
}

/// A line that is no command.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadLine {
    /// Not JSON, or not of the form of a command.
    #[error("the line is not {{\"subject\", \"commandId\", \"actor\", \"body\"}}: {0}")]
    Form(#[from] serde_json::Error),
    /// The subject says neither whose command it is nor which.
    #[error(transparent)]
    Subject(#[from] BadSubject),
    /// Longer than any command.
    #[error("the line has {0} bytes, more than any command")]
    TooLong(u64),
}

/// What stands in a line. A line of a rejects file can be imported again as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Content<'a> {
    subject: String,
    command_id: CommandId,
    #[serde(default)]
    actor: Option<UserId>,
    #[serde(borrow)]
    body: &'a RawValue,
    #[serde(default, rename = "rejected")]
    _rejected: IgnoredAny,
}

impl Line {
    /// The command in it.
    pub(super) fn command(&self) -> Result<Command, BadLine> {
        if self.bytes > self.text.len() as u64 + 1 {
            return Err(BadLine::TooLong(self.bytes));
        }
        let content: Content<'_> = serde_json::from_slice(&self.text)?;
        let (tenant, name) = parse_subject(&content.subject)?;
        Ok(Command {
            tenant,
            name,
            command_id: content.command_id,
            actor: content.actor,
            body: self.text.slice_ref(content.body.get().as_bytes()),
            subject: content.subject,
        })
    }
}

impl Command {
    /// What it must keep its order with. A body that is not understood has an order too; Plinth will refuse it.
    pub(super) fn order(&self) -> Order {
        order(self.tenant, self.name, &serde_json::from_slice(&self.body).unwrap_or(Value::Null))
    }

    /// What goes with it.
    pub(super) fn options(&self) -> SendOptions {
        SendOptions { command_id: self.command_id, origin: Origin { actor: self.actor, ..Origin::default() } }
    }
}

/// The tenant and the command in a `cmd` or `intake` subject of any installation.
fn parse_subject(subject: &str) -> Result<(TenantId, CommandName), BadSubject> {
    let prefix = subject.split('.').next().unwrap_or_default();
    let subjects: Subjects = prefix.parse().map_err(|_| BadSubject::Form)?;
    subjects.parse_command(subject)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TENANT: &str = "df65367b-4c0f-5e26-be95-228f5d308227";

    fn line(text: &str) -> Line {
        Line { file: "a.ndjson".into(), number: 1, text: text.to_owned().into(), bytes: text.len() as u64 + 1 }
    }

    fn with_subject(subject: &str) -> Result<Command, BadLine> {
        line(&format!(r#"{{"subject": "{subject}", "commandId": "{TENANT}", "actor": null, "body": {{}}}}"#)).command()
    }

    fn with_body(verb: &str, body: &str) -> Command {
        let subject = format!("plinth.cmd.{TENANT}.{verb}");
        line(&format!(r#"{{"subject":"{subject}","commandId":"{TENANT}","body":{body}}}"#)).command().unwrap()
    }

    #[test]
    fn the_prefix_and_the_use_of_the_subject_do_not_matter() {
        for subject in ["plinth.cmd", "plinth.intake", "another_one.cmd"] {
            let command = with_subject(&format!("{subject}.{TENANT}.metric.define")).unwrap();
            assert_eq!((command.tenant.to_string().as_str(), command.name), (TENANT, CommandName::DefineMetric));
        }
    }

    #[test]
    fn a_subject_that_names_no_command_is_told() {
        let message = |subject: &str| with_subject(subject).unwrap_err().to_string();
        let form = "the subject must be <prefix>.<use>.<tenant>.<aggregate>.<verb>";
        for subject in ["", "x", "plinth.evt.a.metric.define", "metric.define", "plinth.cmd.t.metric.define.x"] {
            assert_eq!(message(subject), form, "{subject}");
        }
        assert_eq!(message("plinth.cmd.acme.metric.define"), "the tenant in the subject must be a UUID, not acme");
        assert_eq!(message(&format!("plinth.cmd.{TENANT}.metric.defin")), "there is no metric.defin");
    }

    #[test]
    fn the_body_is_sent_exactly_as_it_stands_in_the_file() {
        let body = r#"{ "b": 1.10,"a":123456789012345678901234567890, "a": "\u0041" }"#;
        assert_eq!(with_body("metric.define", body).body, body);
    }

    #[test]
    fn the_order_of_a_command_follows_from_its_body() {
        let code = r#"{"code":"a"}"#;
        assert_eq!(with_body("metric.define", code).order(), with_body("metric.deprecate", code).order());
        assert_eq!(with_body("tenant.register", "{}").order(), Order::Barrier);
        assert_eq!(with_body("job.enqueue", "{}").order(), Order::Free);
        let too_deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(matches!(with_body("metric.define", &too_deep).order(), Order::Keyed(_)));
    }

    #[test]
    fn a_line_that_is_no_command_is_told() {
        for text in ["{", "[]", "{}", r#"{"subject":"x"}"#, "\u{feff}{}", r#"{"subject":1}"#] {
            assert!(matches!(line(text).command(), Err(BadLine::Form(_))), "{text}");
        }
        let typo = format!(
            r#"{{"subject":"plinth.cmd.{TENANT}.tenant.delete","commandId":"{TENANT}","actors":null,"body":{{}}}}"#
        );
        assert!(line(&typo).command().unwrap_err().to_string().contains("unknown field `actors`"));
    }

    #[test]
    fn a_line_that_was_cut_off_is_told_with_its_length() {
        let line = Line { bytes: 5_000_000, ..line("{") };
        assert_eq!(line.command().unwrap_err().to_string(), "the line has 5000000 bytes, more than any command");
    }
}
