//! Jobs over HTTP: enqueued, read, listed, cancelled, tried again; bulk actions, queues, schedules.

use std::time::Duration;

use plinth_client::Client;
use plinth_events::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica, eventually};

const SCOPES: [Scope; 3] = [Scope::JobsRead, Scope::JobsWrite, Scope::JobsOperate];

/// A tenant with a key for its jobs.
struct Place {
    ground: Ground,
    replica: Replica,
    client: Client,
}

impl Place {
    async fn new(name: &str) -> Option<Self> {
        let ground = Ground::new(name).await?;
        let (replica, client) = (ground.replica().await, ground.client().await);
        Some(Self { ground, replica, client })
    }

    async fn api(&self) -> Api {
        Api::with_scopes(&self.replica, &Acting::new(&self.client).await, &SCOPES).await
    }
}

/// Enqueues a job of a type; its address.
async fn enqueue(api: &Api, job_type: &str, more: Value) -> String {
    let mut body = json!({ "type": job_type, "payload": { "file": "a.pdf" } });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = api.post("/api/jobs", body).await;
    let place = answer.header("location").to_owned();
    answer.expect(201);
    place
}

/// The pages of a list, and how often there was a link to the next one.
async fn pages(api: &Api, first: &str) -> Vec<Value> {
    let (mut pages, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(address) = next {
        let answer = api.get(&address).await;
        next = link(&answer);
        pages.push(answer.expect(200));
    }
    pages
}

fn link(answer: &HttpAnswer) -> Option<String> {
    let link = answer.header("link").strip_prefix('<')?;
    Some(link.strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

#[tokio::test]
async fn a_job_is_enqueued_once_per_key_and_read_at_its_address() {
    let Some(place) = Place::new("enqueue over HTTP").await else { return };
    let api = place.api().await;
    let (key, body) = (Uuid::new_v4().to_string(), json!({ "type": "export", "payload": { "file": "a.pdf" } }));
    let headers = [("Idempotency-Key", key.as_str())];
    let first = api.send(Method::POST, "/api/jobs", &headers, body.clone()).await;
    let address = first.header("location").to_owned();
    let first = first.expect(201);
    let again = api.send(Method::POST, "/api/jobs", &headers, body).await.expect(201);
    assert_eq!((&first["duplicate"], &again["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(first["result"], again["result"]);
    assert_eq!(address, format!("/api/jobs/{}", first["result"]["jobId"].as_str().unwrap()));

    let row = api.get(&address).await.expect(200);
    assert_eq!((&row["id"], &row["status"]), (&first["result"]["jobId"], &json!("pending")));
    let position = first["position"].as_u64().unwrap();
    let known = api.get(&format!("{address}?knownAt={position}")).await.expect(200);
    assert_eq!(known["phase"]["name"], "pending");
    let before = api.get(&format!("{address}?knownAt={}", position - 1)).await;
    assert_eq!(before.refusal(), (404, "unknown_job"));
    let history = api.get(&format!("{address}/history")).await.expect(200);
    assert_eq!(history["events"][0]["type"], "JobEnqueued");
    assert_eq!(api.get(&format!("{address}/logs")).await.expect(200)["lines"], json!([]));
}

#[tokio::test]
async fn what_stands_for_another_job_is_not_created() {
    let Some(place) = Place::new("unique jobs over HTTP").await else { return };
    let api = place.api().await;
    let body = json!({ "type": "reindex", "payload": 1, "uniqueKey": "eu", "onConflict": "return_existing" });
    let first = api.post("/api/jobs", body.clone()).await.expect(201);
    let second = api.post("/api/jobs", body).await.expect(200);
    assert_eq!(first["result"], second["result"]);
}

#[tokio::test]
async fn one_job_is_answered_for_by_status_and_many_job_by_job() {
    let Some(place) = Place::new("jobs changed over HTTP").await else { return };
    let api = place.api().await;
    let job = enqueue(&api, "export", json!({})).await;
    let outcome = async |action: &str, body: Value| {
        let answer = api.post(&format!("{job}/{action}"), body).await.expect(200);
        answer["result"]["jobs"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("prioritize", json!({ "priority": 7 })).await, "pending");
    assert_eq!(outcome("reschedule", json!({ "runAt": "2026-01-01T00:00:00Z" })).await, "pending");
    assert_eq!(outcome("cancel", json!({ "reason": "changed my mind" })).await, "cancelled");
    assert_eq!(api.get(&job).await.expect(200)["error"], "cancelled: changed my mind");
    let again = api.post(&format!("{job}/cancel"), json!({ "reason": "once more" })).await;
    assert_eq!(again.refusal(), (409, "already_ended"));
    assert_eq!(api.post(&format!("{job}/cancel"), json!({})).await.refusal(), (400, "malformed"));
    let retried = HttpAnswer::to(api.request(Method::POST, &format!("{job}/retry"))).await.expect(200);
    assert_eq!(retried["result"]["jobs"][0]["status"], "pending");

    let (id, unknown) = (job.rsplit('/').next().unwrap(), Uuid::new_v4());
    let many = json!({ "jobs": [id, unknown], "reason": "all of them" });
    let items = api.post("/api/jobs/cancel", many).await.expect(200)["result"]["jobs"].clone();
    assert_eq!((&items[0]["status"], &items[1]["code"]), (&json!("cancelled"), &json!("unknown_job")));
    place.ground.assert_verified().await;
}

#[tokio::test]
async fn the_links_of_a_list_lead_to_every_job_once() {
    let Some(place) = Place::new("job list over HTTP").await else { return };
    let api = place.api().await;
    let jobs: Vec<Value> = (0..7).map(|page| json!({ "type": "export", "payload": page })).collect();
    let enqueued = api.post("/api/jobs/batch", json!({ "jobs": jobs })).await.expect(201);
    enqueue(&api, "import", json!({})).await;
    let pages = pages(&api, "/api/jobs?type=export&limit=3").await;
    assert_eq!(pages.iter().map(|page| page["jobs"].as_array().unwrap().len()).collect::<Vec<_>>(), [3, 3, 1]);
    let mut listed: Vec<&Value> =
        pages.iter().flat_map(|page| page["jobs"].as_array().unwrap()).map(|job| &job["id"]).collect();
    let mut expected: Vec<&Value> = enqueued["result"]["jobIds"].as_array().unwrap().iter().collect();
    let by_text = |id: &&Value| id.as_str().unwrap().to_owned();
    listed.sort_by_key(by_text);
    expected.sort_by_key(by_text);
    assert_eq!(listed, expected);

    assert_eq!(api.get("/api/jobs/count?status=pending").await.expect(200)["jobs"], 8);
    assert_eq!(api.get("/api/jobs/count?type=import").await.expect(200)["jobs"], 1);
    assert!(api.get("/api/jobs/statistics?type=export&step=minute").await.expect(200)["series"].is_array());
    assert_eq!(api.get("/api/jobs?after=x").await.refusal(), (422, "invalid_value"));
    assert_eq!(api.get("/api/jobs?status=done").await.refusal(), (422, "invalid_value"));
    assert_eq!(api.get("/api/jobs?order=id").await.refusal(), (400, "malformed"));
}

#[tokio::test]
async fn a_bulk_action_is_started_followed_and_over() {
    let Some(place) = Place::new("bulk actions over HTTP").await else { return };
    let api = place.api().await;
    for _ in 0..3 {
        enqueue(&api, "export", json!({})).await;
    }
    let start = json!({ "action": { "kind": "cancel" }, "filter": { "type": "export" }, "reason": "too many" });
    let started = api.post("/api/bulk-actions", start).await;
    let address = started.header("location").to_owned();
    started.expect(201);
    let over = eventually(Duration::from_secs(10), "the action is over", async || {
        Some(api.get(&address).await.expect(200)).filter(|action| action["status"] != "running")
    });
    assert_eq!(over.await["changed"], 3);
    assert_eq!(api.get("/api/bulk-actions").await.expect(200)["actions"].as_array().unwrap().len(), 1);
    let cancelled = api.post(&format!("{address}/cancel"), json!({ "reason": "too late" })).await;
    assert_eq!(cancelled.refusal(), (409, "already_ended"));
}

#[tokio::test]
async fn queues_are_configured_paused_and_resumed() {
    let Some(place) = Place::new("queues over HTTP").await else { return };
    let api = place.api().await;
    let configured = json!({ "type": "export", "settings": { "concurrency": 2 } });
    api.put("/api/queues", configured).await.expect(200);
    api.post("/api/queues/pause", json!({ "type": "export", "reason": "maintenance" })).await.expect(200);
    HttpAnswer::to(api.request(Method::POST, "/api/queues/pause")).await.expect(200);
    let queues = api.get("/api/queues").await.expect(200)["queues"].clone();
    assert_eq!((&queues[0]["type"], &queues[0]["isPaused"]), (&json!(null), &json!(true)));
    assert_eq!((&queues[1]["type"], &queues[1]["settings"]["concurrency"]), (&json!("export"), &json!(2)));
    HttpAnswer::to(api.request(Method::POST, "/api/queues/resume")).await.expect(200);
    assert_eq!(api.get("/api/queues").await.expect(200)["queues"][0]["isPaused"], false);
}

#[tokio::test]
async fn a_schedule_is_defined_paused_made_up_for_and_deleted() {
    let Some(place) = Place::new("schedules over HTTP").await else { return };
    let api = place.api().await;
    let schedule =
        json!({ "cron": "0 3 * * *", "timeZone": "Europe/Berlin", "job": { "type": "report", "payload": {} } });
    let defined = api.put("/api/schedules/nightly", schedule.clone()).await.expect(200);
    assert!(defined["result"]["nextFireAt"].is_string(), "{defined}");
    let mut named = schedule.clone();
    named["name"] = json!("other");
    assert_eq!(api.put("/api/schedules/nightly", named).await.refusal(), (400, "malformed"));
    api.put("/api/schedules/weekly", schedule).await.expect(200);

    let row = api.get("/api/schedules/nightly?fireTimes=3").await.expect(200);
    assert_eq!(row["nextFireTimes"].as_array().unwrap().len(), 3);
    assert_eq!(api.get("/api/schedules/nightly?fireTimes=0").await.refusal(), (422, "invalid_value"));
    let pages = pages(&api, "/api/schedules?limit=1").await;
    assert_eq!(pages.iter().map(|page| &page["schedules"][0]["name"]).collect::<Vec<_>>(), ["nightly", "weekly"]);

    api.post("/api/schedules/nightly/pause", json!({ "reason": "holidays" })).await.expect(200);
    assert_eq!(api.get("/api/schedules/nightly").await.expect(200)["pauseReason"], "holidays");
    HttpAnswer::to(api.request(Method::POST, "/api/schedules/nightly/resume")).await.expect(200);
    let span = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-04T00:00:00Z" });
    let backfilled = api.post("/api/schedules/nightly/backfill", span).await.expect(200);
    assert_eq!(backfilled["result"], json!({ "enqueued": 3, "present": 0 }));
    api.delete("/api/schedules/nightly?reason=done%20with%20it").await.expect(200);
    assert_eq!(api.get("/api/schedules/nightly").await.refusal(), (404, "unknown_schedule"));
    assert_eq!(api.delete("/api/schedules/nightly").await.refusal(), (404, "unknown_schedule"));
}
