//! Formulas applied to records: by query, by the program, out of files of every format, and what another formula would
//! change.

mod formats;
mod preview;
mod program;
mod queries;

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::support::{Acting, Ground};

/// The time of evaluation of most tests.
const AS_OF: &str = "2026-03-01T00:00:00Z";

/// The example of the specification.
fn at_risk(age: &str) -> Value {
    json!({ "field": "lastOrderDate", "operator": ">", "value": age })
}

/// Records of which the example is true, false, unknown and unknown.
fn customers() -> Value {
    json!([
        { "id": "c1", "lastOrderDate": "2026-01-01T00:00:00Z" },
        { "id": "c2", "lastOrderDate": "2026-02-20T00:00:00Z" },
        { "id": "c3" },
        { "id": "c4", "lastOrderDate": "yesterday" },
    ])
}

fn lines(records: &Value) -> String {
    records.as_array().unwrap().iter().map(|record| format!("{record}\n")).collect()
}

/// Defines a metric, effective long ago.
async fn define(acting: &Acting<'_>, code: &str, formula: Value) {
    let body = json!({
        "code": code, "name": code, "description": formula.to_string(), "formula": formula,
        "effectiveAt": "2020-01-01T00:00:00Z", "reason": "a test",
    });
    acting.send("metric.define", body).await.unwrap();
}

/// Runs `plinth metric` with an input.
async fn metric(ground: &Ground, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plinth"))
        .arg("metric")
        .args(arguments)
        .envs(ground.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // one that was refused reads nothing
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    child.wait_with_output().await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
