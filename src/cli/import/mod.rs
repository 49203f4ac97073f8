//! `plinth import`: commands from files, one a line, ordered as the intake orders them, many at a time.
//!
//! ```text
//! lines ── windows ──> sender (plan: what may run side by side) ── outcomes ──> summary, rejects
//! ```
//!
//! A second import of the same file has no effect, since every line has its command id.

mod line;
mod lines;
mod outcome;
mod plan;
mod rejects;
mod sender;

use std::{fs, num::NonZeroU16, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::time::Instant;

use self::{lines::Lines, outcome::Summary, rejects::Rejects, sender::Sender};
use super::{output, remote::Remote, table};

/// Send commands from files, one JSON object a line: {"subject", "commandId", "actor", "body"}.
#[derive(Args)]
pub(super) struct Import {
    /// The files, in order; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Most commands under way at a time
    #[arg(long, value_name = "COMMANDS", default_value = "256")]
    in_flight: NonZeroU16,
    /// Where to put lines that are refused [default: the first file's name and .rejects.ndjson]
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,
    /// Print the summary as JSON, and no progress
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut rejects = Rejects::to(self.rejects_path()?);
        let client = self.remote.client().await?;
        let started = Instant::now();
        let progress = self.progress();
        let sender = Sender::new(client, self.in_flight.get().into(), progress.clone());
        let summary = send_all(Lines::of(self.files.clone()), &sender, &mut rejects).await;
        progress.finish_and_clear();
        let summary = summary?;
        self.print(&summary, started.elapsed(), &rejects)?;
        Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn rejects_path(&self) -> anyhow::Result<PathBuf> {
        let path = self.rejects.clone().unwrap_or_else(|| default_rejects_path(&self.files));
        if self.files.contains(&path) {
            bail!("{} cannot be imported and take the rejects at the same time", path.display());
        }
        Ok(path)
    }

    /// A bar over the bytes of all files, or a spinner if their size is not known. Hidden where there is no terminal.
    fn progress(&self) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let sizes: Option<u64> = self.files.iter().map(|file| Some(fs::metadata(file).ok()?.len())).sum();
        let Some(bytes) = sizes else { return ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {bytes} of {total_bytes}, {eta} left");
        ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    fn print(&self, summary: &Summary, duration: Duration, rejects: &Rejects) -> anyhow::Result<()> {
        let (seconds, per_second) = (duration.as_secs_f64(), summary.per_second(duration));
        let path = rejects.path().map(|path| path.display().to_string());
        if self.json {
            let Summary { accepted, duplicate, refused } = summary;
            output::print(json!({
                "total": summary.total(), "accepted": accepted, "duplicate": duplicate, "refused": refused,
                "seconds": seconds, "perSecond": per_second, "rejects": path,
            }))?;
            return Ok(());
        }
        table::print(&["outcome", "code", "lines"], summary.rows());
        output::print(format_args!("{seconds:.1} s, {per_second:.0} lines a second"))?;
        if let Some(path) = path {
            output::print(format_args!("what has no effect is in {path}, with the reasons"))?;
        }
        Ok(())
    }
}

async fn send_all(mut lines: Lines, sender: &Sender, rejects: &mut Rejects) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    loop {
        let window = lines.window()?;
        if window.is_empty() {
            return Ok(summary);
        }
        for (line, outcome) in sender.send(window).await? {
            summary.count(&outcome);
            if let Some(problem) = outcome.reject() {
                rejects.add(&line, problem)?;
            }
        }
        rejects.flush()?;
    }
}

fn default_rejects_path(files: &[PathBuf]) -> PathBuf {
    let mut path = match files.first() {
        Some(file) if file.as_os_str() != "-" => file.clone().into_os_string(),
        _ => "stdin".into(),
    };
    path.push(".rejects.ndjson");
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_go_beside_the_first_file() {
        assert_eq!(
            default_rejects_path(&["a/b.ndjson".into(), "c".into()]),
            PathBuf::from("a/b.ndjson.rejects.ndjson")
        );
        assert_eq!(default_rejects_path(&["-".into()]), PathBuf::from("stdin.rejects.ndjson"));
    }
}
