//! The rejects file: every line that has no effect, with the reason. It can be imported again once the reasons are gone.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use plinth_events::{CommandId, UserId, refusal::Problem};
use serde::Serialize;
use serde_json::value::RawValue;

use super::line::Line;

/// Writes a rejects file, and makes it with the first reject.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

/// A line of the file: the line that was imported, and why it was rejected.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Reject<'a> {
    Command { subject: &'a str, command_id: CommandId, actor: Option<UserId>, body: &'a RawValue, rejected: Reason<'a> },
    Text { text: &'a str, rejected: Reason<'a> },
}

#[derive(Serialize)]
struct Reason<'a> {
    file: &'a str,
    line: u64,
    problem: &'a Problem,
}

impl Rejects {
    pub(super) fn to(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Where they are, if there are any.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.is_some().then_some(&self.path)
    }

    /// Adds a line.
    pub(super) fn add(&mut self, line: &Line, problem: &Problem) -> anyhow::Result<()> {
        self.write(line, problem).with_context(|| format!("rejects cannot be written to {}", self.path.display()))
    }

    /// Puts everything added so far into the file.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush().with_context(|| format!("rejects cannot be written to {}", self.path.display()))
    }

    fn write(&mut self, line: &Line, problem: &Problem) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(File::create(&self.path)?)),
        };
        writeln!(file, "{}", reject(line, problem)?)
    }
}

fn reject(line: &Line, problem: &Problem) -> serde_json::Result<String> {
    let rejected = Reason { file: &line.file, line: line.number, problem };
    let Ok(command) = line.command() else {
        return serde_json::to_string(&Reject::Text { text: &String::from_utf8_lossy(&line.text), rejected });
    };
    serde_json::to_string(&Reject::Command {
        subject: &command.subject,
        command_id: command.command_id,
        actor: command.actor,
        body: serde_json::from_slice(&command.body)?,
        rejected,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use plinth_events::{Refusal, RefusalCode};
    use serde_json::Value;

    use super::*;

    const TEXT: &str = r#"{"subject":"plinth.cmd.df65367b-4c0f-5e26-be95-228f5d308227.metric.define","commandId":"8fded3ed-41f9-5f5e-96b4-69375c5fd685","actor":null,"body":{"b": 1.10,"a":2}}"#;

    fn line(text: &str) -> Line {
        Line { file: "a.ndjson".into(), number: 7, text: text.to_owned().into(), bytes: text.len() as u64 + 1 }
    }

    fn problem() -> Problem {
        Refusal::new(RefusalCode::UnknownActor, "the actor is not a user of the tenant").problem()
    }

    #[test]
    fn a_rejected_command_can_be_imported_again_as_it_stands_in_the_file() {
        let original = line(TEXT).command().unwrap();
        let once = reject(&line(TEXT), &problem()).unwrap();
        assert_eq!(line(&once).command().unwrap(), original);
        let twice = reject(&line(&once), &problem()).unwrap();
        assert_eq!(once, twice);
    }

    #[test]
    fn a_reject_says_where_it_came_from_and_why() {
        let reject: Value = serde_json::from_str(&reject(&line("{"), &problem()).unwrap()).unwrap();
        assert_eq!(reject["text"], "{");
        assert_eq!((&reject["rejected"]["file"], &reject["rejected"]["line"]), (&"a.ndjson".into(), &7.into()));
        assert_eq!(reject["rejected"]["problem"]["code"], "unknown_actor");
    }

    #[test]
    fn without_rejects_there_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        let mut rejects = Rejects::to(path.clone());
        rejects.flush().unwrap();
        assert!(rejects.path().is_none() && !path.exists());
        rejects.add(&line(TEXT), &problem()).unwrap();
        rejects.flush().unwrap();
        assert_eq!(rejects.path(), Some(path.as_path()));
        assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 1);
    }
}
