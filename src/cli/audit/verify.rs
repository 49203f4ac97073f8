//! `plinth audit verify`: whether an auditor's file is true, and what that means.

use std::{fmt::Write as _, fs::File, io::BufReader, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{Key, read};
use crate::{
    audit::{
        PublicKey,
        checkpoint::TreeHead,
        consistency::Consistency,
        file::Header,
        verify::{Report, verify},
    },
    cli::output,
};

#[derive(Args)]
pub struct Verify {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    key: Key,
    /// A newer checkpoint with the proof that leads to it (plinth audit consistency): check against that too
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let key = self.key.read()?;
        let file = File::open(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))?;
        let report = verify(BufReader::new(file), &key)?;
        let newer = self.newer(&report, &key)?;
        if self.json {
            output::print(to_json(&report, newer.as_ref()))?;
        } else {
            output::print(told(&report, newer.as_ref()).trim_end())?;
        }
        let is_true = report.is_true() && !matches!(newer, Some(Err(_)));
        Ok(if is_true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The newer state of the log, or why the file's does not lead to it; none: nobody asked, or the file has none.
    fn newer(&self, report: &Report, key: &PublicKey) -> anyhow::Result<Option<Newer>> {
        let (Some(path), Some(checkpoint)) = (&self.checkpoint, &report.checkpoint) else { return Ok(None) };
        let text = read(path)?;
        let newer = Consistency::parse(&text, checkpoint.size).and_then(|proof| proof.check(checkpoint, key));
        Ok(Some(newer.map_err(|error| error.to_string())))
    }
}

type Newer = Result<TreeHead, String>;

fn to_json(report: &Report, newer: Option<&Newer>) -> serde_json::Value {
    let header = report.header.as_ref();
    let findings = report.findings.iter().map(|found| json!({ "line": found.line, "what": found.what }));
    json!({
        "true": report.is_true() && !matches!(newer, Some(Err(_))),
        "tenant": header.map(|header| header.tenant),
        "code": header.and_then(|header| header.code.as_ref()),
        "asKnownAt": header.map(|header| header.as_known_at),
        "checkpointSize": report.checkpoint.map(|checkpoint| checkpoint.size),
        "newerCheckpointSize": newer.and_then(|newer| newer.as_ref().ok()).map(|newer| newer.size),
        "events": report.events,
        "erased": report.erased,
        "findings": findings.collect::<Vec<_>>(),
        "moreFindings": report.more_findings,
        "checkpointFinding": newer.and_then(|newer| newer.as_ref().err()),
    })
}

fn told(report: &Report, newer: Option<&Newer>) -> String {
    let mut text = String::new();
    if let (Some(header), true) = (&report.header, report.is_true()) {
        proved(&mut text, report, header);
    } else {
        text.push_str("FALSE\n");
        report.findings.iter().for_each(|finding| line(&mut text, finding));
    }
    if report.more_findings > 0 {
        line(&mut text, format_args!("and {} more", report.more_findings));
    }
    match newer {
        Some(Ok(newer)) => line(&mut text, format_args!("the log of {} events begins with this one", newer.size)),
        Some(Err(error)) => line(&mut text, format_args!("FALSE: {error}")),
        None => {}
    }
    text
}

fn proved(text: &mut String, report: &Report, header: &Header) {
    let Header { origin, tenant, code, as_known_at, .. } = header;
    let size = report.checkpoint.map_or(0, |checkpoint| checkpoint.size);
    let whose = match code {
        Some(code) => format!("metric {code} of tenant {tenant}"),
        None => format!("tenant {tenant}"),
    };
    line(text, format_args!("TRUE: {} events of {whose}, as known at position {as_known_at}", report.events));
    line(text, "Proved by the tree, whoever made the file:");
    line(
        text,
        format_args!("- each stands in the log {origin} of {size} events, at its place, byte for byte as it is here"),
    );
    line(text, "- none was changed, put in, moved, or taken out from between them");
    if report.erased > 0 {
        line(
            text,
            format_args!(
                "- {} of them are erased: that they happened is proved, what they said is gone",
                report.erased
            ),
        );
    }
    line(text, "Said by the notary with its signature:");
    line(text, "- these are all up to that position: none is missing at the end");
    line(text, "Not proved:");
    line(text, "- that what was written into the log was so");
    line(
        text,
        "- that others are shown the same log: compare checkpoints with them, or keep this one and check a later one",
    );
}

fn line(text: &mut String, line: impl std::fmt::Display) {
    // a String takes everything
    writeln!(text, "{}", output::printable(&line.to_string())).ok();
}
