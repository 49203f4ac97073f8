//! What was known when: answers as known at a time or at a position, which never change afterwards.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use plinth_client::SendError;
use serde_json::{Value, json};

use crate::support::{Acting, Ground};

const A: &str = "2024-01-01T00:00:00Z";
const FEBRUARY: &str = "2024-02-01T00:00:00Z";
const B: &str = "2024-03-01T00:00:00Z";
const C: &str = "2024-06-01T00:00:00Z";
/// Long enough for an answer that waits for nobody.
const PATIENCE: Duration = Duration::from_millis(500);

/// Sends a definition whose name is fresh; when it was recorded, and at which position.
async fn define(acting: &Acting<'_>, code: &str, effective_at: &str) -> (DateTime<Utc>, u64) {
    let name = uuid::Uuid::new_v4().to_string();
    let body =
        json!({ "code": code, "name": name, "description": "", "effectiveAt": effective_at, "reason": "agreed" });
    let position = acting.send("metric.define", body).await.unwrap().position;
    let page = acting.query("metric.history", json!({ "code": code, "from": position })).await.unwrap();
    (page["events"][0]["recordedAt"].as_str().unwrap().parse().unwrap(), position)
}

/// The answer, or the problem of the refusal.
fn told(answer: Result<Value, SendError>) -> Value {
    match answer {
        Ok(answer) => answer,
        Err(SendError::Refused { problem, .. }) => serde_json::to_value(problem).unwrap(),
        Err(error) => panic!("{error}"),
    }
}

/// Everything that can be asked about a metric at a time, as known at some time.
async fn ask(acting: &Acting<'_>, code: &str, as_of: &str, known_at: &Value) -> [Value; 3] {
    let body = json!({ "code": code, "asOf": as_of, "knownAt": known_at });
    let mut answers = [Value::Null, Value::Null, Value::Null];
    for (answer, query) in answers.iter_mut().zip(["metric.get", "metric.versions", "metric.timeline"]) {
        *answer = told(acting.query(query, body.clone()).await);
    }
    answers
}

/// The version that governs, or the code of the refusal.
async fn governing(acting: &Acting<'_>, code: &str, as_of: &str, known_at: Value) -> Value {
    let mut answer =
        told(acting.query("metric.get", json!({ "code": code, "asOf": as_of, "knownAt": known_at })).await);
    if answer["version"].is_null() { answer["code"].take() } else { answer["version"].take() }
}

fn micros(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Micros, true).into()
}

fn column(answer: &Value, rows: &str, key: &str) -> Value {
    answer[rows].as_array().unwrap().iter().map(|row| row[key].clone()).collect()
}

#[tokio::test]
async fn what_came_in_between_later_was_known_from_the_microsecond_of_its_recording_on() {
    let Some(ground) = Ground::new("knownAt at its borders").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let code = "back_dated";
    let (first_at, first) = define(&acting, code, A).await;
    define(&acting, code, B).await;
    let (third_at, third) = define(&acting, code, FEBRUARY).await;

    let february = |known_at: Value| governing(&acting, code, "2024-02-10T00:00:00Z", known_at);
    assert_eq!(february(third.into()).await, 3);
    assert_eq!(february((third - 1).into()).await, 1);
    assert_eq!(february(micros(third_at)).await, 3);
    assert_eq!(february(micros(third_at - TimeDelta::microseconds(1))).await, 1);
    assert_eq!(february(micros(first_at)).await, 1);
    for before in [micros(first_at - TimeDelta::microseconds(1)), (first - 1).into(), json!(0)] {
        let body = json!({ "code": code, "knownAt": before });
        for query in ["metric.get", "metric.versions", "metric.timeline"] {
            assert_eq!(Acting::refusal(acting.query(query, body.clone()).await), "unknown_metric", "{query} {before}");
        }
    }
    for future in [json!(u64::MAX), json!("2999-01-01T00:00:00Z")] {
        assert_eq!(february(future).await, 3, "all that is known so far");
    }

    let [get, _, timeline] = ask(&acting, code, "2024-02-10T00:00:00Z", &Value::Null).await;
    assert_eq!(get["window"], json!({ "from": FEBRUARY, "until": B }));
    assert_eq!((&get["insertedBetween"], &get["status"]), (&json!([1, 2]), &json!("effective")));
    assert_eq!(column(&timeline, "points", "version"), json!([1, 3, 2]));
    assert_eq!(column(&timeline, "points", "status"), json!(["superseded", "effective", "scheduled"]));
    assert_eq!(column(&timeline, "points", "insertedBetween"), json!([null, [1, 2], null]));
    let [.., known] = ask(&acting, code, "2024-02-10T00:00:00Z", &(third - 1).into()).await;
    assert_eq!(column(&known, "points", "version"), json!([1, 2]));
    assert_eq!(known["points"][0]["window"], json!({ "from": A, "until": B }));
}

