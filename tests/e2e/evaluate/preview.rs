//! What another formula would change, before it is defined.

use serde_json::{Value, json};

use super::{AS_OF, at_risk, customers, define, lines, metric, text};
use crate::support::{Acting, Ground};

#[tokio::test]
async fn a_preview_counts_the_records_that_change_and_names_the_first() {
    let Some(ground) = Ground::new("metric.preview").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    let position = ground.position().await;
    let formula = json!({ "any": [at_risk("5 days"), { "field": "lastOrderDate", "operator": "not_exists" }] });
    let body = json!({ "code": "at_risk", "asOf": AS_OF, "formula": formula, "records": customers() });
    let preview = acting.query("metric.preview", body.clone()).await.unwrap();
    let expected = json!([
        { "from": "false", "to": "true", "records": 1, "examples": [2] },
        { "from": "unknown", "to": "true", "records": 1, "examples": [3] },
    ]);
    assert_eq!(preview["changes"], expected);
    assert_eq!((&preview["version"], &preview["class"]), (&json!(1), &json!("loosened")));
    assert_eq!(preview["old"]["verdicts"], json!({ "true": 1, "false": 1, "unknown": 2 }));
    assert_eq!(preview["new"]["verdicts"], json!({ "true": 3, "false": 0, "unknown": 1 }));
    assert_eq!(ground.position().await, position, "nothing is recorded");

    let (tenant, file) = (acting.tenant.to_string(), ground.folder.join("new.json"));
    std::fs::write(&file, formula.to_string()).unwrap();
    let arguments = ["preview", "at_risk", "--formula", file.to_str().unwrap(), "--tenant", &tenant, "--as-of", AS_OF];
    let told = metric(&ground, &[&arguments[..], &["--json"]].concat(), &lines(&customers())).await;
    assert_eq!(serde_json::from_slice::<Value>(&told.stdout).unwrap(), preview);
    let told = metric(&ground, &arguments, &lines(&customers())).await;
    assert!(text(&told.stdout).contains("loosened, 4 records"), "{}", text(&told.stdout));
}

#[tokio::test]
async fn measures_are_compared_by_their_values() {
    let Some(ground) = Ground::new("a preview of a measure").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "revenue", json!({ "aggregate": "sum", "field": "revenue" })).await;
    let formula = json!({
        "aggregate": "sum", "field": "revenue", "where": { "field": "paid", "operator": "=", "value": true },
    });
    let records = json!([{ "revenue": 0.1, "paid": true }, { "revenue": 0.2, "paid": false }]);
    let body = json!({ "code": "revenue", "formula": formula, "records": records });
    let preview = acting.query("metric.preview", body).await.unwrap();
    assert_eq!(preview["old"]["value"], json!({ "decimal": "0.3" }));
    assert_eq!(preview["new"]["value"], json!({ "decimal": "0.1" }));
    assert_eq!(preview["class"], "tightened");
    assert!(preview.get("changes").is_none());
}

#[tokio::test]
async fn a_new_formula_is_refused_like_that_of_a_definition() {
    let Some(ground) = Ground::new("previews that are refused").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "at_risk", at_risk("30 days")).await;
    for (formula, refusal) in [
        (json!({ "field": "lastOrderDate", "operator": "beyond", "value": "30 days" }), "invalid_formula"),
        (json!({ "language": "sql", "expression": "true" }), "not_computable"),
    ] {
        let body = json!({ "code": "at_risk", "formula": formula, "records": [] });
        assert_eq!(Acting::refusal(acting.query("metric.preview", body).await), refusal);
    }
}
