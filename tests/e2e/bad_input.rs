//! What bad headers, bad subjects and the names of others' things get. Bad bodies are in `bad_bodies`.

use chrono::{TimeDelta, Utc};
use plinth_events::envelope::header;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground, request};

fn definition() -> Value {
    json!({ "code": "revenue", "name": "Revenue", "description": "What customers paid." })
}

#[tokio::test]
async fn bad_headers_and_unknown_actors_are_refused() {
    let Some(ground) = Ground::new("bad headers").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let (actor, stranger, nobody) = (acting.user.to_string(), other.user.to_string(), Uuid::new_v4().to_string());
    let (long, braced) = ("x".repeat(201), format!("{{{actor}}}"));
    let cases: [(&[(&str, &str)], _); 10] = [
        (&[(header::ACTOR, "nobody")], (400, "bad_header")),
        (&[(header::ACTOR, &braced)], (400, "bad_header")),
        (&[(header::ACTOR, &actor), (header::COMMAND_ID, "1")], (400, "bad_header")),
        (&[(header::ACTOR, &actor), (header::MESSAGE_ID, "order-1")], (400, "bad_header")),
        (&[(header::ACTOR, &actor), (header::CORRELATION_ID, "a b")], (400, "bad_header")),
        (&[(header::ACTOR, &actor), (header::CAUSATION_ID, &long)], (400, "bad_header")),
        (&[(header::ACTOR, &actor), (header::TRACEPARENT, "\"")], (400, "bad_header")),
        (&[], (422, "unknown_actor")),
        (&[(header::ACTOR, &nobody)], (422, "unknown_actor")),
        (&[(header::ACTOR, &stranger)], (422, "unknown_actor")),
    ];
    let subject = format!("{}.cmd.{}.metric.define", ground.subjects, acting.tenant);
    for (headers, refusal) in cases {
        let answer = request(client.nats(), &subject, headers, definition().to_string()).await;
        assert_eq!(answer.refusal(), refusal, "{headers:?}: {}", answer.body);
    }
    assert_eq!(ground.position().await, 4);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_time_long_ago_needs_a_reason_and_one_far_ahead_is_refused() {
    let Some(ground) = Ground::new("bad times").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let subject = format!("{}.cmd.{}.metric.define", ground.subjects, acting.tenant);
    let actor = acting.user.to_string();
    let ahead = Utc::now() + TimeDelta::days(3_700);
    for (time, code, errors) in [
        ("2024-03-01T00:00:00Z", "reason_required", "/reason reason_required"),
        (ahead.to_rfc3339().as_str(), "too_far_ahead", "/effectiveAt too_far_ahead"),
    ] {
        let mut body = definition();
        body["effectiveAt"] = time.into();
        let answer = request(client.nats(), &subject, &[(header::ACTOR, &actor)], body.to_string()).await;
        assert_eq!((answer.refusal(), answer.errors().as_str()), ((422, code), errors), "{}", answer.body);
    }
    assert_eq!(ground.position().await, 2);
}

#[tokio::test]
async fn unknown_verbs_and_bad_subjects_are_refused_instead_of_left_without_an_answer() {
    let Some(ground) = Ground::new("bad subjects").await else { return };
    let _replica = ground.replica().await;
    let nats = ground.nats().await;
    let tenant = Uuid::new_v4();
    for (subject, refusal) in [
        (format!("cmd.{tenant}.metric.defin"), (404, "unknown_command")),
        (format!("cmd.{tenant}.metrics.define"), (404, "unknown_command")),
        (format!("cmd.{tenant}.metric.get"), (404, "unknown_command")),
        (format!("query.{tenant}.metric.define"), (404, "unknown_command")),
        (format!("query.{tenant}.job.size"), (404, "unknown_command")),
        ("cmd.acme.metric.define".to_owned(), (400, "bad_subject")),
        ("query.acme.metric.get".to_owned(), (400, "bad_subject")),
        (format!("cmd.{tenant}.metric"), (400, "bad_subject")),
        (format!("cmd.{tenant}.metric.define.now"), (400, "bad_subject")),
        (format!("query.{tenant}"), (400, "bad_subject")),
        (format!("cmd.{tenant}.metric.define"), (404, "unknown_tenant")),
        (format!("query.{tenant}.metric.get"), (400, "malformed")),
    ] {
        let subject = format!("{}.{subject}", ground.subjects);
        let answer = request(&nats, &subject, &[], definition().to_string()).await;
        assert_eq!(answer.refusal(), refusal, "{subject}: {}", answer.body);
    }
    assert_eq!(ground.position().await, 0);
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_unknown_and_not_forbidden() {
    let Some(ground) = Ground::new("things of others").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (owner, other) = (Acting::new(&client).await, Acting::new(&client).await);
    owner.send("metric.define", definition()).await.unwrap();
    let widget = json!({ "userId": null, "widgetType": "revenue_trend" });
    owner.send("dashboard.add-widget", widget.clone()).await.unwrap();
    let job = owner.result("job.enqueue", json!({ "type": "report", "payload": 1 })).await["jobId"].clone();
    let before = ground.position().await;

    let of_owner = json!({ "userId": owner.user, "widgetType": "revenue_trend" });
    for (command, body, code) in [
        ("metric.deprecate", json!({ "code": "revenue", "reason": "x" }), "unknown_metric"),
        ("metric.withdraw", json!({ "code": "revenue", "version": 1, "reason": "x" }), "unknown_metric"),
        ("dashboard.hide-widget", widget, "unknown_widget"),
        ("dashboard.hide-widget", of_owner, "unknown_user"),
        ("user.delete", json!({ "userId": owner.user }), "unknown_user"),
    ] {
        assert_eq!(Acting::refusal(other.send(command, body).await), code, "{command}");
    }
    for (query, body, code) in [
        ("metric.get", json!({ "code": "revenue" }), "unknown_metric"),
        ("metric.versions", json!({ "code": "revenue" }), "unknown_metric"),
        ("metric.history", json!({ "code": "revenue" }), "unknown_metric"),
        ("dashboard.get", json!({ "userId": owner.user }), "unknown_user"),
        ("job.get", json!({ "jobId": job }), "unknown_job"),
    ] {
        assert_eq!(Acting::refusal(other.query(query, body).await), code, "{query}");
    }
    assert_eq!(other.query("job.list", json!({})).await.unwrap()["jobs"], json!([]));
    assert_eq!(other.query("events.read", json!({})).await.unwrap()["events"].as_array().unwrap().len(), 2);
    assert_eq!(ground.position().await, before);

    // commands of workers are answered job by job
    let token = [json!({ "jobId": job, "token": 2 })];
    for (command, body) in [
        ("job.start", json!({ "jobs": [job], "worker": "w" })),
        ("job.complete", json!({ "jobs": token })),
        ("job.cancel", json!({ "jobs": [job], "reason": "x" })),
        ("job.retry", json!({ "jobs": [job] })),
    ] {
        let result = other.result(command, body).await;
        assert_eq!(result["jobs"][0]["code"], "unknown_job", "{command}: {result}");
    }
    let beat = other.result("job.heartbeat", json!({ "jobs": token, "worker": "w" })).await;
    assert_eq!(beat["lost"], json!([job]));
    assert_eq!(ground.position().await, before);
    ground.assert_verified().await;
}

#[tokio::test]
async fn ids_that_another_tenant_has_are_taken() {
    let Some(ground) = Ground::new("ids of others").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (owner, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let job = json!({ "jobId": Uuid::new_v4(), "type": "report", "payload": 1 });
    owner.send("job.enqueue", job.clone()).await.unwrap();
    let user = json!({ "userId": owner.user, "name": "x" });
    assert_eq!(Acting::refusal(other.send("user.register", user).await), "user_id_taken");
    assert_eq!(Acting::refusal(other.send("job.enqueue", job).await), "job_id_taken");
    assert_eq!(ground.position().await, 5);
    ground.assert_verified().await;
}

#[tokio::test]
async fn bad_queries_are_refused_like_bad_commands() {
    let Some(ground) = Ground::new("bad queries").await else { return };
    let _replica = ground.replica().await;
    let nats = ground.nats().await;
    for (query, body, refusal, errors) in [
        ("metric.get", "{", (400, "malformed"), ""),
        ("metric.get", "{}", (400, "malformed"), "/code missing"),
        ("metric.get", r#"{"code":"a","code":"b"}"#, (400, "malformed"), "/code duplicate_key"),
        ("metric.get", r#"{"code":"a","version":1}"#, (400, "malformed"), "/version unknown_key"),
        ("metric.get", r#"{"code":"a","asOf":"now"}"#, (422, "invalid_value"), "/asOf bad_format"),
        ("metric.get", r#"{"code":"a","knownAt":"now"}"#, (422, "invalid_value"), "/knownAt bad_format"),
        ("job.list", r#"{"limit":1001}"#, (422, "invalid_value"), "/limit out_of_range"),
        ("job.list", r#"{"status":"done"}"#, (422, "invalid_value"), "/status not_allowed"),
        ("events.read", r#"{"limit":0}"#, (422, "invalid_value"), "/limit out_of_range"),
    ] {
        let subject = format!("{}.query.{}.{query}", ground.subjects, Uuid::new_v4());
        let answer = request(&nats, &subject, &[], body).await;
        assert_eq!((answer.refusal(), answer.errors().as_str()), (refusal, errors), "{body}: {}", answer.body);
    }
}
