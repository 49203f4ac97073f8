//! Webhooks: an application without a worker gets its jobs posted, and its answers are their outcomes.

mod encryption;
mod example;
mod receiver;

use std::time::Duration;

use async_nats::jetstream;
use futures_util::TryStreamExt;
use nix::sys::signal::Signal;
use plinth_client::SendOptions;
use plinth_events::{TenantId, envelope::Origin};
use serde_json::{Value, json};

use self::receiver::{Receiver, replica};
use crate::support::{Acting, Ground, eventually};

/// Where the receivers of the tests are.
const LOOPBACK: &str = "127.0.0.0/8,::1/128";
/// Longest wait for a job to end.
const END_LIMIT: Duration = Duration::from_secs(20);
/// Attempts a second apart.
const SECOND: &str = r#"{"policy": "fixed", "seconds": 1}"#;

/// Gives the tenant's jobs of a type a webhook, with more in its settings.
async fn configure(acting: &Acting<'_>, job_type: &str, url: &str, more: Value) {
    let mut webhook = json!({ "url": url, "secret": "application" });
    webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let retry: Value = serde_json::from_str(SECOND).unwrap();
    let settings = json!({ "webhook": webhook, "retry": retry });
    acting.result("queue.configure", json!({ "type": job_type, "settings": settings })).await;
}

/// Enqueues a job with a payload.
async fn enqueue(acting: &Acting<'_>, job_type: &str, payload: Value) -> Value {
    acting.enqueue(job_type, json!({ "payload": payload })).await
}

/// The job's status, attempts and error when it has ended.
async fn ended(acting: &Acting<'_>, job: &Value) -> (String, u64, String) {
    eventually(END_LIMIT, "the job has ended", || async {
        let (status, attempts, error) = acting.job(job).await;
        ["completed", "failed"].contains(&status.as_str()).then(|| (status, attempts, error.unwrap_or_default()))
    })
    .await
}

/// The job's error once an attempt has failed and another one is to come.
async fn to_be_retried(acting: &Acting<'_>, job: &Value) -> String {
    eventually(END_LIMIT, "an attempt has failed", || async {
        let (status, _, error) = acting.job(job).await;
        error.filter(|_| status == "pending")
    })
    .await
}

#[tokio::test]
async fn a_job_is_posted_signed_and_the_answer_is_its_result() {
    let Some(ground) = Ground::new("webhooks").await else { return };
    let _replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    configure(&acting, "report", &receiver.url(), json!({})).await;
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let origin = Origin { traceparent: Some(traceparent.to_owned()), ..Origin::default() };
    let options = SendOptions { origin, ..SendOptions::new() };
    let body = json!({ "type": "report", "payload": { "answer": { "status": 200, "body": "{\"pages\": 3}" } } });
    let name = plinth_events::CommandName::EnqueueJob;
    let reply = client.send_raw(acting.tenant, name, body.to_string().into(), &options).await.unwrap();
    let job = reply.result_as::<Value>().unwrap()["jobId"].take();

    let request = receiver.request(1).await;
    let posted = request.json();
    assert_eq!((&posted["jobId"], &posted["type"], &posted["attempt"]), (&job, &json!("report"), &json!(1)));
    assert_eq!((&posted["tenantId"], &posted["payload"]), (&json!(acting.tenant), &body["payload"]));
    assert_eq!(request.header("webhook-id"), format!("{}-{}", job.as_str().unwrap(), posted["token"]));
    assert_eq!(request.header("webhook-signature"), request.expected_signature());
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("traceparent"), traceparent);

    assert_eq!(ended(&acting, &job).await, ("completed".to_owned(), 1, String::new()));
    assert_eq!(acting.query("job.get", json!({ "jobId": job })).await.unwrap()["result"], json!({ "pages": 3 }));
    assert_eq!(receiver.received().len(), 1);
    ground.assert_verified().await;
}

