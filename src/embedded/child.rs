//! One child process and the thread that keeps it. It knows signals and exits; it must not know which server it
//! keeps.
//!
//! The keeper thread starts the child and blocks in `wait` until it ends. So a child is reaped at once, whatever the
//! async runtime does, and the kernel's parent-death signal, which is tied to the *thread* that forked, fires when
//! this process dies and not when some worker thread of a runtime goes idle.

use std::fmt;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::EmbeddedError;
use super::account::Account;
use super::log;

const READY_PAUSE: Duration = Duration::from_millis(25);
/// For a child that is dropped while it runs: how long its own signal may take before SIGKILL.
const DROP_LIMIT: Duration = Duration::from_secs(3);

/// How to start a server; kept, so that it can be started again.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    pub(super) server: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    /// The working folder.
    pub(super) folder: PathBuf,
    /// Takes the output, and carries the lock of the folder.
    pub(super) log: PathBuf,
    pub(super) account: Option<Account>,
    /// What ends the child when its [`Child`] is dropped or this process dies.
    pub(super) abandon_signal: Signal,
}

/// A started process. Dropped while it runs, it is ended.
pub(super) struct Child {
    launch: Launch,
    pid: Pid,
    /// `None` while it runs, then how it ended.
    exit: watch::Receiver<Option<String>>,
}

impl Child {
    /// Starts the server and hands it `log`, locked.
    pub(super) async fn spawn(launch: &Launch, log: File) -> Result<Child, EmbeddedError> {
        let command = command(launch, log).map_err(EmbeddedError::io("share", &launch.log))?;
        let failed = || EmbeddedError::io("start", &launch.program);
        let (started, start) = oneshot::channel();
        let to_keep = launch.clone();
        thread::Builder::new()
            .name(format!("keep {}", launch.server))
            .spawn(move || keep(command, to_keep, started))
            .map_err(failed())?;
        let started = start.await.map_err(|_| failed()(std::io::Error::other("its thread ended")))?;
        started.map_err(failed())
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    pub(super) fn is_running(&self) -> bool {
        self.exit.borrow().is_none() && self.exit.has_changed().is_ok()
    }

    /// Probes until the server answers, it ends, or the time is up.
    pub(super) async fn wait_ready<P, F>(&self, limit: Duration, mut probe: P) -> Result<(), EmbeddedError>
    where
        P: FnMut() -> F,
        F: Future<Output = Result<(), String>>,
    {
        let deadline = Instant::now() + limit;
        let mut last = String::from("it never answered");
        loop {
            tokio::select! {
                biased;
                how = self.ended() => return Err(self.ended_early(how)),
                () = sleep_until(deadline) => return Err(self.not_ready(limit, last)),
                answer = probe() => match answer {
                    Ok(()) => return Ok(()),
                    Err(refusal) => last = refusal,
                },
            }
            sleep(READY_PAUSE).await;
        }
    }

    /// Sends each signal in turn until the child ends, waiting after each for its limit.
    pub(super) async fn end(&self, signals: &[(Signal, Duration)]) -> Result<(), EmbeddedError> {
        for (signal, limit) in signals {
            self.signal(*signal);
            if timeout(*limit, self.ended()).await.is_ok() {
                return Ok(());
            }
        }
        Err(EmbeddedError::WouldNotEnd { server: self.launch.server, pid: self.pid.as_raw() })
    }

    /// How the child ended, once it has.
    async fn ended(&self) -> String {
        let mut exit = self.exit.clone();
        match exit.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => String::from("its keeper is gone"),
        }
    }

    fn signal(&self, signal: Signal) {
        if !self.is_running() {
            return;
        }
        if let Err(error) = kill(self.pid, signal) {
            tracing::warn!(server = self.launch.server, pid = self.pid.as_raw(), %signal, %error, "a signal failed");
        }
    }

    fn ended_early(&self, how: String) -> EmbeddedError {
        let log = self.launch.log.clone();
        let tail = log::tail(&log).unwrap_or_else(|error| format!("(unreadable: {error})"));
        EmbeddedError::EndedEarly { server: self.launch.server, how, log, tail }
    }

    fn not_ready(&self, limit: Duration, last: String) -> EmbeddedError {
        let log = self.launch.log.clone();
        EmbeddedError::NotReady { server: self.launch.server, limit_s: limit.as_secs(), last, log }
    }
}

impl Drop for Child {
    /// The way of a panic, an early return or a dropped future. It blocks for a moment, so that a throw-away folder
    /// can be removed next and no child is left when `main` returns.
    fn drop(&mut self) {
        let pause = Duration::from_millis(10);
        let deadline = std::time::Instant::now() + DROP_LIMIT;
        self.signal(self.launch.abandon_signal);
        while self.is_running() && std::time::Instant::now() < deadline {
            thread::sleep(pause);
        }
        self.signal(Signal::SIGKILL);
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Child").field("server", &self.launch.server).field("pid", &self.pid()).finish_non_exhaustive()
    }
}

/// The life of a keeper thread, which ends with its child. The [`Child`] is made here, so that it ends the process
/// wherever it is dropped: also when whoever asked for it has gone.
fn keep(mut command: Command, launch: Launch, started: oneshot::Sender<std::io::Result<Child>>) {
    let spawned = command.spawn();
    // The command holds a copy of the locked log: it must go, or the lock would outlive the child.
    drop(command);
    let mut process = match spawned {
        Ok(process) => process,
        Err(error) => return drop(started.send(Err(error))),
    };
    let (ended, exit) = watch::channel(None);
    let child = Child { launch, pid: Pid::from_raw(process.id().cast_signed()), exit };
    tracing::debug!(server = child.launch.server, pid = child.pid(), "an embedded server was started");
    drop(started.send(Ok(child)));
    let how = process.wait().map_or_else(|error| format!("wait failed: {error}"), |status| status.to_string());
    ended.send_replace(Some(how));
}

/// The child gets its own process group: Ctrl-C in a terminal reaches this process alone, which then decides in which
/// order the servers stop.
fn command(launch: &Launch, log: File) -> std::io::Result<Command> {
    let mut command = match setpriv() {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.arg("--pdeathsig").arg(launch.abandon_signal.as_str().trim_start_matches("SIG"));
            command.arg("--").arg(&launch.program);
            command
        }
        None => Command::new(&launch.program),
    };
    command.args(&launch.arguments).current_dir(&launch.folder).process_group(0);
    // A locale that is not installed would stop Postgres; without any, it does not start on macOS.
    command.env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    if let Some(account) = &launch.account {
        account.apply(&mut command);
    }
    Ok(command)
}

/// `setpriv` of util-linux, if it can set a parent-death signal (the one of busybox cannot). Elsewhere than on Linux
/// there is no such signal: there only [`Child`]'s drop ends a child.
fn setpriv() -> Option<&'static str> {
    static USABLE: OnceLock<bool> = OnceLock::new();
    let usable = || {
        let mut trial = Command::new("setpriv");
        trial.args(["--pdeathsig", "keep", "--", "true"]).stdin(Stdio::null()).stdout(Stdio::null());
        trial.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    (cfg!(target_os = "linux") && *USABLE.get_or_init(usable)).then_some("setpriv")
}