#[tokio::test]
async fn statuses_tell_how_each_version_stands_at_a_time() {
    let Some(ground) = Ground::new("statuses").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let code = "revenue";
    let next_year = (Utc::now() + TimeDelta::days(365)).to_rfc3339_opts(SecondsFormat::Millis, true);
    for effective_at in [A, B, B, &next_year] {
        define(&acting, code, effective_at).await;
    }
    acting.send("metric.withdraw", json!({ "code": code, "version": 4, "reason": "too early" })).await.unwrap();
    acting.send("metric.deprecate", json!({ "code": code, "deprecatedAt": C, "reason": "merged" })).await.unwrap();

    let versions = async |as_of: &str| {
        let [_, versions, _] = ask(&acting, code, as_of, &Value::Null).await;
        column(&versions, "versions", "status")
    };
    assert_eq!(versions("2023-12-31T23:59:59.999999Z").await, scheduled(["scheduled", "scheduled"]));
    assert_eq!(versions(A).await, scheduled(["effective", "scheduled"]));
    assert_eq!(versions("2024-02-29T23:59:59.999999Z").await, scheduled(["effective", "scheduled"]));
    assert_eq!(versions(B).await, scheduled(["superseded", "effective"]));
    assert_eq!(versions(C).await, scheduled(["superseded", "deprecated"]));
    let [_, _, timeline] = ask(&acting, code, C, &Value::Null).await;
    assert_eq!(column(&timeline, "points", "version"), json!([1, 2, 3, null, 4]));
    let statuses = json!(["superseded", "never_effective", "deprecated", "effective", "withdrawn"]);
    assert_eq!(column(&timeline, "points", "status"), statuses);

    let page = acting.query("metric.timeline", json!({ "code": code, "asOf": C, "from": 3 })).await.unwrap();
    assert_eq!((column(&page, "points", "version"), &page["next"]), (json!([null, 4]), &Value::Null));
    let page = acting.query("metric.versions", json!({ "code": code, "asOf": C, "from": 4, "knownAt": 6 })).await;
    assert_eq!(column(&page.unwrap(), "versions", "status"), json!(["scheduled"]), "before it was withdrawn");
}

/// The statuses of versions 1 and 3, with those of 2, superseded at the same instant, and of 4, withdrawn.
fn scheduled([first, third]: [&str; 2]) -> Value {
    json!([first, "never_effective", third, "withdrawn"])
}

#[tokio::test]
async fn a_metric_of_another_tenant_is_unknown_at_any_time() {
    let Some(ground) = Ground::new("another tenant's metric").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let (_, position) = define(&acting, "revenue", A).await;
    for known_at in [Value::Null, position.into(), micros(Utc::now())] {
        let body = json!({ "code": "revenue", "knownAt": known_at });
        for query in ["metric.get", "metric.versions", "metric.timeline"] {
            assert_eq!(Acting::refusal(other.query(query, body.clone()).await), "unknown_metric");
            assert!(acting.query(query, body.clone()).await.is_ok());
        }
    }
}

