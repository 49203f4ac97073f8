//! Formulas on their way through the service: refused with all that is wrong, checked against declared fields, compared,
//! put into words, and computed by Postgres.

use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{Acting, Ground, request};

const AS_OF: &str = "2026-03-31T12:00:00Z";

fn definition(name: &str, formula: &Value) -> Value {
    json!({ "code": "at_risk_customer", "name": name, "description": "", "formula": formula })
}

fn at_risk(age: &str) -> Value {
    json!({ "field": "lastOrderDate", "operator": ">", "value": age })
}

#[tokio::test]
async fn three_mistakes_in_a_formula_are_told_at_once_each_with_its_place() {
    let Some(ground) = Ground::new("three mistakes").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let actor = acting.user.to_string();
    let formula = json!({ "all": [
        { "field": "lastOrderDate", "operator": "older_than", "value": "30 days" },
        { "field": "total amount", "operator": ">", "value": 100 },
        { "over": "orders", "aggregate": "summ", "field": "amount", "operator": ">", "value": 10 },
    ] });
    let subject = format!("{}.cmd.{}.metric.define", ground.subjects, acting.tenant);
    let headers = [("Plinth-Actor", actor.as_str())];
    let answer = request(client.nats(), &subject, &headers, definition("At Risk", &formula).to_string()).await;
    assert_eq!(answer.refusal(), (422, "invalid_formula"), "{}", answer.body);
    let expected = "/formula/all/0/operator unknown_operator, /formula/all/1/field invalid_path, \
                    /formula/all/2/aggregate unknown_aggregate";
    assert_eq!(answer.errors(), expected);
    let aggregate = &answer.body["errors"][2];
    assert_eq!((&aggregate["suggestion"], aggregate["allowed"].as_array().unwrap().len()), (&json!("sum"), 6));
    assert_eq!(ground.position().await, 2);
}

