//! What is left of a deleted tenant or user: the proof that something was there, and nothing of what it was. Looked for with a
//! marker in all that a tenant can say, in every table, every message, and every file of the streams.

use std::{fs, path::Path};

use async_nats::jetstream;
use futures_util::TryStreamExt;
use plinth::secret_token::SecretToken;
use plinth_events::{CommandId, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Audited, LIMIT, define};
use crate::support::{Acting, Ground, eventually};

/// A marker that can stand in a name as well as in a text.
const MARKER: &str = "zq7marker";

/// Has a tenant say the marker in every way that there is.
async fn say_everything(acting: &Acting<'_>, ground: &Ground) {
    let more = json!({
        "payload": { "file": MARKER }, "uniqueKey": MARKER, "concurrencyKey": MARKER, "maxAttempts": 1,
    });
    acting.send("tenant.register", json!({ "name": MARKER })).await.unwrap();
    acting.send("user.register", json!({ "userId": acting.user, "name": MARKER })).await.unwrap();
    acting.send("metric.define", json!({ "code": MARKER, "name": MARKER, "description": MARKER })).await.unwrap();
    acting.send("metric.deprecate", json!({ "code": MARKER, "reason": MARKER })).await.unwrap();
    for user in [json!(null), json!(acting.user)] {
        let widget = json!({ "userId": user, "widgetType": format!("{MARKER}_w"), "config": { "is": MARKER } });
        acting
            .send(if user.is_null() { "dashboard.add-widget" } else { "dashboard.configure-widget" }, widget)
            .await
            .unwrap();
    }
    let configure = json!({ "op": "configure", "widgetType": format!("{MARKER}_w"), "config": { "was": MARKER } });
    acting.send("dashboard.apply-layout", json!({ "userId": acting.user, "ops": [configure] })).await.unwrap();
    acting.send("dashboard.undo", json!({ "userId": acting.user })).await.unwrap();
    acting.send("dashboard.declare-type", json!({ "widgetType": MARKER, "title": MARKER })).await.unwrap();
    acting.send("queue.configure", json!({ "type": MARKER, "settings": { "concurrency": 9 } })).await.unwrap();
    let schedule = json!({ "name": MARKER, "cron": "0 3 1 1 *", "job": { "type": MARKER, "payload": MARKER } });
    acting.send("schedule.define", schedule).await.unwrap();
    let job = acting.enqueue(MARKER, more).await;
    let token = acting.start(&job, 60).await;
    let noted = |key: &str, value: Value| json!({ "jobs": [{ "jobId": job, "token": token, key: value }] });
    acting.item("job.checkpoint", noted("checkpoint", json!(MARKER))).await;
    acting.item("job.log", noted("lines", json!([{ "level": "info", "message": MARKER }]))).await;
    acting.item("job.fail", noted("error", json!(MARKER))).await;
    acting.enqueue(MARKER, json!({ "payload": MARKER })).await;
    eventually(LIMIT, "the job in the work queue", async || {
        streams(ground).await.contains(&ground.subjects.jobs_stream()).then_some(())
    })
    .await;
    let filter = json!({ "type": MARKER });
    let action = json!({ "action": { "kind": "cancel" }, "filter": filter, "reason": MARKER });
    acting.send("bulk-action.start", action).await.unwrap();
    let key = json!({
        "keyId": Uuid::new_v4(), "name": MARKER, "scopes": ["jobs:read"], "digest": SecretToken::mint().digest(),
    });
    acting.send("api-key.create", key).await.unwrap();
    let id = CommandId(Uuid::new_v4());
    acting
        .publish(id, "metric.define", json!({ "code": format!("{MARKER}_2"), "name": "a", "description": MARKER }))
        .await;
    acting.receipt(id).await.unwrap();
}

