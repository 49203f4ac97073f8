//! Metrics over HTTP: defined, read at any time, listed in pages, changed only from what was read.

use plinth_events::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Acting, Api, Ground, Replica};

const SCOPES: [Scope; 2] = [Scope::MetricsRead, Scope::MetricsWrite];
const METRIC: &str = "/api/metrics/definitions/at_risk_customer";

fn definition(code: &str, name: &str, effective_at: Option<&str>) -> Value {
    json!({
        "code": code, "name": name, "description": "No order for 30 days.", "effectiveAt": effective_at,
        "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" }, "reason": "agreed with sales",
    })
}

async fn define(api: &Api, name: &str, effective_at: Option<&str>) -> Value {
    api.post("/api/metrics/definitions", definition("at_risk_customer", name, effective_at)).await.expect(201)
}

async fn api(ground: &Ground, replica: &Replica) -> Api {
    let client = ground.client().await;
    Api::with_scopes(replica, &Acting::new(&client).await, &SCOPES).await
}

#[tokio::test]
async fn a_metric_is_defined_and_read_at_any_time() {
    let Some(ground) = Ground::new("metrics over HTTP").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;

    let body = definition("at_risk_customer", "At risk", Some("2025-01-01T00:00:00Z"));
    let answer = api.post("/api/metrics/definitions", body).await;
    assert_eq!(answer.header("location"), METRIC);
    let position = answer.expect(201)["position"].as_u64().unwrap();
    define(&api, "At risk of leaving", Some("2025-03-01T00:00:00Z")).await;

    let row = api.get(&format!("{METRIC}?asOf=2025-02-01T00:00:00Z")).await.expect(200);
    assert_eq!((&row["version"], &row["deprecatedAt"]), (&json!(1), &json!("2025-03-01T00:00:00Z")));
    assert_eq!(row["sentence"], "last order more than 30 days ago");
    assert_eq!(api.get(METRIC).await.expect(200)["version"], 2);
    let row = api.get(&format!("{METRIC}?knownAt={position}")).await.expect(200);
    assert_eq!((&row["version"], &row["deprecatedAt"]), (&json!(1), &Value::Null));
    assert_eq!(api.get(&format!("{METRIC}?asOf=2024-01-01T00:00:00Z")).await.refusal(), (404, "not_effective"));
    assert_eq!(api.get("/api/metrics/definitions/churn").await.refusal(), (404, "unknown_metric"));

    let deprecation = json!({ "deprecatedAt": "2025-06-01T00:00:00Z", "reason": "churn takes its place" });
    api.post(&format!("{METRIC}/deprecate"), deprecation).await.expect(200);
    let answer = api.get(METRIC).await;
    assert_eq!(answer.refusal(), (410, "deprecated"));
    assert_eq!(answer.body["deprecatedAt"], "2025-06-01T00:00:00Z");
}

#[tokio::test]
async fn what_became_of_a_metric_is_told_with_its_versions() {
    let Some(ground) = Ground::new("the history of metrics over HTTP").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    let first = define(&api, "At risk", Some("2025-01-01T00:00:00Z")).await["position"].clone();
    define(&api, "At risk of leaving", Some("2025-03-01T00:00:00Z")).await;
    define(&api, "A third name", Some("2030-01-01T00:00:00Z")).await;

    let names = |versions: &Value| -> Vec<Value> {
        versions["versions"].as_array().unwrap().iter().map(|version| version["name"].clone()).collect()
    };
    let versions = api.get(&format!("{METRIC}/versions")).await.expect(200);
    assert_eq!(names(&versions), ["At risk", "At risk of leaving", "A third name"]);
    assert_eq!(names(&api.get(&format!("{METRIC}/versions?from=3")).await.expect(200)), ["A third name"]);
    let timeline = api.get(&format!("{METRIC}/timeline?asOf=2025-02-01T00:00:00Z")).await.expect(200);
    assert_eq!(timeline["points"][0]["status"], "effective");

    let history = api.get(&format!("{METRIC}/history?knownAt={first}")).await.expect(200);
    assert_eq!(history["events"].as_array().unwrap().len(), 1);
    assert_eq!(history["events"][0]["data"]["reason"], "agreed with sales");
    let diff = api.get(&format!("{METRIC}/diff?from=1&to=2025-04-01T00:00:00Z")).await.expect(200);
    assert_eq!((&diff["class"], &diff["differences"][0]["pointer"]), (&json!("editorial"), &json!("/name")));

    api.post(&format!("{METRIC}/withdraw"), json!({ "version": 3, "reason": "too early" })).await.expect(200);
    let withdrawn = api.get(&format!("{METRIC}/versions?from=3")).await.expect(200);
    assert_eq!(withdrawn["versions"][0]["status"], "withdrawn");
}

