//! The worker program under test: a process group that can be told to stop, frozen and killed.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::service::Service;
use crate::config::NatsConfig;

/// The program, and the process that runs it just now. It is killed when this is dropped.
pub(super) struct Program {
    command: Vec<String>,
    environment: Vec<(&'static str, String)>,
    child: Child,
}

impl Program {
    /// Starts it, told where and what to work.
    pub(super) fn start(command: &[String], service: &Service, nats: &NatsConfig) -> anyhow::Result<Self> {
        let mut environment = vec![
            ("NATS_URL", nats.nats_url.clone()),
            ("PLINTH_SUBJECT_PREFIX", nats.subject_prefix.to_string()),
            ("PLINTH_JOB_TYPE", service.job_type().to_string()),
            ("PLINTH_LEASE_SECONDS", service.lease().as_secs().to_string()),
        ];
        environment.extend(nats.nats_creds.iter().map(|file| ("NATS_CREDS", file.display().to_string())));
        let child = spawn(command, &environment)?;
        Ok(Self { command: command.to_vec(), environment, child })
    }

    /// Starts it again if it has ended.
    pub(super) fn start_unless_running(&mut self) -> anyhow::Result<()> {
        if !self.is_running()? {
            self.child = spawn(&self.command, &self.environment)?;
        }
        Ok(())
    }

    pub(super) fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Sends a signal to it and everything that it started.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(group) = self.group() {
            // fails only when all have ended
            let _ = killpg(group, signal);
        }
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let seconds = limit.as_secs();
        let status = timeout(limit, self.child.wait()).await;
        Ok(status.with_context(|| format!("the program did not end within {seconds} s"))??)
    }

    /// kill -9, and waits for its end.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::SIGKILL);
        self.child.wait().await?;
        Ok(())
    }

    fn group(&self) -> Option<Pid> {
        self.child.id().map(|id| Pid::from_raw(id.cast_signed()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

/// What it prints goes to standard error: standard output is for the rules.
fn spawn(command: &[String], environment: &[(&'static str, String)]) -> anyhow::Result<Child> {
    Command::new(&command[0])
        .args(&command[1..])
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .process_group(0)
        .spawn()
        .with_context(|| format!("{} cannot be run", command[0]))
}