/// The tables that have the marker in a row.
async fn tables(ground: &Ground) -> Vec<String> {
    let pool = ground.pool().await;
    let all: Vec<(String, String)> = sqlx::query_as(
        "select table_schema::text, table_name::text from information_schema.tables
         where table_schema in ('public', 'plinth') and table_type = 'BASE TABLE'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for (schema, table) in all {
        let rows =
            format!(r#"select count(*) from "{schema}"."{table}" as one where position('{MARKER}' in one::text) > 0"#);
        let rows: i64 = sqlx::query_scalar(&rows).fetch_one(&pool).await.unwrap();
        if rows > 0 {
            found.push(table);
        }
    }
    found.sort();
    found
}

/// The streams that have the marker in a message.
async fn streams(ground: &Ground) -> Vec<String> {
    let jetstream = jetstream::new(ground.nats().await);
    let names: Vec<String> = jetstream.stream_names().try_collect().await.unwrap();
    let mut found = Vec::new();
    for name in names {
        let stream = jetstream.get_stream(&name).await.unwrap();
        let state = stream.cached_info().state.clone();
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let text =
                format!("{} {:?} {}", message.subject, message.headers, String::from_utf8_lossy(&message.payload));
            if text.contains(MARKER) && found.last() != Some(&name) {
                found.push(name.clone());
            }
        }
    }
    found.sort();
    found
}

/// The message files under a folder that have the marker.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "blk") {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// Waits until an event says that all is erased; its data.
async fn erased(ground: &Ground, tenant: TenantId, event_type: &str) -> Value {
    let pool = ground.pool().await;
    let data = eventually(LIMIT, event_type, async || {
        sqlx::query_scalar::<_, String>(
            "select payload::text from plinth.events where tenant_id = $1 and event_type = $2",
        )
        .bind(tenant.0)
        .bind(event_type)
        .fetch_optional(&pool)
        .await
        .unwrap()
    })
    .await;
    serde_json::from_str(&data).unwrap()
}

#[tokio::test]
async fn nothing_is_left_of_a_deleted_tenant_but_the_proof_that_it_was_there() {
    let Some(ground) = Ground::with_own_servers("erasing a tenant").await else { return };
    let audited = Audited::on(ground).await;
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let (gone, other) = (Acting::new(&client).await, Acting::new(&client).await);
    say_everything(&gone, &audited.ground).await;
    define(&other, "churn", 0..3).await;
    audited.checkpoint(&replica).await;
    let before = audited.export(&other.tenant, &[]).await;
    let expected = [
        "Job",
        "MetricDefinition",
        "DashboardWidget",
        "Tenant",
        "User",
        "events",
        "commands",
        "job_log",
        "job_checkpoint",
        "schedule",
        "bulk_action",
        "api_key",
        "queue",
        "metric_timeline",
        "dashboard_layout",
    ];
    let found = tables(&audited.ground).await;
    assert!(expected.iter().all(|table| found.iter().any(|found| found == table)), "said in {found:?}");

    gone.send("tenant.delete", json!({})).await.unwrap();
    let said = erased(&audited.ground, gone.tenant, "TenantErased").await;
    assert!(said["events"].as_u64().unwrap() > 15, "{said}");
    assert_eq!(tables(&audited.ground).await, Vec::<String>::new());
    // the intake takes out by itself what it handled, a moment after the receipt
    eventually(LIMIT, "streams without the marker", async || streams(&audited.ground).await.is_empty().then_some(()))
        .await;

    // the rest of the log is as it was, and the tree over all of it too
    audited.checkpoint(&replica).await;
    let path = audited.export(&gone.tenant, &[]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!(report["erased"], said["events"]);
    let key = audited.public_key();
    let proof = audited.ground.plinth(&["audit", "consistency", "--from", &before, "--key", &key]).await;
    assert!(proof.status.success(), "{}", String::from_utf8_lossy(&proof.stderr));
    audited.ground.assert_verified().await;
    assert!(audited.ground.plinth(&["rebuild"]).await.status.success());
    audited.ground.assert_verified().await;
    assert_eq!(Acting::refusal(gone.send("tenant.register", json!({ "name": "x" })).await), "tenant_deleted");

    // a replica that knows nothing yet, and a stream that is made anew
    replica.kill().await;
    let jetstream = jetstream::new(audited.ground.nats().await);
    jetstream.delete_stream(audited.ground.subjects.events_stream()).await.unwrap();
    let _replica = audited.replica().await;
    assert_eq!(Acting::refusal(gone.send("tenant.delete", json!({})).await), "tenant_deleted");
    let position = audited.ground.position().await;
    eventually(LIMIT, "the stream of events, made anew", async || {
        let stream = jetstream.get_stream(audited.ground.subjects.events_stream()).await.ok()?;
        (stream.cached_info().state.last_sequence == position).then_some(())
    })
    .await;
    assert_eq!(streams(&audited.ground).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_erased_in_a_stream_is_not_on_its_disk() {
    let Some(ground) = Ground::with_own_servers("erasing on disk").await else { return };
    let audited = Audited::on(ground).await;
    let _replica = audited.replica().await;
    let client = audited.ground.client().await;
    let gone = Acting::new(&client).await;
    for version in 0..5 {
        let body = json!({ "code": MARKER, "name": format!("{version}"), "description": MARKER });
        gone.send("metric.define", body).await.unwrap();
    }
    let folder = audited.ground.nats_folder();
    eventually(LIMIT, "the marker on disk", async || (!files(&folder).is_empty()).then_some(())).await;
    gone.send("tenant.delete", json!({})).await.unwrap();
    erased(&audited.ground, gone.tenant, "TenantErased").await;
    eventually(LIMIT, "files without the marker", async || files(&folder).is_empty().then_some(())).await;
}

#[tokio::test]
async fn nothing_is_left_of_what_was_said_of_a_deleted_user() {
    let Some(audited) = Audited::new("erasing a user").await else { return };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let acting = Acting::new(&client).await;
    let user = json!(Uuid::new_v4());
    acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": "revenue" })).await.unwrap();
    acting.send("user.register", json!({ "userId": user, "name": MARKER })).await.unwrap();
    let widget = json!({ "userId": user, "widgetType": "revenue", "config": { "is": MARKER } });
    acting.send("dashboard.configure-widget", widget).await.unwrap();
    acting.send("user.delete", json!({ "userId": user })).await.unwrap();
    let said = erased(&audited.ground, acting.tenant, "UserErased").await;
    assert_eq!((&said["userId"], &said["events"]), (&user, &json!(2)));
    assert_eq!((tables(&audited.ground).await, streams(&audited.ground).await), (Vec::new(), Vec::new()));
    audited.checkpoint(&replica).await;
    let path = audited.export(&acting.tenant, &[]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!((&report["events"], &report["erased"]), (&json!(7), &json!(2)));
    audited.ground.assert_verified().await;
    let again = acting.send("user.register", json!({ "userId": user, "name": "x" })).await;
    assert_eq!(Acting::refusal(again), "user_deleted");
}

#[tokio::test]
async fn the_log_lets_nobody_erase_in_another_way() {
    let Some(audited) = Audited::new("the trigger of the log").await else { return };
    let _replica = audited.replica().await;
    let client = audited.ground.client().await;
    let _acting = Acting::new(&client).await;
    let pool = audited.ground.pool().await;
    let digest = format!(r#"'{{"erased":"{}="}}'"#, "A".repeat(43));
    let names =
        "aggregate_id = tenant_id || '/' || event_id, subject_tail = aggregate_type || '.' || event_id || '.erased'";
    let whole = format!("update plinth.events set {names}, payload = {digest}, metadata = '{{}}'");
    for (is_allowed, statement) in [
        ("off", whole.as_str()),
        ("on", &whole.replace("metadata = '{}'", "metadata = '{}', recorded_at = recorded_at + interval '1 s'")),
        ("on", &whole.replace("metadata = '{}'", "metadata = '{\"a\":1}'")),
        ("on", &whole.replace(r#""erased""#, r#""said""#)),
        ("on", &format!("update plinth.events set payload = {digest}")),
        ("on", "update plinth.events set position = position + 1"),
        ("on", "delete from plinth.events"),
    ] {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("select set_config('plinth.erasing', $1, true)")
            .bind(is_allowed)
            .execute(&mut *transaction)
            .await
            .unwrap();
        let error = sqlx::query(statement).execute(&mut *transaction).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
}