#[tokio::test]
async fn definitions_are_held_to_the_fields_that_were_declared_before_them() {
    let Some(ground) = Ground::new("declared fields").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let of_time = definition("At Risk", &at_risk("30 days"));
    acting.send("metric.define", of_time.clone()).await.unwrap();

    let declared = json!({ "fields": { "lastOrderDate": "decimal", "paid": "decimal" }, "undeclared": "refused" });
    let position = acting.send("metric.declare-fields", declared.clone()).await.unwrap().position;
    assert!(acting.send("metric.declare-fields", declared).await.unwrap().events.is_empty());
    let fields = acting.query("metric.fields", json!({})).await.unwrap();
    assert_eq!((&fields["fields"]["paid"], &fields["position"]), (&json!("decimal"), &json!(position)));
    let before = acting.query("metric.fields", json!({ "knownAt": position - 1 })).await.unwrap();
    assert_eq!(before, json!({ "fields": {}, "undeclared": "allowed", "position": null }));

    let other = |formula: Value| definition("Other", &formula);
    let refusal = acting.send("metric.define", other(at_risk("45 days"))).await;
    assert_eq!(Acting::refusal(refusal), "invalid_formula");
    let undeclared = json!({ "field": "age", "operator": ">", "value": 18 });
    assert_eq!(Acting::refusal(acting.send("metric.define", other(undeclared)).await), "invalid_formula");
    acting.send("metric.define", other(json!({ "field": "paid", "operator": ">", "value": 18 }))).await.unwrap();
    // what was defined before stays
    let versions = acting.query("metric.versions", json!({ "code": "at_risk_customer" })).await.unwrap();
    assert_eq!(versions["versions"][0]["sentence"], "last order more than 30 days ago");

    let too_many: serde_json::Map<String, Value> = (0..1_001).map(|n| (format!("f{n}"), "string".into())).collect();
    let refusal = acting.send("metric.declare-fields", json!({ "fields": too_many })).await;
    assert_eq!(Acting::refusal(refusal), "invalid_value");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_diff_says_what_became_of_a_metric() {
    let Some(ground) = Ground::new("diffs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let versions = [
        ("At Risk", at_risk("30 days"), "2026-01-01T00:00:00Z"),
        ("At risk", at_risk("P30D"), "2026-02-01T00:00:00Z"),
        ("At risk", at_risk("45 days"), "2026-03-01T00:00:00Z"),
        ("At risk", json!({ "language": "sql", "expression": "true" }), "2026-04-01T00:00:00Z"),
    ];
    for (name, formula, effective_at) in versions {
        let mut body = definition(name, &formula);
        body["effectiveAt"] = effective_at.into();
        body["reason"] = "agreed".into();
        acting.send("metric.define", body).await.unwrap();
    }
    let diff = |from: Value, to: Value| {
        acting.query("metric.diff", json!({ "code": "at_risk_customer", "from": from, "to": to }))
    };
    let class = |from: u32, to: u32| {
        let answer = diff(from.into(), to.into());
        async move { answer.await.unwrap()["class"].as_str().unwrap().to_owned() }
    };
    assert_eq!(class(1, 1).await, "equivalent");
    assert_eq!(class(1, 2).await, "editorial");
    assert_eq!(class(2, 3).await, "tightened");
    assert_eq!(class(3, 2).await, "loosened");
    assert_eq!(class(3, 4).await, "changed");
    let found = diff("2026-02-10T00:00:00Z".into(), 3.into()).await.unwrap();
    assert_eq!((&found["from"]["version"], &found["to"]["version"]), (&json!(2), &json!(3)));
    assert_eq!(found["to"]["sentence"], "last order more than 45 days ago");
    let difference =
        json!({ "pointer": "/formula/value", "old": { "duration": "P30D" }, "new": { "duration": "P45D" } });
    assert_eq!((&found["differences"], &found["more"]), (&json!([difference]), &json!(0)));
    assert_eq!(Acting::refusal(diff(1.into(), 5.into()).await), "unknown_version");
    assert_eq!(Acting::refusal(diff("2025-01-01T00:00:00Z".into(), 1.into()).await), "not_effective");
    let sql = acting.query("metric.sql", json!({ "code": "at_risk_customer", "asOf": "2026-04-01T00:00:00Z" })).await;
    assert_eq!(Acting::refusal(sql), "not_computable");
}

/// One record of each kind: old, fresh, of the border, and five of which it is unknown.
fn records() -> Vec<Value> {
    let mut records: Vec<Value> =
        ["2026-01-05T00:00:00Z", "2026-03-30", "2026-03-01T12:00:00Z", "yesterday", "2027-01-01T00:00:00Z"]
            .into_iter()
            .map(|time| json!({ "lastOrderDate": time }))
            .collect();
    records.extend([json!({}), json!({ "lastOrderDate": null }), json!({ "lastOrderDate": 20_260_101 })]);
    records
}

#[tokio::test]
async fn postgres_finds_what_the_evaluation_finds() {
    let Some(ground) = Ground::new("formulas in Postgres").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut body = definition("At Risk", &at_risk("30 days"));
    body["effectiveAt"] = "2026-01-01T00:00:00Z".into();
    body["reason"] = "agreed".into();
    acting.send("metric.define", body).await.unwrap();
    let question = |more: Value| {
        let mut question = json!({ "code": "at_risk_customer", "asOf": AS_OF });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    let evaluated = acting.query("metric.evaluate", question(json!({ "records": records() }))).await.unwrap();
    let expected: Vec<&str> =
        evaluated["verdicts"].as_array().unwrap().iter().map(|verdict| verdict.as_str().unwrap()).collect();
    assert_eq!(expected, ["true", "false", "false", "unknown", "false", "unknown", "unknown", "unknown"]);

    let pool = ground.pool().await;
    sqlx::query("create table public.customers (number serial, record jsonb)").execute(&pool).await.unwrap();
    sqlx::query("insert into public.customers (record) select value from jsonb_array_elements($1)")
        .bind(Value::from(records()))
        .execute(&pool)
        .await
        .unwrap();
    let word = |verdict: Option<bool>| verdict.map_or_else(|| "unknown".to_owned(), |known| known.to_string());

    let sql = acting.query("metric.sql", question(json!({}))).await.unwrap();
    assert_eq!((&sql["sentence"], &sql["isAggregate"]), (&json!("last order more than 30 days ago"), &json!(false)));
    let text = format!("select {} from public.customers order by number", sql["text"].as_str().unwrap());
    let bound = sql["binds"].as_array().unwrap().iter().fold(sqlx::query(&text), |query, bind| {
        query.bind(match bind["of"].as_str().unwrap() {
            "asOf" => AS_OF,
            "zone" => "UTC",
            _ => bind["value"].as_str().unwrap(),
        })
    });
    let found: Vec<String> = bound.fetch_all(&pool).await.unwrap().iter().map(|row| word(row.get(0))).collect();
    assert_eq!(found, expected);

    // the same as a script for psql
    let tenant = acting.tenant.to_string();
    let export = |format: &'static str| {
        let arguments =
            ["metric", "sql", "at_risk_customer", "--tenant", &tenant, "--as-of", AS_OF, "--format", format];
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let ground = &ground;
        async move {
            let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            arguments.extend(["--table", "public.customers"]);
            let output = ground.plinth(&arguments).await;
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        }
    };
    let rows = sqlx::raw_sql(&export("psql").await).fetch_all(&pool).await.unwrap();
    let found: Vec<String> = rows.iter().map(|row| word(row.get("verdict"))).collect();
    assert_eq!(found, expected);

    let rule: Value = serde_json::from_str(&export("json-logic").await).unwrap();
    assert_eq!(rule["and"][1], json!({ "<": [{ "var": "lastOrderDate" }, "2026-03-01T12:00:00Z"] }));
    let expression: Value = serde_json::from_str(&export("semantic").await).unwrap();
    assert_eq!(expression["dialects"][0]["dialect"], "ANSI_SQL");
}

#[tokio::test]
async fn the_program_tells_formulas_in_words() {
    let Some(ground) = Ground::new("formulas in words").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for age in ["30 days", "45 days"] {
        acting.send("metric.define", definition("At Risk", &at_risk(age))).await.unwrap();
    }
    let tenant = acting.tenant.to_string();
    let fields = r#"{"fields":{"lastOrderDate":"instant"},"undeclared":"refused"}"#;
    for (arguments, told) in [
        (&["metric", "get", "at_risk_customer"][..], &["last order more than 45 days ago"][..]),
        (&["metric", "versions", "at_risk_customer"], &["30 days ago", "45 days ago"]),
        (&["metric", "timeline", "at_risk_customer"], &["30 days ago", "45 days ago"]),
        (&["history", "at_risk_customer"], &["30 days ago", "45 days ago"]),
        (&["metric", "diff", "at_risk_customer", "v1", "v2"], &["tightened", "/formula/value", "P45D"]),
        (&["metric", "declare-fields", fields], &["declared (position 5)"]),
        (&["metric", "fields"], &["lastOrderDate", "instant", "other fields are refused"]),
    ] {
        let output = ground.plinth(&[arguments, &["--tenant", &tenant]].concat()).await;
        let said = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.replace(['│', '┆'], "").split_whitespace().collect::<Vec<_>>().join(" ");
        for part in told {
            assert!(said.contains(part), "{arguments:?}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
