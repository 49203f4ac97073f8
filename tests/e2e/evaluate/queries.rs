//! `metric.evaluate`: verdicts, values, quality, and what cannot be evaluated.

use plinth_client::SendError;
use plinth_events::query::QueryName;
use serde_json::{Value, json};

use super::{AS_OF, at_risk, customers, define};
use crate::support::{Acting, Ground};

#[tokio::test]
async fn the_version_that_governs_gives_its_verdicts_in_the_same_bytes_every_time() {
    let Some(ground) = Ground::new("metric.evaluate").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    let later = json!({
        "code": "at_risk", "name": "At Risk", "description": "", "formula": at_risk("5 days"),
        "effectiveAt": "2026-02-25T00:00:00Z", "reason": "a test",
    });
    acting.send("metric.define", later).await.unwrap();

    let body = json!({ "code": "at_risk", "asOf": "2026-02-24T00:00:00Z", "records": customers() });
    let answer = acting.query("metric.evaluate", body.clone()).await.unwrap();
    let expected = json!({
        "code": "at_risk", "version": 1, "asOf": "2026-02-24T00:00:00Z", "knownAt": null, "zone": "UTC",
        "verdicts": ["true", "false", "unknown", "unknown"],
        "summary": {
            "records": 4, "verdicts": { "true": 1, "false": 1, "unknown": 2 },
            "quality": { "lastOrderDate": { "missing": 1, "wrongType": 1 } },
        },
    });
    assert_eq!(answer, expected);
    assert_eq!(bytes(&acting, &body).await, bytes(&acting, &body).await);

    let second = json!({ "code": "at_risk", "asOf": AS_OF, "records": customers() });
    let answer = acting.query("metric.evaluate", second).await.unwrap();
    assert_eq!((&answer["version"], &answer["verdicts"][1]), (&json!(2), &json!("true")));
}

async fn bytes(acting: &Acting<'_>, body: &Value) -> Vec<u8> {
    let answer = acting.client.query_raw(acting.tenant, QueryName::EvaluateMetric, body.to_string().into()).await;
    answer.unwrap().to_vec()
}

#[tokio::test]
async fn without_a_time_it_is_that_of_the_request_and_the_answer_says_so() {
    let Some(ground) = Ground::new("metric.evaluate now").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    let now = chrono::Utc::now();
    let answer = acting.query("metric.evaluate", json!({ "code": "at_risk", "records": [] })).await.unwrap();
    let as_of: chrono::DateTime<chrono::Utc> = answer["asOf"].as_str().unwrap().parse().unwrap();
    assert!((as_of - now).abs() < chrono::TimeDelta::minutes(1), "{as_of}");
    assert_eq!((&answer["verdicts"], &answer["summary"]["records"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn a_measure_has_a_value_which_is_null_when_it_is_unknown() {
    let Some(ground) = Ground::new("measures").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "revenue", json!({ "aggregate": "avg", "field": "revenue" })).await;
    let ask = |records: Value| acting.query("metric.evaluate", json!({ "code": "revenue", "records": records }));
    let answer = ask(json!([{ "revenue": 1 }, { "revenue": 2 }, { "revenue": "3" }])).await.unwrap();
    assert_eq!(answer["summary"]["value"], json!({ "decimal": "1.5" }));
    assert_eq!(answer["summary"]["quality"]["revenue"], json!({ "missing": 0, "wrongType": 1 }));
    assert!(answer.get("verdicts").is_none());
    let answer = ask(json!([{}])).await.unwrap();
    assert_eq!(answer["summary"].get("value"), Some(&Value::Null));
}

#[tokio::test]
async fn days_are_those_of_the_zone() {
    let Some(ground) = Ground::new("a zone").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "on_the_day", json!({ "field": "at", "operator": ">=", "value": { "date": "2026-03-01" } })).await;
    let ask = |zone: &str| {
        let records = json!([{ "at": "2026-02-28T23:30:00Z" }]);
        acting.query("metric.evaluate", json!({ "code": "on_the_day", "zone": zone, "records": records }))
    };
    assert_eq!(ask("UTC").await.unwrap()["verdicts"], json!(["false"]));
    assert_eq!(ask("Europe/Berlin").await.unwrap()["verdicts"], json!(["true"]));
    assert_eq!(Acting::refusal(ask("Europe/Atlantis").await), "invalid_value");
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_refused_by_its_reason() {
    let Some(ground) = Ground::new("evaluations that are refused").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "opaque", json!({ "language": "sql", "expression": "now() - last_order > '30 days'" })).await;
    define(&acting, "empty", Value::Null).await;
    define(&acting, "ended", at_risk("30 days")).await;
    let end = json!({ "code": "ended", "deprecatedAt": "2026-02-01T00:00:00Z", "reason": "a test" });
    acting.send("metric.deprecate", end).await.unwrap();

    for (code, as_of, refusal) in [
        ("opaque", AS_OF, "not_computable"),
        ("empty", AS_OF, "not_computable"),
        ("ended", AS_OF, "deprecated"),
        ("ended", "2019-01-01T00:00:00Z", "not_effective"),
        ("unheard_of", AS_OF, "unknown_metric"),
    ] {
        let body = json!({ "code": code, "asOf": as_of, "records": [] });
        assert_eq!(Acting::refusal(acting.query("metric.evaluate", body).await), refusal, "{code} {as_of}");
    }
    let stranger = Acting::new(&client).await;
    let body = json!({ "code": "ended", "asOf": "2026-01-01T00:00:00Z", "records": [] });
    assert_eq!(Acting::refusal(stranger.query("metric.evaluate", body).await), "unknown_metric");
}

#[tokio::test]
async fn records_are_objects_and_bounded_in_number() {
    let Some(ground) = Ground::new("records that are refused").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    for (records, pointer) in
        [(json!([{}, 7]), "/records/1"), (Value::Array(vec![json!({}); 10_001]), "/records"), (json!({}), "/records")]
    {
        let refused = acting.query("metric.evaluate", json!({ "code": "at_risk", "records": records })).await;
        let Err(SendError::Refused { problem, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(problem.errors[0].pointer, pointer, "{problem}");
    }
    let most = Value::Array(vec![json!({}); 10_000]);
    let answer = acting.query("metric.evaluate", json!({ "code": "at_risk", "records": most })).await.unwrap();
    assert_eq!(answer["summary"]["verdicts"]["unknown"], 10_000);
}
