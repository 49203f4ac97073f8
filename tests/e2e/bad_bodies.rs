//! What a bad body gets: a refusal that names everything that is wrong and where, and nothing is written.

use plinth_events::envelope::header;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground, request};

/// A bad body.
struct Case {
    name: &'static str,
    command: &'static str,
    body: String,
    /// Pointer and code of each error, by pointer.
    errors: String,
}

fn case(name: &'static str, command: &'static str, body: impl Into<String>, errors: impl Into<String>) -> Case {
    Case { name, command, body: body.into(), errors: errors.into() }
}

fn definition(changes: Value) -> String {
    changed(json!({ "code": "revenue", "name": "Revenue", "description": "What customers paid." }), changes).to_string()
}

fn job(changes: Value) -> Value {
    changed(json!({ "type": "image_extraction", "payload": {} }), changes)
}

fn widget(changes: Value) -> String {
    changed(json!({ "userId": null, "widgetType": "revenue_trend" }), changes).to_string()
}

fn changed(mut body: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    body.as_object_mut().unwrap().extend(changes);
    body
}

/// A definition's formula, with the body around it so many levels deep.
fn nested(levels: usize) -> Value {
    let Value::Object(deep) = (2..levels).fold(json!({}), |inner, _| json!({ "a": inner })) else { unreachable!() };
    let mut formula = opaque("null");
    formula.as_object_mut().unwrap().extend(deep);
    json!({ "formula": formula })
}

/// A formula of another language.
fn opaque(expression: &str) -> Value {
    json!({ "language": "sql", "expression": expression })
}

fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// No JSON object of the right form: 400.
fn malformed() -> Vec<Case> {
    let define = |name, body: &str, errors| case(name, "metric.define", body, errors);
    let changed = |name, changes, errors: &str| case(name, "metric.define", definition(changes), errors);
    let deepest = format!("/formula{} too_deep", "/a".repeat(63));
    vec![
        define("no body", "", ""),
        define("half a body", r#"{"code":"#, ""),
        define("two bodies", "{} {}", ""),
        define("an array", "[]", " wrong_type"),
        define("null", "null", " wrong_type"),
        define("a missing key", r#"{"code":"revenue","name":"a"}"#, "/description missing"),
        define("a key twice", r#"{"code":"a","name":"a","name":"b","description":""}"#, "/name duplicate_key"),
        changed("an unknown key", json!({ "a/b": "red" }), "/a~1b unknown_key"),
        changed("the tenant in the body", json!({ "tenantId": Uuid::nil() }), "/tenantId unknown_key"),
        changed("a NUL character", json!({ "name": "a\0b" }), "/name nul_character"),
        changed("65 levels", nested(65), &deepest),
        changed("a number for a name", json!({ "name": 7 }), "/name wrong_type"),
        changed("a formula that is no object", json!({ "formula": [1] }), "/formula wrong_type"),
        changed("a fraction for a version", json!({ "expectedVersion": 1.5 }), "/expectedVersion wrong_type"),
        case("an array for nothing", "tenant.delete", "[]", " wrong_type"),
        retry("a policy that is a number", json!(7), "/retry wrong_type"),
        retry("a policy without its waits", json!({ "policy": "fixed" }), "/retry/seconds missing"),
        case("no user id", "dashboard.hide-widget", r#"{"widgetType":"a"}"#, "/userId missing"),
    ]
}

fn retry(name: &'static str, policy: serde_json::Value, errors: &str) -> Case {
    case(name, "job.enqueue", job(json!({ "retry": policy })).to_string(), errors)
}

/// Something is larger than allowed: 413.
fn too_large() -> Vec<Case> {
    let define = |name, changes, errors: &str| case(name, "metric.define", definition(changes), errors);
    let large = text(256 * 1024);
    let enqueue = job(json!({ "payload": large }));
    let long = job(json!({ "payload": vec![1e300; 1_000] })).to_string();
    let batch = json!({ "jobs": [job(json!({})), enqueue] });
    let result = json!({ "jobs": [{ "jobId": Uuid::nil(), "token": 1, "result": large }] });
    let config = widget(json!({ "config": { "text": text(16 * 1024) } }));
    vec![
        define("a message over 1 MiB", json!({ "description": text(1024 * 1024) }), ""),
        define("a formula over 64 KiB", json!({ "formula": opaque(&text(64 * 1024)) }), "/formula too_large"),
        case("a payload over 256 KiB", "job.enqueue", enqueue.to_string(), "/payload too_large"),
        case("a payload that is long when it is written out", "job.enqueue", long, "/payload too_large"),
        case("a payload in a batch", "job.enqueue-batch", batch.to_string(), "/jobs/1/payload too_large"),
        case("a result over 256 KiB", "job.complete", result.to_string(), "/jobs/0/result too_large"),
        case("a configuration over 16 KiB", "dashboard.add-widget", config.clone(), "/config too_large"),
        case("a patch over 16 KiB", "dashboard.configure-widget", config, "/config too_large"),
    ]
}

/// A value breaks the rule of its field: 422.
fn invalid() -> Vec<Case> {
    let define = |name, changes, errors: &str| case(name, "metric.define", definition(changes), errors);
    let effective = |name, time: &str| define(name, json!({ "effectiveAt": time }), "/effectiveAt bad_format");
    let jobs = |count: usize| json!({ "jobs": vec![job(json!({})); count] }).to_string();
    let waits = json!({ "policy": "exponential", "baseSeconds": 0, "capSeconds": 2_592_001 });
    let numbers = job(json!({ "maxAttempts": 101, "priority": -101 })).to_string();
    let start = json!({ "jobs": [Uuid::nil()], "worker": "", "leaseSeconds": 3601 }).to_string();
    let several = json!({ "code": "At Risk", "name": "", "description": text(10_001), "effectiveAt": "yesterday" });
    let all_of_several = "/code bad_format, /description bad_length, /effectiveAt bad_format, /name bad_length";
    vec![
        define("a bad code", json!({ "code": "At Risk" }), "/code bad_format"),
        define("a code of 64 characters", json!({ "code": text(64) }), "/code bad_format"),
        define("an empty name", json!({ "name": "" }), "/name bad_length"),
        define("a name of 201 characters", json!({ "name": text(201) }), "/name bad_length"),
        effective("a time without an offset", "2026-03-01T00:00:00"),
        effective("a date for a time", "2026-03-01"),
        effective("the 30th of February", "2026-02-30T00:00:00Z"),
        case("1,001 jobs", "job.enqueue-batch", jobs(1_001), "/jobs bad_length"),
        case("no jobs", "job.enqueue-batch", jobs(0), "/jobs bad_length"),
        case("a bad id", "job.cancel", r#"{"jobs":["7"],"reason":"x"}"#, "/jobs/0 bad_format"),
        case("an unknown size", "dashboard.add-widget", widget(json!({ "size": "xl" })), "/size not_allowed"),
        case("two bad numbers", "job.enqueue", numbers, "/maxAttempts out_of_range, /priority out_of_range"),
        retry("an unknown policy", json!({ "policy": "linear" }), "/retry/policy not_allowed"),
        retry("waits out of range", waits, "/retry/baseSeconds out_of_range, /retry/capSeconds out_of_range"),
        retry("no waits", json!({ "policy": "list", "seconds": [] }), "/retry/seconds bad_length"),
        case("two errors of a worker", "job.start", start, "/leaseSeconds out_of_range, /worker bad_length"),
        define("four errors at once", several, all_of_several),
        define(
            "an error in the formula beside another one",
            json!({ "name": "", "formula": { "field": "paid", "operator": "older", "value": 1 } }),
            "/formula/operator unknown_operator, /name bad_length",
        ),
    ]
}

#[tokio::test]
async fn every_bad_body_is_refused_with_its_code_and_its_pointers() {
    let Some(ground) = Ground::new("bad bodies").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let actor = acting.user.to_string();
    let refusals =
        [((400, "malformed"), malformed()), ((413, "too_large"), too_large()), ((422, "invalid_value"), invalid())];
    for (refusal, cases) in refusals {
        for Case { name, command, body, errors } in cases {
            let subject = format!("{}.cmd.{}.{command}", ground.subjects, acting.tenant);
            let answer = request(client.nats(), &subject, &[(header::ACTOR, &actor)], body).await;
            assert_eq!((answer.refusal(), answer.errors()), (refusal, errors), "{name}: {}", answer.body);
        }
    }
    assert_eq!(ground.position().await, 2);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_value_that_is_one_of_few_is_refused_with_the_others() {
    let Some(ground) = Ground::new("allowed values").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let subject = format!("{}.cmd.{}.dashboard.add-widget", ground.subjects, acting.tenant);
    let answer = request(client.nats(), &subject, &[], widget(json!({ "size": "xl" }))).await;
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(["small", "medium", "large"].iter().all(|size| message.contains(size)), "{message}");
}

#[tokio::test]
async fn what_is_as_large_as_allowed_is_accepted() {
    let Some(ground) = Ground::new("the largest").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let formula = opaque(&text(64 * 1024 - opaque("").to_string().len()));
    let (name, description) = ("ä".repeat(200), "ä".repeat(10_000));
    let longest = json!({ "code": text(63), "name": name, "description": description, "formula": formula });
    acting.send("metric.define", longest).await.unwrap();
    acting.send("metric.define", serde_json::from_str(&definition(nested(64))).unwrap()).await.unwrap();
    acting.send("job.enqueue", job(json!({ "payload": text(256 * 1024 - 2) }))).await.unwrap();
    acting.send("job.enqueue-batch", json!({ "jobs": vec![job(json!({})); 1_000] })).await.unwrap();
    let config = json!({ "text": text(16 * 1024 - r#"{"text":""}"#.len()) });
    let widget = json!({ "userId": null, "widgetType": "revenue_trend", "config": config });
    acting.send("dashboard.add-widget", widget).await.unwrap();
    ground.assert_verified().await;
}
