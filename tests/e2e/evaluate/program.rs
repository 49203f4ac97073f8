//! `plinth metric evaluate`: streams of records, what is printed of them, and where it ends.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
};

use super::{AS_OF, at_risk, customers, define, lines, metric, text};
use crate::support::{Acting, Ground};

/// What flows through the program while its memory is watched.
const STREAM_MB: usize = 64;
/// More than it needs, much less than what flows.
const MEMORY_MB: u64 = 40;

#[tokio::test]
async fn verdicts_are_printed_line_by_line_and_the_summary_on_its_own() {
    let Some(ground) = Ground::new("plinth metric evaluate").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    let tenant = acting.tenant.to_string();
    let input = format!("\n{}", lines(&customers()));
    let arguments = ["evaluate", "at_risk", "--tenant", &tenant, "--as-of", AS_OF];
    let told = metric(&ground, &arguments, &input).await;
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    let expected = "{\"line\":2,\"verdict\":\"true\"}\n{\"line\":3,\"verdict\":\"false\"}\n\
                    {\"line\":4,\"verdict\":\"unknown\"}\n{\"line\":5,\"verdict\":\"unknown\"}\n";
    assert_eq!(text(&told.stdout), expected);
    let summary = json!({
        "code": "at_risk", "version": 1, "asOf": AS_OF, "zone": "UTC", "summary": {
            "records": 4, "verdicts": { "true": 1, "false": 1, "unknown": 2 },
            "quality": { "lastOrderDate": { "missing": 1, "wrongType": 1 } },
        },
    });
    assert_eq!(serde_json::from_slice::<Value>(&told.stderr).unwrap(), summary);
    let again = metric(&ground, &arguments, &input).await;
    assert_eq!((again.stdout, again.stderr), (told.stdout, told.stderr));

    let print = |what: &'static str| [&arguments[..], &["--print", what]].concat();
    let matching = metric(&ground, &print("matching"), &input).await;
    assert_eq!(text(&matching.stdout), format!("{}\n", customers()[0]));
    let records = metric(&ground, &print("records"), &input).await;
    let first: Value = serde_json::from_str(text(&records.stdout).lines().next().unwrap()).unwrap();
    assert_eq!(first, json!({ "line": 2, "verdict": "true", "record": customers()[0] }));
    let told = metric(&ground, &print("summary"), &input).await;
    assert_eq!(serde_json::from_slice::<Value>(&told.stdout).unwrap(), summary);
    assert!(told.stderr.is_empty());
}

#[tokio::test]
async fn what_ends_an_evaluation_is_told() {
    let Some(ground) = Ground::new("evaluations that end").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    define(&acting, "opaque", json!({ "language": "sql", "expression": "true" })).await;
    let tenant = acting.tenant.to_string();
    for (code, input, said) in [
        ("at_risk", "{}\n{}\n{\"lastOrderDate\":}\n", "line 3: "),
        ("at_risk", "{}\n[]\n", "line 2: a record must be a JSON object"),
        ("opaque", "{}\n", "not_computable"),
        ("unheard_of", "{}\n", "unknown_metric"),
        ("Not a code", "{}\n", "is not the code of a metric"),
    ] {
        let told = metric(&ground, &["evaluate", code, "--tenant", &tenant], input).await;
        assert_eq!(told.status.code(), Some(1), "{code}");
        assert!(text(&told.stderr).contains(said), "{}", text(&told.stderr));
    }
}

#[tokio::test]
async fn a_formula_in_a_file_needs_no_service() {
    let Some(ground) = Ground::new("plinth metric evaluate --formula").await else { return };
    let file = ground.folder.join("formula.json");
    std::fs::write(&file, json!({ "aggregate": "sum", "field": "revenue" }).to_string()).unwrap();
    let arguments = ["evaluate", "--formula", file.to_str().unwrap(), "--nats-url", "nats://127.0.0.1:1"];
    let told =
        metric(&ground, &[&arguments[..], &["--as-of", AS_OF]].concat(), "{\"revenue\":0.1}\n{\"revenue\":0.2}\n")
            .await;
    let expected = json!({
        "asOf": AS_OF, "zone": "UTC",
        "summary": { "records": 2, "value": { "decimal": "0.3" }, "quality": {} },
    });
    assert_eq!(serde_json::from_slice::<Value>(&told.stdout).unwrap(), expected, "{}", text(&told.stderr));

    std::fs::write(&file, json!({ "all": [{ "field": "a" }, { "field": "b", "operator": "?" }] }).to_string()).unwrap();
    let told = metric(&ground, &arguments, "").await;
    assert_eq!(told.status.code(), Some(1));
    for place in ["/formula/all/0", "/formula/all/1/operator"] {
        assert!(text(&told.stderr).contains(place), "{}", text(&told.stderr));
    }
}

#[tokio::test]
async fn memory_stays_flat_however_much_flows() {
    let Some(ground) = Ground::new("an evaluation of a stream").await else { return };
    let file = ground.folder.join("formula.json");
    std::fs::write(&file, at_risk("30 days").to_string()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_plinth"))
        .args(["metric", "evaluate", "--formula", file.to_str().unwrap(), "--as-of", AS_OF])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let line = format!("{}\n", json!({ "lastOrderDate": AS_OF, "note": "x".repeat(1_000) }));
    let block = line.repeat(1024 * 1024 / line.len());
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let reading = tokio::spawn(async move {
        let (mut buffer, mut bytes) = (vec![0; 64 * 1024], 0);
        loop {
            match stdout.read(&mut buffer).await.unwrap() {
                0 => return bytes,
                read => bytes += read,
            }
        }
    });
    let mut most_kb = 0;
    for _ in 0..STREAM_MB {
        stdin.write_all(block.as_bytes()).await.unwrap();
        most_kb = most_kb.max(resident_kb(child.id().unwrap()));
    }
    drop(stdin);
    assert!(child.wait().await.unwrap().success());
    assert!(reading.await.unwrap() > STREAM_MB * 1_000);
    assert!(most_kb > 0 && most_kb < MEMORY_MB * 1024, "{most_kb} KB");
}

/// Where the system does not tell, it is 1.
fn resident_kb(pid: u32) -> u64 {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return 1 };
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)).map_or(1, |kilobytes| kilobytes.parse().unwrap())
}