#[tokio::test]
async fn formulas_are_applied_compared_and_translated() {
    let Some(ground) = Ground::new("formulas over HTTP").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    define(&api, "At risk", Some("2025-01-01T00:00:00Z")).await;
    let records = json!([{ "lastOrderDate": "2025-01-01T00:00:00Z" }, { "lastOrderDate": "2025-02-27T00:00:00Z" }]);
    let as_of = "2025-03-01T00:00:00Z";

    let evaluation = json!({ "records": records, "asOf": as_of });
    let evaluation = api.post(&format!("{METRIC}/evaluate"), evaluation).await.expect(200);
    assert_eq!(evaluation["verdicts"], json!(["true", "false"]));
    let formula = json!({ "field": "lastOrderDate", "operator": ">", "value": "90 days" });
    let preview = json!({ "formula": formula, "records": records, "asOf": as_of });
    let preview = api.post(&format!("{METRIC}/preview"), preview).await.expect(200);
    assert_eq!((&preview["class"], &preview["changes"][0]["to"]), (&json!("tightened"), &json!("false")));
    let sql = api.get(&format!("{METRIC}/sql?dialect=postgres")).await.expect(200);
    assert!(sql["text"].as_str().unwrap().contains("$1"), "{sql}");

    let fields = json!({ "fields": { "lastOrderDate": "instant" }, "undeclared": "refused" });
    api.put("/api/metrics/fields", fields).await.expect(200);
    let declared = api.get("/api/metrics/fields").await.expect(200);
    assert_eq!(declared["fields"], json!({ "lastOrderDate": "instant" }));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_along_its_links() {
    let Some(ground) = Ground::new("lists of metrics over HTTP").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    for number in 1..=5 {
        let effective_at = (number == 3).then_some("2030-01-01T00:00:00Z");
        let body = definition(&format!("metric_{number}"), &format!("Metric {number}"), effective_at);
        api.post("/api/metrics/definitions", body).await.expect(201);
    }

    let (mut codes, mut path) = (Vec::new(), "/api/metrics/definitions?limit=2&search=METRIC".to_owned());
    loop {
        let answer = api.get(&path).await;
        let link = answer.header("link").to_owned();
        let metrics = answer.expect(200)["metrics"].as_array().unwrap().clone();
        codes.extend(metrics.iter().map(|metric| metric["code"].as_str().unwrap().to_owned()));
        let Some((next, _)) = link.strip_prefix('<').and_then(|link| link.split_once(">; rel=\"next\"")) else { break };
        path = next.to_owned();
    }
    assert_eq!(codes, ["metric_1", "metric_2", "metric_3", "metric_4", "metric_5"]);

    let scheduled = api.get("/api/metrics/definitions?status=scheduled").await.expect(200);
    let expected = json!({
        "code": "metric_3", "status": "scheduled", "version": 1, "name": "Metric 3", "versions": 1,
        "sentence": "last order more than 30 days ago",
        "effectiveAt": "2030-01-01T00:00:00Z", "deprecatedAt": null,
        "nextChange": { "at": "2030-01-01T00:00:00Z", "version": 1 },
    });
    assert_eq!(scheduled, json!({ "metrics": [expected], "next": null }));
    let then =
        api.get("/api/metrics/definitions?status=effective&asOf=2031-01-01T00:00:00Z&search=3").await.expect(200);
    assert_eq!(then["metrics"][0]["nextChange"], Value::Null);
}

#[tokio::test]
async fn nothing_is_changed_that_was_changed_since_it_was_read() {
    let Some(ground) = Ground::new("versions of metrics over HTTP").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    define(&api, "At risk", Some("2025-01-01T00:00:00Z")).await;
    let answer = api.get(METRIC).await;
    let tag = answer.header("etag").to_owned();
    assert!(tag.starts_with("\"1-"), "{tag}");
    let known = api.send(Method::GET, METRIC, &[("if-none-match", &tag)], Value::Null).await;
    assert_eq!((known.status, known.header("etag"), &known.body), (304, tag.as_str(), &Value::Null));

    define(&api, "Defined by somebody else", Some("2030-01-01T00:00:00Z")).await;
    let body = definition("at_risk_customer", "At risk of leaving", None);
    let deprecation = json!({ "reason": "not used any more", "scheduled": "withdraw" });
    for (path, body) in [("/api/metrics/definitions", &body), (&format!("{METRIC}/deprecate"), &deprecation)] {
        let answer = api.send(Method::POST, path, &[("if-match", &tag)], body.clone()).await;
        assert_eq!(answer.refusal(), (412, "precondition_failed"));
        assert_eq!(answer.body["current"], 2);
    }
    // without the header the body alone says what is expected, and that is a conflict as over NATS
    let mut stale = body.clone();
    stale["expectedVersion"] = json!(1);
    assert_eq!(api.post("/api/metrics/definitions", stale).await.refusal(), (409, "version_conflict"));

    // the version that governs is still the first, but changes are made against the latest one
    let tag = api.get(METRIC).await.header("etag").to_owned();
    assert!(tag.starts_with("\"2-"), "{tag}");
    api.send(Method::POST, "/api/metrics/definitions", &[("if-match", &tag)], body).await.expect(201);
    let third = [("if-match", "\"3\"")];
    api.send(Method::POST, &format!("{METRIC}/deprecate"), &third, deprecation).await.expect(200);
    let mut torn = definition("at_risk_customer", "At risk again", None);
    torn["expectedVersion"] = json!(2);
    let torn = api.send(Method::POST, "/api/metrics/definitions", &third, torn).await;
    assert_eq!((torn.refusal(), &torn.body["errors"][0]["pointer"]), ((400, "malformed"), &json!("/expectedVersion")));
    let bad = api.send(Method::POST, &format!("{METRIC}/deprecate"), &[("if-match", "3")], json!({})).await;
    assert_eq!(bad.refusal(), (400, "bad_header"));
}

#[tokio::test]
async fn what_is_wrong_with_an_address_is_said_by_name() {
    let Some(ground) = Ground::new("bad addresses of metrics").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    define(&api, "At risk", None).await;
    for (path, status, parameter) in [
        ("/api/metrics/definitions?limit=0", 422, "limit"),
        ("/api/metrics/definitions?limit=1001", 422, "limit"),
        ("/api/metrics/definitions?status=gone", 422, "status"),
        ("/api/metrics/definitions?after=A", 422, "after"),
        ("/api/metrics/definitions/At-Risk", 422, "code"),
        ("/api/metrics/definitions/at_risk_customer?asOf=yesterday", 422, "asOf"),
        ("/api/metrics/definitions/at_risk_customer?knownAt=soon", 422, "knownAt"),
        ("/api/metrics/definitions/at_risk_customer/versions?from=-1", 422, "from"),
        ("/api/metrics/definitions/at_risk_customer/diff?from=first&to=2", 422, "from"),
        ("/api/metrics/definitions/at_risk_customer/sql?dialect=mysql", 422, "dialect"),
    ] {
        let answer = api.get(path).await;
        assert_eq!(answer.refusal(), (status, "invalid_value"), "{path}");
        assert_eq!(answer.body["parameter"], parameter, "{path}");
    }
    for path in [
        "/api/metrics/definitions?asof=2025-01-01T00:00:00Z",
        "/api/metrics/definitions?limit=1&limit=2",
        "/api/metrics/definitions/at_risk_customer/diff?from=1",
    ] {
        assert_eq!(api.get(path).await.refusal(), (400, "malformed"), "{path}");
    }
    let path = format!("{METRIC}/withdraw");
    let named = api.post(&path, json!({ "code": "churn", "version": 1, "reason": "-" })).await;
    assert_eq!((named.refusal(), &named.body["errors"][0]["pointer"]), ((400, "malformed"), &json!("/code")));
    let unneeded = api.post(&format!("{path}?version=1"), json!({ "version": 1, "reason": "-" })).await;
    assert_eq!(unneeded.refusal(), (400, "malformed"));
}

#[tokio::test]
async fn a_definition_sent_twice_under_one_key_is_one_version() {
    let Some(ground) = Ground::new("metrics over HTTP, sent twice").await else { return };
    let replica = ground.replica().await;
    let api = api(&ground, &replica).await;
    let key = [("idempotency-key", "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5")];
    let body = definition("at_risk_customer", "At risk", None);
    let first = api.send(Method::POST, "/api/metrics/definitions", &key, body.clone()).await.expect(201);
    let again = api.send(Method::POST, "/api/metrics/definitions", &key, body).await.expect(201);
    assert_eq!((&first["duplicate"], &again["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(first["events"], again["events"]);
    let other = definition("at_risk_customer", "Another name", None);
    let other = api.send(Method::POST, "/api/metrics/definitions", &key, other).await;
    assert_eq!(other.refusal(), (409, "command_id_reused"));
}
