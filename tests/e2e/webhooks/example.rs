//! The receiver of the manual, `examples/webhook.py`: plain Python, without any library.

use std::{process::Stdio, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use super::{LOOPBACK, configure, ended, replica};
use crate::support::{Acting, Ground};

const RECEIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/webhook.py");
/// Longest wait for Python to start.
const START_LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_receiver_of_the_manual_takes_signed_jobs_and_no_others() {
    let Ok(python) = std::env::var("PLINTH_PYTHON") else {
        println!("skipped: the receiver in Python needs PLINTH_PYTHON, run ./dev test");
        return;
    };
    let Some(ground) = Ground::new("the receiver of the manual").await else { return };
    let _replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for (key, status) in [([7; 32], "completed"), ([8; 32], "failed")] {
        let mut receiver = Command::new(&python)
            .args([RECEIVER, "0"])
            .env("WEBHOOK_SECRET", format!("whsec_{}", BASE64_STANDARD.encode(key)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(receiver.stdout.take().unwrap()).lines();
        let url = tokio::time::timeout(START_LIMIT, lines.next_line()).await.unwrap().unwrap().unwrap();
        configure(&acting, status, &url, json!({})).await;
        let job = acting.enqueue(status, json!({ "payload": { "text": "one two three" } })).await;
        let (found, attempts, error) = ended(&acting, &job).await;
        assert_eq!((found.as_str(), attempts), (status, 1), "{error}");
        let row = acting.query("job.get", json!({ "jobId": job })).await.unwrap();
        let words = if status == "completed" { json!({ "words": 3 }) } else { json!(null) };
        assert_eq!(row["result"], words);
        receiver.kill().await.unwrap();
    }
}
