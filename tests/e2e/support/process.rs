//! Child processes of a test: how they are told something, and how they end. The worker with the Rust SDK as one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::{Child, Command};

use super::Ground;

/// Longest wait for a process to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Sends a signal to a running process.
pub fn signal(child: &Child, signal: Signal) {
    let pid = child.id().expect("still running");
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// SIGTERM, and the exit code.
pub async fn terminate(child: &mut Child) -> Option<i32> {
    signal(child, Signal::SIGTERM);
    tokio::time::timeout(STOP_LIMIT, child.wait()).await.expect("stopped in time").unwrap().code()
}

/// The program of `client/examples/conformance_worker.rs`; none, and a word about it, when it is not built.
pub fn sdk_worker() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_plinth")).with_file_name("examples").join("conformance_worker");
    if !program.exists() {
        println!("skipped: {} is not built, run ./dev test", program.display());
        return None;
    }
    Some(program)
}

/// Starts that program for the jobs of a type, with leases of so many seconds. It is killed when it is dropped.
pub fn start_sdk_worker(program: &Path, ground: &Ground, job_type: &str, lease_seconds: u32) -> Child {
    Command::new(program)
        .envs(ground.environment())
        .envs([("PLINTH_JOB_TYPE", job_type), ("PLINTH_LEASE_SECONDS", &lease_seconds.to_string())])
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}
