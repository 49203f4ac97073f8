//! The starter set of metrics: defined once, and what a tenant made of it is left alone.

use serde_json::{Value, json};

use crate::support::{Acting, Ground};

/// What `plinth seed` says of each metric, and its exit code.
async fn seed(ground: &Ground, acting: &Acting<'_>, more: &[&str]) -> (Option<i32>, Vec<Value>) {
    let (tenant, actor) = (acting.tenant.to_string(), acting.user.to_string());
    let output = ground.plinth(&[&["seed", "--tenant", &tenant, "--actor", &actor, "--json"], more].concat()).await;
    let lines = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), lines.lines().map(|line| line.parse().unwrap()).collect())
}

fn outcome<'a>(said: &'a [Value], code: &str) -> &'a Value {
    said.iter().find(|metric| metric["code"] == code).unwrap()
}

#[tokio::test]
async fn a_starter_set_is_defined_once_and_never_again() {
    let Some(ground) = Ground::new("plinth seed").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (status, said) = seed(&ground, &acting, &[]).await;
    assert_eq!(status, Some(0));
    assert!(said.len() >= 8 && said.iter().all(|metric| metric["outcome"] == "defined"), "{said:?}");
    let row = acting.query("metric.get", json!({ "code": "at_risk_customer" })).await.unwrap();
    assert_eq!(row["formula"], json!({ "field": "lastOrderDate", "operator": ">", "value": "30 days" }));
    assert_eq!((&row["createdById"], &row["status"]), (&json!(acting.user), &json!("effective")));

    let position = ground.position().await;
    let (status, again) = seed(&ground, &acting, &[]).await;
    assert_eq!(status, Some(0));
    assert!(again.iter().all(|metric| metric["outcome"] == "present" && metric["version"] == 1), "{again:?}");
    assert_eq!(ground.position().await, position);
    ground.assert_verified().await;
}

#[tokio::test]
async fn what_a_tenant_made_of_the_starter_set_stays() {
    let Some(ground) = Ground::new("a starter set that was changed").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    seed(&ground, &acting, &[]).await;
    let ours = json!({ "code": "at_risk_customer", "name": "At Risk", "description": "No order for 45 days." });
    acting.send("metric.define", ours).await.unwrap();
    acting.send("metric.deprecate", json!({ "code": "new_customer", "reason": "not ours" })).await.unwrap();
    let position = ground.position().await;
    let (status, said) = seed(&ground, &acting, &[]).await;
    assert_eq!((status, ground.position().await), (Some(0), position));
    assert_eq!(outcome(&said, "at_risk_customer")["version"], 2);
    assert_eq!(outcome(&said, "new_customer")["outcome"], "present");
}

#[tokio::test]
async fn a_set_comes_from_any_file_and_refusals_are_told_metric_by_metric() {
    let Some(ground) = Ground::new("plinth seed --file").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let file = ground.folder.join("set.ndjson");
    let back_dated = r#"{"code": "old", "name": "Old", "description": "", "effectiveAt": "2024-01-01T00:00:00Z"}"#;
    let lines = format!("{}\n{back_dated}\n", r#"{"code": "ours", "name": "Ours", "description": ""}"#);
    std::fs::write(&file, lines).unwrap();
    let path = file.to_str().unwrap();
    let (status, said) = seed(&ground, &acting, &["--file", path]).await;
    assert_eq!(status, Some(1));
    assert_eq!(said[0], json!({ "code": "ours", "outcome": "defined" }));
    assert_eq!((&said[1]["outcome"], &said[1]["problem"]["code"]), (&json!("refused"), &json!("reason_required")));

    std::fs::write(&file, "{}").unwrap();
    let position = ground.position().await;
    assert_eq!(seed(&ground, &acting, &["--file", path]).await, (Some(1), Vec::new()));
    assert_eq!(ground.position().await, position);
}