#[tokio::test]
async fn the_answer_says_whether_and_when_another_attempt_follows() {
    let Some(ground) = Ground::new("the answers of webhooks").await else { return };
    let _replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    configure(&acting, "report", &receiver.url(), json!({ "timeoutSeconds": 1 })).await;
    let done = json!({ "status": 204 });
    let wrong = json!({ "answer": { "status": 422, "body": "no such page" } });
    let wrong = enqueue(&acting, "report", wrong).await;
    let broken = json!({ "first": { "status": 500 }, "answer": done });
    let broken = enqueue(&acting, "report", broken).await;
    let silent = json!({ "first": {}, "answer": done });
    let silent = enqueue(&acting, "report", silent).await;
    let moved = json!({ "status": 307, "headers": { "location": receiver.url() } });
    let moved = enqueue(&acting, "report", json!({ "first": moved, "answer": done })).await;
    let snoozed = json!({ "first": { "status": 202, "body": "{\"snoozeSeconds\": 3600}" }, "answer": done });
    let snoozed = enqueue(&acting, "report", snoozed).await;
    let busy = json!({ "status": 429, "headers": { "retry-after": "3600" } });
    let busy = enqueue(&acting, "report", json!({ "first": busy, "answer": done })).await;

    let terminal = "the webhook answered 422 Unprocessable Entity: no such page";
    assert_eq!(ended(&acting, &wrong).await, ("failed".to_owned(), 1, terminal.to_owned()));
    for retried in [&broken, &silent, &moved] {
        assert_eq!(ended(&acting, retried).await, ("completed".to_owned(), 2, String::new()));
    }
    assert_eq!(to_be_retried(&acting, &busy).await, "the webhook answered 429 Too Many Requests");
    let waits = "select count(*) from plinth.job_queue
        where state = 'scheduled' and due_at > statement_timestamp() + interval '50 minutes'
            and job_id::text in ($1, $2)";
    let pool = ground.pool().await;
    let text = |job: &Value| job.as_str().unwrap().to_owned();
    let waits = sqlx::query_scalar::<_, i64>(waits).bind(text(&busy)).bind(text(&snoozed));
    assert_eq!(waits.fetch_one(&pool).await.unwrap(), 2);
    assert_eq!(acting.job(&snoozed).await, ("pending".to_owned(), 0, None));
    // wrong, snoozed and busy once, the others twice, and the redirect led nowhere
    assert_eq!(receiver.received().len(), 9);
}

