//! chromedriver as a child process, and how Chromium is to be started.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const START_LIMIT: Duration = Duration::from_secs(20);
/// What chromedriver says when it listens.
const STARTED: &str = "was started successfully on port ";

/// The program, if this machine has it and the browser.
pub(crate) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let find = |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    find("chromium").or_else(|| find("google-chrome"))?;
    find("chromedriver")
}

/// A running chromedriver. It is killed when it is dropped, too.
pub(crate) struct Driver {
    child: Child,
    /// Kept, so that what it says later does not break it.
    _said: Lines<BufReader<ChildStdout>>,
    pub(crate) address: String,
}

impl Driver {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let program = program().context("there is no chromedriver")?;
        let mut child = Command::new(program)
            .args(["--port=0", "--allowed-ips="])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("chromedriver says nothing")?).lines();
        let port = timeout(START_LIMIT, port(&mut said)).await.context("chromedriver did not start in time")??;
        Ok(Self { child, _said: said, address: format!("http://127.0.0.1:{port}") })
    }

    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

async fn port(said: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<u16> {
    while let Some(line) = said.next_line().await? {
        if let Some((_, port)) = line.split_once(STARTED) {
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    bail!("chromedriver ended")
}

/// How the browser is started: without a window, with a folder of its own.
pub(crate) fn capabilities(profile: &Path) -> Map<String, Value> {
    let arguments = [
        "--headless=new",
        // tests run as root, in containers with little shared memory
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--force-device-scale-factor=1",
        "--hide-scrollbars",
        "--lang=en-US",
        "--window-size=1280,900",
    ];
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments: Vec<&str> = arguments.into_iter().chain([profile.as_str()]).collect();
    let options = json!({ "args": arguments });
    Map::from_iter([
        ("goog:chromeOptions".to_owned(), options),
        ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        // edit mode asks before it is left with something unsaved
        ("unhandledPromptBehavior".to_owned(), json!("accept")),
    ])
}
