//! A replica of the service as a process of its own, which can be killed.

use std::{fs::File, process::Stdio, time::Duration};

use nix::sys::signal::Signal;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use uuid::Uuid;

use super::{Ground, process};

/// Longest wait for a replica to be ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// A running replica. It is killed when it is dropped.
pub struct Replica {
    child: Child,
    /// Where it answers HTTP, such as `http://127.0.0.1:40123`.
    pub http: String,
}

impl Replica {
    /// Starts one and waits until it says that it is ready. Its log goes to a file in the test's folder.
    pub async fn start(ground: &Ground) -> Self {
        Self::start_with(ground, &[]).await
    }

    /// Starts one with more in its environment.
    pub async fn start_with(ground: &Ground, variables: &[(&str, &str)]) -> Self {
        let log = File::create(ground.folder.join(format!("replica-{}.log", Uuid::new_v4().simple()))).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_plinth"))
            .args(["serve", "--migrate", "--http-addr", "127.0.0.1:0"])
            .envs(ground.environment())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(READY_LIMIT, lines.next_line()).await.expect("ready in time").unwrap();
        let line = line.unwrap_or_else(|| panic!("the replica ended; see {}", ground.folder.display()));
        let http = line.split([' ', ',']).find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, http }
    }

    /// Status and body of what it answers to HTTP on a path such as `/readyz`.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let host = self.http.trim_start_matches("http://");
        let mut connection = TcpStream::connect(host).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        process::signal(&self.child, signal);
    }

    /// kill -9, and waits for its end.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and its exit code.
    pub async fn stop(mut self) -> Option<i32> {
        process::terminate(&mut self.child).await
    }
}