#[tokio::test]
async fn private_addresses_are_not_called_unless_the_configuration_names_them() {
    let Some(ground) = Ground::new("private addresses").await else { return };
    let _replica = replica(&ground, "192.0.2.0/24").await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    let port = receiver.port;
    for (host, detail) in [
        ("https://127.0.0.1", "127.0.0.1 is not public"),
        ("https://localhost", " is not public"),
        ("https://[::ffff:127.0.0.1]", "::ffff:127.0.0.1 is not public"),
        ("http://2130706433", "127.0.0.1 is not public"),
        ("http://169.254.169.254", "169.254.169.254 is not public"),
        ("http://1.1.1.1", "it must be https"),
    ] {
        configure(&acting, "report", &format!("{host}:{port}/jobs"), json!({})).await;
        // once the replica has heard of it
        let job = eventually(END_LIMIT, "the address is refused", || async {
            let job = acting.enqueue("report", json!({ "maxAttempts": 1 })).await;
            let (status, _, error) = ended(&acting, &job).await;
            (status == "failed" && error.contains(detail)).then_some(error)
        })
        .await;
        assert!(job.starts_with("the webhook "), "{job}");
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn only_the_jobs_of_its_queue_go_to_a_webhook_and_only_while_it_is_there() {
    let Some(ground) = Ground::new("the queues of webhooks").await else { return };
    let _replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let (acme, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let receiver = Receiver::start().await;
    let done = || json!({ "answer": { "status": 200 } });
    // offered to workers before there is a webhook
    let early = enqueue(&acme, "report", done()).await;
    eventually(END_LIMIT, "the job is offered to workers", || async {
        let published = "select count(*) from plinth.job_queue where state = 'published'";
        (sqlx::query_scalar::<_, i64>(published).fetch_one(&ground.pool().await).await.unwrap() == 1).then_some(())
    })
    .await;
    configure(&acme, "report", &receiver.url(), json!({})).await;
    let (posted, offered) = (enqueue(&acme, "report", done()).await, enqueue(&other, "report", done()).await);
    for job in [&early, &posted] {
        assert_eq!(ended(&acme, job).await.0, "completed");
    }
    assert_eq!(json!(ground.invitation("report").await.job_id), offered);

    // everybody's webhook for the type takes the jobs of those who have none
    configure(&acme.of(TenantId::INSTALLATION), "report", &receiver.url(), json!({})).await;
    let theirs = enqueue(&other, "report", done()).await;
    assert_eq!(ended(&other, &theirs).await.0, "completed");

    for whose in [acme.of(TenantId::INSTALLATION), acme.of(acme.tenant)] {
        whose.result("queue.configure", json!({ "type": "report", "settings": {} })).await;
    }
    let late = enqueue(&acme, "report", done()).await;
    let invited = eventually(END_LIMIT, "the job is offered to workers", || async {
        let invited = json!(ground.invitation("report").await.job_id);
        (invited == late).then_some(invited)
    });
    assert_eq!(invited.await, late);
    let work_queue = jetstream::new(ground.nats().await).get_stream(ground.subjects.jobs_stream()).await.unwrap();
    let consumers: Vec<String> = work_queue.consumer_names().try_collect().await.unwrap();
    assert_eq!(consumers, ["worker-report"]);
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test]
async fn a_cancelled_job_drops_its_request() {
    let Some(ground) = Ground::new("cancelling webhooks").await else { return };
    let _replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    configure(&acting, "report", &receiver.url(), json!({})).await;
    let job = enqueue(&acting, "report", json!({})).await;
    receiver.request(1).await;
    acting.send("job.cancel", json!({ "jobs": [job], "reason": "the report is not needed" })).await.unwrap();
    receiver.dropped(1).await;
    let (status, attempts, _) = ended(&acting, &job).await;
    assert_eq!((status.as_str(), attempts), ("failed", 1));
}

#[tokio::test]
async fn a_job_whose_replica_dies_during_the_request_is_posted_again() {
    let Some(ground) = Ground::new("replicas that die during requests").await else { return };
    let first = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    configure(&acting, "report", &receiver.url(), json!({})).await;
    let job = enqueue(&acting, "report", json!({ "first": {}, "answer": { "status": 200 } })).await;
    let before = receiver.request(1).await.json();
    first.kill().await;
    let _second = replica(&ground, LOOPBACK).await;
    let after = receiver.request(2).await.json();
    assert_eq!((&after["jobId"], &after["attempt"]), (&job, &json!(2)));
    assert!(after["token"].as_u64() > before["token"].as_u64());
    assert_eq!(ended(&acting, &job).await, ("completed".to_owned(), 2, String::new()));
}

#[tokio::test]
async fn a_replica_that_is_told_to_stop_waits_for_answers() {
    let Some(ground) = Ground::new("stopping during requests").await else { return };
    let replica = replica(&ground, LOOPBACK).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let receiver = Receiver::start().await;
    configure(&acting, "report", &receiver.url(), json!({})).await;
    let job = enqueue(&acting, "report", json!({ "answer": { "status": 200, "afterMs": 1_000 } })).await;
    receiver.request(1).await;
    replica.signal(Signal::SIGTERM);
    assert_eq!(replica.stop().await, Some(0));
    let row = sqlx::query_as(r#"select "status", "attempts" from "Job" where "id"::text = $1"#);
    let row: (String, i32) = row.bind(job.as_str()).fetch_one(&ground.pool().await).await.unwrap();
    assert_eq!(row, ("completed".to_owned(), 1));
}

#[tokio::test]
async fn a_webhook_is_of_one_type_and_its_settings_have_limits() {
    let Some(ground) = Ground::new("settings of webhooks").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let webhook = || json!({ "url": "https://example.com/jobs", "secret": "application" });
    let body = json!({ "settings": { "webhook": webhook() } });
    let sent = acting.send("queue.configure", body).await;
    assert!(format!("{sent:?}").contains("/settings/webhook"), "{sent:?}");
    assert_eq!(Acting::refusal(sent), "invalid_value");
    for (key, value) in [
        ("url", json!("https://user:password@example.com/")),
        ("url", json!("ftp://example.com/")),
        ("secret", json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        ("timeoutSeconds", json!(0)),
        ("concurrency", json!(1_001)),
    ] {
        let mut webhook = webhook();
        webhook[key] = value;
        let body = json!({ "type": "report", "settings": { "webhook": webhook } });
        assert_eq!(Acting::refusal(acting.send("queue.configure", body).await), "invalid_value", "{key}");
    }
}
