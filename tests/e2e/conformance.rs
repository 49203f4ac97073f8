//! The worker programs that come with Plinth keep the protocol, and one that does not is found out.
//!
//! `./dev test` says where Python and its packages are (`PLINTH_PYTHON`, `PYTHONPATH`), and where the compiled worker in
//! TypeScript is (`PLINTH_TYPESCRIPT_WORKER`). What is not there is skipped.

use serde_json::Value;

use crate::support::{Acting, Ground, sdk_worker};

const PYTHON_WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/worker.py");

/// What `plinth conformance` says of a program, rule by rule, and its exit code.
async fn conformance(ground: &Ground, options: &[&str], program: &[&str]) -> (Vec<Value>, Option<i32>) {
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let tenant = Acting::new(&client).await.tenant.to_string();
    let arguments = [&["conformance", "--tenant", &tenant, "--json"], options, &["--"], program].concat();
    let found = ground.plinth(&arguments).await;
    let lines = String::from_utf8(found.stdout).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), found.status.code())
}

/// Fails unless a program keeps all rules of these levels.
async fn assert_kept(ground: &Ground, levels: &[&str], program: &[&str]) {
    let (rules, code) = conformance(ground, &[], program).await;
    let binding = rules.iter().filter(|rule| levels.iter().any(|level| rule["level"] == *level));
    let broken: Vec<&Value> = binding.filter(|rule| rule["kept"] != true).collect();
    assert!(broken.is_empty() && rules.len() > 20 && code == Some(0), "{broken:#?}");
}

#[tokio::test]
async fn a_worker_with_the_rust_sdk_keeps_the_protocol() {
    let Some(worker) = sdk_worker() else { return };
    let Some(ground) = Ground::new("the conformance of the Rust SDK").await else { return };
    assert_kept(&ground, &["must", "should", "may"], &[worker.to_str().unwrap()]).await;
}

#[tokio::test]
async fn a_worker_in_plain_nats_py_keeps_the_protocol() {
    let Ok(python) = std::env::var("PLINTH_PYTHON") else {
        println!("skipped: the Python worker needs PLINTH_PYTHON, run ./dev test");
        return;
    };
    let Some(ground) = Ground::new("the conformance of the Python worker").await else { return };
    assert_kept(&ground, &["must", "should"], &[&python, PYTHON_WORKER]).await;
}

#[tokio::test]
async fn a_worker_in_typescript_keeps_the_protocol() {
    let Ok(worker) = std::env::var("PLINTH_TYPESCRIPT_WORKER") else {
        println!("skipped: the TypeScript worker needs PLINTH_TYPESCRIPT_WORKER, run ./dev test where npm is");
        return;
    };
    let Some(ground) = Ground::new("the conformance of the TypeScript worker").await else { return };
    assert_kept(&ground, &["must", "should"], &["node", &worker]).await;
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_found_out() {
    let Some(ground) = Ground::new("the conformance of no worker").await else { return };
    let (rules, code) = conformance(&ground, &["--only", "waits while there is no"], &["true"]).await;
    assert_eq!((rules.len(), code), (1, Some(1)));
    assert_eq!(rules[0]["kept"], false);
    assert!(rules[0]["reason"].as_str().unwrap().contains("has ended"), "{rules:?}");
}
