//! `plinth servers -- CMD`: runs a program with a Postgres and a nats-server of its own, such as the tests.
//!
//! The program is a process group of its own: told to stop, we end all of it, and then the servers.

use std::{
    io::IsTerminal as _,
    os::unix::process::ExitStatusExt as _,
    process::{ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::serve::on_signal;
use crate::embedded::{Nats, Postgres, ThrowawayFolder, Tuning};

/// How long the program may take to end after SIGTERM, before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// What shells add to the number of the signal that ended a program.
const SIGNALLED: i32 = 128;

/// Run a program with a Postgres and a nats-server of its own, in DATABASE_URL and NATS_URL; both end with it.
///
/// The program is not the terminal's foreground: it gets neither its input nor Ctrl-C, but is told to
/// stop (SIGTERM) when this is.
#[derive(Args)]
pub struct Servers {
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

impl Servers {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let stop = on_signal()?;
        let folder = ThrowawayFolder::new()?;
        let postgres = Postgres::start(&folder.path().join("postgres"), None, Tuning::default()).await?;
        let nats = Nats::start(&folder.path().join("nats"), None).await?;
        // a program in the background that read from the terminal would be stopped
        let input = if std::io::stdin().is_terminal() { Stdio::null() } else { Stdio::inherit() };
        let child = Command::new(&self.command[0])
            .args(&self.command[1..])
            .env("DATABASE_URL", postgres.url())
            .env("NATS_URL", nats.url())
            .env("NATS_MONITOR_URL", nats.monitor_url())
            .env("PLINTH_TEST_DATABASE_URL", postgres.url())
            .env("PLINTH_TEST_NATS_URL", nats.url())
            .stdin(input)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be run", self.command[0]));
        let status = match child {
            Ok(child) => Ok(run(child, stop).await?),
            Err(error) => Err(error),
        };
        nats.stop().await?;
        postgres.stop().await?;
        Ok(exit_code(status?))
    }
}

/// Waits for the end of the program, brings it about when told to stop, and ends what the program leaves behind.
async fn run(mut child: Child, stop: CancellationToken) -> std::io::Result<ExitStatus> {
    let group = child.id().map(|id| Pid::from_raw(id.cast_signed()));
    // a group that has nobody left is no failure
    let signal = |signal| group.map(|group| killpg(group, signal).ok());
    let ended = tokio::select! {
        status = child.wait() => Some(status),
        () = stop.cancelled() => {
            signal(Signal::SIGTERM);
            timeout(GRACE, child.wait()).await.ok()
        }
    };
    signal(Signal::SIGKILL);
    match ended {
        Some(status) => status,
        None => child.wait().await,
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| Some(SIGNALLED + status.signal()?));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