/// A command of a random kind at a random time; what it would change may be refused.
async fn random_command(acting: &Acting<'_>, code: &str) {
    let at = random_time();
    let pick = |choices: [&str; 3]| choices[rand::random_range(0..3)].to_owned();
    let (command, body) = match rand::random_range(0..6) {
        0 => (
            "metric.deprecate",
            json!({ "code": code, "deprecatedAt": at, "reason": "over",
            "scheduled": if rand::random() { "keep" } else { "withdraw" } }),
        ),
        1 => ("metric.withdraw", json!({ "code": code, "version": rand::random_range(1..9), "reason": "too early" })),
        _ => (
            "metric.define",
            json!({ "code": code, "name": pick(["one", "two", "three"]), "description": "",
            "effectiveAt": at, "reason": "agreed" }),
        ),
    };
    match acting.send(command, body).await {
        Ok(_) | Err(SendError::Refused { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A month of the ten around now, so that they often meet.
fn random_time() -> String {
    format!("20{}-0{}-01T00:00:00Z", rand::random_range(22..32), rand::random_range(1..4))
}

/// The version that governs by the rule of the contract, over plain events: none, deprecated (null) or a version.
fn naive(events: &[Value], as_of: &str, known: impl Fn(&Value) -> bool) -> Option<Value> {
    let known: Vec<&Value> = events.iter().filter(|event| known(event)).collect();
    let withdrawn = |version: &Value| {
        known.iter().any(|event| event["type"] == "MetricVersionWithdrawn" && event["data"]["version"] == *version)
    };
    let point = |event: &&&Value| {
        let data = &event["data"];
        let at = data["effectiveAt"].as_str().or(data["deprecatedAt"].as_str()).map(str::to_owned);
        at.filter(|_| data["version"].is_null() || !withdrawn(&data["version"]))
    };
    let past = known.iter().filter(|event| point(event).is_some_and(|at| at.as_str() <= as_of));
    past.max_by_key(|event| (point(event), event["position"].as_u64())).map(|event| event["data"]["version"].clone())
}

async fn assert_naive(acting: &Acting<'_>, code: &str, as_of: &str, known_at: u64, answers: &[Value; 3]) {
    let page = acting.query("metric.history", json!({ "code": code })).await.unwrap();
    let events = page["events"].as_array().unwrap();
    let expected = match naive(events, as_of, |event| event["position"].as_u64().unwrap() <= known_at) {
        None => json!("not_effective"),
        Some(Value::Null) => json!("deprecated"),
        Some(version) => version,
    };
    let get = &answers[0];
    assert_eq!(if get["version"].is_null() { &get["code"] } else { &get["version"] }, &expected, "{as_of} {known_at}");
}

#[tokio::test]
async fn an_answer_known_at_a_time_or_a_position_never_changes_afterwards() {
    let Some(ground) = Ground::new("what was known").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let code = "changing";
    define(&acting, code, A).await;
    let mut asked = Vec::new();
    for _ in 0..25 {
        random_command(&acting, code).await;
        let (position, now) = (ground.position().await, micros(Utc::now()));
        let as_of = random_time();
        for known_at in [position.into(), now] {
            let answers = ask(&acting, code, &as_of, &known_at).await;
            assert_naive(&acting, code, &as_of, position, &answers).await;
            asked.push((as_of.clone(), known_at, answers));
        }
    }
    for (as_of, known_at, answers) in asked {
        assert_eq!(ask(&acting, code, &as_of, &known_at).await, answers, "{as_of} as known at {known_at}");
    }
}

#[tokio::test]
async fn what_is_asked_amid_commands_never_changes_afterwards() {
    let Some(ground) = Ground::new("what was known amid commands").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let code = "busy";
    define(&acting, code, A).await;
    let write = async || {
        for _ in 0..60 {
            random_command(&acting, code).await;
        }
    };
    let read = async {
        let mut asked = Vec::new();
        for _ in 0..60 {
            let (as_of, now) = (random_time(), micros(Utc::now()));
            asked.push((as_of.clone(), now.clone(), ask(&acting, code, &as_of, &now).await));
        }
        asked
    };
    let (asked, ..) = tokio::join!(read, write(), write(), write());
    for (as_of, now, answers) in asked {
        assert_eq!(ask(&acting, code, &as_of, &now).await, answers, "{as_of} as known at {now}");
    }
}

#[tokio::test]
async fn what_was_known_by_now_waits_for_what_is_being_committed() {
    let Some(ground) = Ground::new("known by now").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let (_, position) = define(&acting, "revenue", A).await;
    let mut writer = pool.begin().await.unwrap();
    sqlx::query("select from plinth.log_head for update").execute(&mut *writer).await.unwrap();

    let known = |known_at: Value| acting.query("metric.get", json!({ "code": "revenue", "knownAt": known_at }));
    known(position.into()).await.unwrap();
    known(Value::Null).await.unwrap();
    let mut by_now = Box::pin(known(micros(Utc::now())));
    assert!(
        tokio::time::timeout(PATIENCE, &mut by_now).await.is_err(),
        "somebody may still commit what was recorded by now"
    );
    writer.rollback().await.unwrap();
    assert_eq!(by_now.await.unwrap()["version"], 1);
}

#[tokio::test]
async fn the_program_answers_as_the_queries_do() {
    let Some(ground) = Ground::new("plinth metric").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let code = "back_dated";
    define(&acting, code, A).await;
    define(&acting, code, B).await;
    let (third_at, third) = define(&acting, code, FEBRUARY).await;
    let tenant = acting.tenant.to_string();
    let metric = async |verb: &str, more: &[&str]| {
        let output = ground.plinth(&[&["metric", verb, code, "--tenant", &tenant], more].concat()).await;
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let before = (third - 1).to_string();
    let as_of = ["--as-of", "2024-02-10T00:00:00Z"];
    for (known_at, known) in [(Value::Null, vec![]), (before.parse().unwrap(), vec!["--known-at", before.as_str()])] {
        let [get, versions, timeline] = ask(&acting, code, "2024-02-10T00:00:00Z", &known_at).await;
        let json = [&as_of[..], &known, &["--json"]].concat();
        let lines = |text: &str| text.lines().map(|line| line.parse::<Value>().unwrap()).collect::<Vec<_>>();
        assert_eq!(lines(&metric("get", &json).await.1), [get]);
        assert_eq!(json!(lines(&metric("versions", &json).await.1)), versions["versions"]);
        assert_eq!(json!(lines(&metric("timeline", &json).await.1)), timeline["points"]);
    }
    let at = third_at.to_rfc3339();
    let (status, table) = metric("timeline", &[&as_of[..], &["--known-at", &at]].concat()).await;
    assert_eq!(status, Some(0));
    assert!(table.contains("version 3") && table.contains("1 and 2") && table.contains("effective"), "{table}");
    let (_, table) = metric("get", &as_of).await;
    assert!(table.contains("inserted between") && table.contains("1 and 2"), "{table}");
    let (status, _) = metric("get", &["--as-of", "2023-01-01T00:00:00Z"]).await;
    assert_eq!(status, Some(1), "not effective yet");
}
