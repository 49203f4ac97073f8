//! The program at a shell: servers of its own, pipes that close, logs, failures.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use nix::sys::signal::Signal;
use plinth::embedded::ThrowawayFolder;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines},
    process::Command,
    sync::Mutex,
    time::timeout,
};

use crate::support::{Acting, Ground, terminate};

/// Longest wait for a line, servers that are made and started included.
const LINE_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for an end.
const END_LIMIT: Duration = Duration::from_secs(30);

/// `plinth dev` takes the usual ports if they are free; two that start at the same time would take the same.
static DEV: Mutex<()> = Mutex::const_new(());

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plinth"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The first line that holds a text.
async fn line_with<R: AsyncBufRead + Unpin>(lines: &mut Lines<R>, text: &str) -> String {
    let found = timeout(LINE_LIMIT, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(text) {
                return line;
            }
        }
        panic!("it ended without a line that holds {text}");
    });
    found.await.unwrap_or_else(|_| panic!("no line in time that holds {text}"))
}

/// Runs a shell command with what `plinth dev` wrote for other terminals.
async fn in_another_terminal(environment: &Path, command: &str) -> Output {
    let script = format!(". '{}'; exec '{}' {command}", environment.display(), env!("CARGO_BIN_EXE_plinth"));
    Command::new("sh").args(["-c", &script]).output().await.unwrap()
}

#[tokio::test]
async fn dev_starts_servers_of_its_own_in_a_shell_that_knows_others_and_doctor_finds_all_well() {
    let Some(_ground) = Ground::new("plinth dev").await else { return };
    let _alone = DEV.lock().await;
    let folder = ThrowawayFolder::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut dev = program(&["dev", "--data", data, "--http-addr", "127.0.0.1:0"])
        .envs([("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"), ("NATS_URL", "nats://127.0.0.1:1")])
        .spawn()
        .unwrap();
    let mut said = BufReader::new(dev.stdout.take().unwrap()).lines();
    line_with(&mut said, "is ready").await;

    let environment = folder.path().join("env");
    let found = in_another_terminal(&environment, "doctor --json").await;
    let lines = String::from_utf8(found.stdout).unwrap();
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(found.iter().all(|check| check["verdict"] == "ok"), "{lines}");
    let sync = json!({ "check": "sync interval", "verdict": "ok", "detail": "always" });
    assert!(found.contains(&sync), "{lines}");

    assert_eq!(terminate(&mut dev).await, Some(0));
    assert!(!environment.exists(), "nobody is sent to servers that are gone");
}

#[tokio::test]
async fn dev_keeps_adas_key_and_prints_a_link_that_signs_in_once() {
    let Some(_ground) = Ground::new("the ways into plinth dev").await else { return };
    let _alone = DEV.lock().await;
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
    let folder = ThrowawayFolder::new().unwrap();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let mut dev =
            program(&["dev", "--data", folder.path().to_str().unwrap(), "--http-addr", "127.0.0.1:0"]).spawn().unwrap();
        let mut said = BufReader::new(dev.stdout.take().unwrap()).lines();
        let link = line_with(&mut said, "/login/").await.trim().to_owned();
        let key = line_with(&mut said, "  plinth_").await.trim().to_owned();

        let opened = client.get(&link).send().await.unwrap();
        let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(client.get(&link).send().await.unwrap().status(), 410, "the link works once");
        let (address, _) = link.split_once("/login/").unwrap();
        let metric = client.get(format!("{address}/api/metrics/definitions/at_risk_customer"));
        let by_key = metric.try_clone().unwrap().bearer_auth(&key).send().await.unwrap();
        let by_session = metric.header("cookie", cookie).send().await.unwrap();
        assert_eq!((by_key.status().as_u16(), by_session.status().as_u16()), (200, 200));

        let environment = std::fs::read_to_string(folder.path().join("env")).unwrap();
        assert!(environment.contains(&format!("export PLINTH_API_KEY='{key}'\n")), "{environment}");
        assert_eq!(terminate(&mut dev).await, Some(0));
        keys.push(key);
    }
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn what_servers_runs_ends_with_it_down_to_the_last_child() {
    let Some(_ground) = Ground::new("plinth servers").await else { return };
    let mut servers = program(&["servers", "--", "sh", "-c", "sleep 600 & echo running; wait"]).spawn().unwrap();
    let mut said = BufReader::new(servers.stdout.take().unwrap()).lines();
    line_with(&mut said, "running").await;
    assert_eq!(terminate(&mut servers).await, Some(128 + Signal::SIGTERM as i32));
    let end = timeout(END_LIMIT, said.next_line()).await.expect("the last who could write has ended").unwrap();
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_reader_that_is_gone_is_no_failure() {
    let Some(ground) = Ground::new("closed pipes").await else { return };
    let replica = ground.replica().await;
    let address = replica.http.trim_start_matches("http://");
    for arguments in [
        vec!["migrate"],
        vec!["verify"],
        vec!["verify", "--json"],
        vec!["rebuild"],
        vec!["rebuild", "--json"],
        vec!["parked", "redrive", "--all"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["health", "--http-addr", address],
    ] {
        let mut child = program(&arguments).envs(ground.environment()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = timeout(END_LIMIT, child.wait_with_output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && said.is_empty(), "{arguments:?}: {}: {said}", ended.status);
    }
}

#[tokio::test]
async fn what_is_sent_from_a_shell_is_recorded_in_its_context() {
    let Some(ground) = Ground::new("the context of a command").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (tenant, actor) = (acting.tenant.to_string(), acting.user.to_string());
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let who = ["--tenant", &tenant, "--actor", &actor];
    let context = ["--correlation-id", "order-7", "--causation-id", "mail-3", "--traceparent", trace];
    let body = r#"{"type": "report", "payload": {}}"#;
    let sent = ground.plinth(&[&["send", "--json"], &who[..], &context, &["job.enqueue", body]].concat()).await;
    let reply: Value = serde_json::from_slice(&sent.stdout).unwrap();
    let history = acting.query("job.history", json!({ "jobId": reply["result"]["jobId"] })).await.unwrap();
    let origin = json!({
        "actor": actor, "correlationId": "order-7", "causationId": "mail-3", "traceparent": trace
    });
    assert_eq!(history["events"][0]["origin"], origin);
}

#[tokio::test]
async fn a_failure_tells_its_cause_once() {
    let refused = "Connection refused";
    let ended = program(&["verify"]).env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), said.matches(refused).count()), (Some(1), 1), "{said}");
}

#[tokio::test]
async fn a_worker_logs_to_standard_error() {
    let Some(ground) = Ground::new("the log of a worker").await else { return };
    let mut work = program(&["work", "report", "--exec", "cat"]).envs(ground.environment()).spawn().unwrap();
    let mut said = BufReader::new(work.stderr.take().unwrap()).lines();
    line_with(&mut said, "worker is running").await;
    assert_eq!(terminate(&mut work).await, Some(0));
}
