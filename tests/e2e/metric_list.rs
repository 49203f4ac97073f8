//! The list of metrics, over NATS and by the program: one entry for each, whatever was defined, scheduled or deprecated.

use serde_json::{Value, json};

use crate::support::{Acting, Ground};

async fn define(acting: &Acting<'_>, code: &str, name: &str, effective_at: &str) {
    let body = json!({
        "code": code, "name": name, "description": "", "effectiveAt": effective_at, "reason": "agreed with sales",
        "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
    });
    acting.send("metric.define", body).await.unwrap();
}

/// Code, status and version of each.
fn listed(page: &Value) -> Vec<(String, String, u64)> {
    let text = |metric: &Value, key: &str| metric[key].as_str().unwrap().to_owned();
    let metrics = page["metrics"].as_array().unwrap().iter();
    metrics.map(|metric| (text(metric, "code"), text(metric, "status"), metric["version"].as_u64().unwrap())).collect()
}

fn entry(code: &str, status: &str, version: u64) -> (String, String, u64) {
    (code.to_owned(), status.to_owned(), version)
}

/// One metric that governs, one deprecated, one scheduled, one withdrawn.
async fn define_all(acting: &Acting<'_>) {
    define(acting, "at_risk", "At risk", "2025-01-01T00:00:00Z").await;
    define(acting, "at_risk", "At risk of leaving", "2025-03-01T00:00:00Z").await;
    define(acting, "churn", "Churn", "2025-01-01T00:00:00Z").await;
    let deprecation = json!({ "code": "churn", "deprecatedAt": "2025-06-01T00:00:00Z", "reason": "not used" });
    acting.send("metric.deprecate", deprecation).await.unwrap();
    define(acting, "repeat_rate", "Repeat rate", "2030-01-01T00:00:00Z").await;
    define(acting, "too_early", "Too early", "2030-01-01T00:00:00Z").await;
    let withdrawal = json!({ "code": "too_early", "version": 1, "reason": "a mistake" });
    acting.send("metric.withdraw", withdrawal).await.unwrap();
}

#[tokio::test]
async fn each_metric_is_listed_once_as_it_stands() {
    let Some(ground) = Ground::new("the list of metrics").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, stranger) = (Acting::new(&client).await, Acting::new(&client).await);
    define_all(&acting).await;
    define(&stranger, "at_risk", "A stranger's", "2025-01-01T00:00:00Z").await;

    let now = acting.query("metric.list", json!({})).await.unwrap();
    let expected = [
        entry("at_risk", "effective", 2),
        entry("churn", "deprecated", 1),
        entry("repeat_rate", "scheduled", 1),
        entry("too_early", "withdrawn", 1),
    ];
    assert_eq!((listed(&now), &now["next"]), (expected.to_vec(), &Value::Null));
    assert_eq!(now["metrics"][0]["versions"], 2);
    let then = acting.query("metric.list", json!({ "asOf": "2025-02-01T00:00:00Z", "limit": 2 })).await.unwrap();
    assert_eq!(listed(&then), [entry("at_risk", "effective", 1), entry("churn", "effective", 1)]);
    assert_eq!(then["metrics"][0]["nextChange"], json!({ "at": "2025-03-01T00:00:00Z", "version": 2 }));
    assert_eq!(then["metrics"][1]["nextChange"], json!({ "at": "2025-06-01T00:00:00Z", "version": null }));
    let rest = acting.query("metric.list", json!({ "after": then["next"] })).await.unwrap();
    assert_eq!(listed(&rest), expected[2..]);
    let found = acting.query("metric.list", json!({ "search": "RISK of", "status": "effective" })).await.unwrap();
    assert_eq!(listed(&found), expected[..1]);
    for body in [json!({ "limit": 0 }), json!({ "status": "superseded" }), json!({ "search": "" })] {
        assert_eq!(Acting::refusal(acting.query("metric.list", body).await), "invalid_value");
    }
}

#[tokio::test]
async fn the_list_says_of_a_formula_what_the_metric_itself_says() {
    let Some(ground) = Ground::new("sentences in the list of metrics").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.send("metric.declare-fields", json!({ "fields": { "seen": "date", "note": "string" } })).await.unwrap();
    for (code, field) in [("by_date", "seen"), ("by_text", "note"), ("by_itself", "other")] {
        let formula = json!({ "field": field, "operator": "=", "value": "2026-03-01" });
        let body = json!({ "code": code, "name": code, "description": "", "formula": formula });
        acting.send("metric.define", body).await.unwrap();
    }
    let page = acting.query("metric.list", json!({})).await.unwrap();
    for metric in page["metrics"].as_array().unwrap() {
        let row = acting.query("metric.get", json!({ "code": metric["code"] })).await.unwrap();
        assert!(row["sentence"].is_string(), "{row}");
        assert_eq!(metric["sentence"], row["sentence"]);
    }
}

#[tokio::test]
async fn the_program_lists_metrics_as_a_table_and_as_json() {
    let Some(ground) = Ground::new("plinth metric list").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define_all(&acting).await;
    let tenant = acting.tenant.to_string();

    let output = ground.plinth(&["metric", "list", "--tenant", &tenant, "--as-of", "2025-02-01T00:00:00Z"]).await;
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && table.contains("version 2 at 2025-03-01"), "{table}");
    assert!(table.contains("deprecated at 2025-06-01") && table.contains("1 of 2"), "{table}");
    let output = ground.plinth(&["metric", "list", "repeat", "--tenant", &tenant, "--json"]).await;
    let metric: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&metric["code"], &metric["status"]), (&json!("repeat_rate"), &json!("scheduled")));
    let output = ground.plinth(&["metric", "list", "--status", "withdrawn", "--tenant", &tenant, "--json"]).await;
    let metric: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(metric["code"], "too_early");
}

#[tokio::test]
async fn the_history_of_a_metric_is_told_as_it_was_known() {
    let Some(ground) = Ground::new("the history of a metric as known").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", "At risk", "2025-01-01T00:00:00Z").await;
    let known = ground.position().await;
    define(&acting, "at_risk", "At risk of leaving", "2025-03-01T00:00:00Z").await;

    let count = async |known_at: Value| {
        let history = acting.query("metric.history", json!({ "code": "at_risk", "knownAt": known_at })).await;
        history.map(|history| history["events"].as_array().unwrap().len())
    };
    assert_eq!(count(json!(known)).await.unwrap(), 1);
    assert_eq!(count(json!(known + 1)).await.unwrap(), 2);
    assert_eq!(Acting::refusal(count(json!(1)).await), "unknown_metric");
    let (tenant, known) = (acting.tenant.to_string(), known.to_string());
    let arguments = ["history", "at_risk", "--tenant", &tenant, "--known-at", &known, "--json"];
    let output = ground.plinth(&arguments).await;
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}
