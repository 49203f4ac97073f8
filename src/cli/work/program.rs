//! Runs a program for a job: the payload on standard input, the result from standard output.
//!
//! The program and everything it starts form a process group, which is killed as soon as nobody waits for it any more.
//! What an exit code means is in `verdict`.

use std::{
    io::{self, ErrorKind},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use plinth_client::JobFailure;
use plinth_events::limits;
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::verdict::{self, ERROR_BYTES};

/// Variables that a program gets beside those of the worker.
pub(super) type Environment = [(&'static str, String); 5];

/// The program of a worker.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// A command for the shell.
    pub(super) command: String,
    /// What follows it, as it is.
    pub(super) arguments: Vec<String>,
    /// How long it may take, until its output is closed.
    pub(super) limit: Duration,
}

/// How a program ended, and what it said.
struct Ended {
    status: ExitStatus,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Program {
    /// Runs it until its end, or until somebody cancels it. Dropping the run kills it.
    pub(super) async fn run(
        &self,
        environment: Environment,
        payload: &str,
        cancelled: &CancellationToken,
    ) -> Result<Option<Box<RawValue>>, JobFailure> {
        let mut child = self.start(environment)?;
        let mut group = Group::of(&child);
        let ended = tokio::select! {
            biased;
            () = cancelled.cancelled() => return Err(JobFailure::permanent("the program was killed: cancelled")),
            ended = timeout(self.limit, run_to_end(&mut child, payload.as_bytes())) => ended,
        };
        let Ok(ended) = ended else {
            let seconds = self.limit.as_secs();
            return Err(JobFailure::new(format!("the program was killed: not done after {seconds} s")));
        };
        let Ended { status, output, errors } = ended?;
        group.ended();
        verdict::of(status, &output, &errors)
    }

    fn start(&self, environment: Environment) -> io::Result<Child> {
        let script = if self.arguments.is_empty() { self.command.clone() } else { format!("{} \"$@\"", self.command) };
        Command::new("sh")
            .args(["-c", &script, "sh"])
            .args(&self.arguments)
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
    }
}

/// A process group that is killed when nobody waits for its end any more.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    /// It has ended by itself; its id may be another's by now.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // fails only when it has ended by itself
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

async fn run_to_end(child: &mut Child, payload: &[u8]) -> Result<Ended, JobFailure> {
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let exit = async { Ok(child.wait().await?) };
    let (status, output, errors, ()) =
        tokio::try_join!(exit, read_output(output), read_errors(errors), feed(input, payload))?;
    Ok(Ended { status, output, errors })
}

/// A program need not read its input.
async fn feed(input: Option<impl AsyncWrite + Unpin>, payload: &[u8]) -> Result<(), JobFailure> {
    let Some(mut input) = input else { return Ok(()) };
    match input.write_all(payload).await {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Everything, unless it is more than a result may be.
async fn read_output(output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, JobFailure> {
    let mut content = Vec::new();
    let Some(output) = output else { return Ok(content) };
    output.take(limits::PAYLOAD_BYTES as u64 + 1).read_to_end(&mut content).await?;
    if content.len() > limits::PAYLOAD_BYTES {
        let limit = limits::PAYLOAD_BYTES;
        return Err(JobFailure::permanent(format!("the program was killed: it printed more than {limit} bytes")));
    }
    Ok(content)
}

/// The end of it.
async fn read_errors(errors: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, JobFailure> {
    let mut end = Vec::new();
    let Some(mut errors) = errors else { return Ok(end) };
    let mut chunk = vec![0; ERROR_BYTES];
    loop {
        let read = errors.read(&mut chunk).await?;
        if read == 0 {
            return Ok(end);
        }
        end.extend_from_slice(&chunk[..read]);
        end.drain(..end.len().saturating_sub(ERROR_BYTES));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use tokio::time::{Instant, sleep};

    use super::*;

    type Ran = Result<Option<String>, (String, bool)>;

    fn environment() -> Environment {
        ["A", "B", "C", "D", "E"].map(|name| (name, format!("the {name}")))
    }

    fn program(command: &str) -> Program {
        Program { command: command.to_owned(), arguments: Vec::new(), limit: Duration::from_secs(10) }
    }

    async fn run(program: Program, payload: &str) -> Ran {
        let ran = program.run(environment(), payload, &CancellationToken::new()).await;
        told(ran)
    }

    fn told(ran: Result<Option<Box<RawValue>>, JobFailure>) -> Ran {
        match ran {
            Ok(result) => Ok(result.map(|result| result.get().to_owned())),
            Err(JobFailure::Failed { error, retryable, .. }) => Err((error, retryable)),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Waits until a program that writes its process id into a file is gone.
    async fn is_killed(pid_file: &std::path::Path) {
        let started = Instant::now();
        let pid: i32 = fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
        // a killed process that its parent has not asked about yet still has an entry, without a command line
        while fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|command| !command.is_empty()) {
            assert!(started.elapsed() < Duration::from_secs(10), "{pid} is still alive");
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_program_gets_payload_environment_and_arguments() {
        let mut program = program("printf '%s|' \"$(cat)\" \"$A\"; printf '%s|'");
        program.arguments = vec!["$A".to_owned(), "two words".to_owned()];
        assert_eq!(run(program, r#"{"a":1}"#).await, Ok(Some(r#""{\"a\":1}|the A|$A|two words|""#.to_owned())));
    }

    #[tokio::test]
    async fn a_program_need_not_read_its_payload() {
        assert_eq!(run(program("echo 7"), &"x".repeat(1_000_000)).await, Ok(Some("7".to_owned())));
    }

    #[tokio::test]
    async fn the_end_of_standard_error_is_the_error() {
        let (error, retryable) = run(program("seq 100000 >&2; exit 3"), "{}").await.unwrap_err();
        assert!(retryable && error.ends_with("99999\n100000") && error.len() <= ERROR_BYTES, "{error}");
    }

    #[tokio::test]
    async fn a_program_that_prints_too_much_fails_for_good() {
        let (error, retryable) = run(program("yes"), "{}").await.unwrap_err();
        assert_eq!((error.as_str(), retryable), ("the program was killed: it printed more than 262144 bytes", false));
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_killed_with_everything_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let mut program = program(&format!("sh -c 'echo $$ > {}; sleep 100' | cat", pid.display()));
        program.limit = Duration::from_secs(1);
        assert_eq!(run(program, "{}").await, Err(("the program was killed: not done after 1 s".to_owned(), true)));
        is_killed(&pid).await;
    }

    #[tokio::test]
    async fn a_cancelled_program_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let program = program(&format!("echo $$ > {}; sleep 100", pid.display()));
        let cancelled = CancellationToken::new();
        let cancel = async {
            while !fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')) {
                sleep(Duration::from_millis(10)).await;
            }
            cancelled.cancel();
        };
        let (ran, ()) = tokio::join!(program.run(environment(), "{}", &cancelled), cancel);
        assert_eq!(told(ran), Err(("the program was killed: cancelled".to_owned(), false)));
        is_killed(&pid).await;
    }
}
