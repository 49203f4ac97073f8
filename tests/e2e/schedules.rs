//! Schedules from outside: every fire time gets its job once, whoever dies; and what gets none is told.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Timelike, Utc};
use plinth_events::{ids::scheduled_job_id, invitation::JobInvitation, query::schedule::ScheduleRow};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for something that is due within a second.
const SOON: Duration = Duration::from_secs(10);
/// Fire times of a dead replica are made up for after this.
const TAKE_OVER_LIMIT: Duration = Duration::from_secs(20);

impl Acting<'_> {
    /// Defines a schedule that enqueues jobs of the type of its name.
    async fn define(&self, name: &str, cron: &str, more: Value) {
        let mut body = json!({ "name": name, "cron": cron, "job": { "type": name, "payload": { "kind": "daily" } } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.result("schedule.define", body).await;
    }

    async fn schedule(&self, name: &str) -> ScheduleRow {
        serde_json::from_str(&self.query("schedule.get", json!({ "name": name })).await.unwrap().to_string()).unwrap()
    }

    /// The jobs of a type by the query, oldest first.
    async fn jobs_of(&self, job_type: &str) -> Vec<Value> {
        let mut page = self.query("job.list", json!({ "type": job_type, "limit": 1000 })).await.unwrap();
        let Value::Array(mut jobs) = page["jobs"].take() else { panic!("no jobs") };
        jobs.reverse();
        jobs
    }

    /// The events of a schedule so far: type and data.
    async fn schedule_events(&self, name: &str) -> Vec<(String, Value)> {
        let page = self.query("events.read", json!({ "limit": 1000 })).await.unwrap();
        let events = page["events"].as_array().unwrap().iter();
        let of_schedule = events.filter(|event| event["aggregateType"] == "schedule" && event["data"]["name"] == name);
        of_schedule.map(|event| (event["type"].as_str().unwrap().to_owned(), event["data"].clone())).collect()
    }

    /// Waits for so many events of a type, and returns their data.
    async fn await_events(&self, name: &str, event_type: &str, count: usize) -> Vec<Value> {
        eventually(SOON, &format!("{count} times {event_type} of {name}"), async || {
            let events = self.schedule_events(name).await.into_iter();
            let found: Vec<Value> = events.filter(|event| event.0 == event_type).map(|event| event.1).collect();
            (found.len() >= count).then_some(found)
        })
        .await
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn each_fire_time_gets_its_job_once_although_the_replica_that_fires_is_killed() {
    let Some(ground) = Ground::new("the replica that fires is killed").await else { return };
    let first = ground.replica().await;
    let pool = ground.pool().await;
    eventually(SOON, "the first replica fires", async || held(&pool).await.then_some(())).await;
    let _second = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.define("tick", "* * * * * *", json!({})).await;
    let before = acting.await_events("tick", "ScheduleFired", 2).await;
    first.kill().await;
    let killed = Instant::now();
    eventually(TAKE_OVER_LIMIT, "the other replica made up for it", async || {
        let last = acting.schedule("tick").await.last_fire_time?;
        let in_time = Utc::now() - last.utc() < chrono::Duration::seconds(2);
        (in_time && killed.elapsed() > Duration::from_secs(2)).then_some(())
    })
    .await;
    acting.result("schedule.pause", json!({ "name": "tick" })).await;

    let events = acting.schedule_events("tick").await;
    let fired: Vec<Value> =
        events.into_iter().filter(|event| event.0 == "ScheduleFired").map(|event| event.1).collect();
    assert!(fired.len() > before.len());
    for pair in fired.windows(2) {
        assert_eq!(time(&pair[1]["fireTime"]) - time(&pair[0]["fireTime"]), chrono::Duration::seconds(1));
    }
    let jobs: Vec<Value> = acting.jobs_of("tick").await.into_iter().map(|mut job| job["id"].take()).collect();
    assert_eq!(jobs, fired.iter().map(|event| event["jobId"].clone()).collect::<Vec<_>>());
    ground.assert_verified().await;
}

/// Whether a replica has the duty.
async fn held(pool: &PgPool) -> bool {
    sqlx::query_scalar("select exists (select from plinth.duties where name = 'scheduler')")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_job_says_which_fire_time_it_is_for() {
    let Some(ground) = Ground::new("the fire time of a job").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let more = json!({ "job": { "type": "report", "payload": { "kind": "daily" }, "maxAttempts": 7, "priority": 4 } });
    acting.define("report", "* * * * * *", more).await;
    let fired = acting.await_events("report", "ScheduleFired", 1).await.remove(0);
    let JobInvitation { job_id, schedule, payload, max_attempts, .. } = ground.invitation("report").await;
    let schedule = schedule.unwrap();
    assert_eq!((schedule.name.as_str(), json!(schedule.fire_time)), ("report", fired["fireTime"].clone()));
    assert_eq!(json!(job_id), fired["jobId"]);
    assert_eq!(job_id, scheduled_job_id(acting.tenant, &schedule.name, schedule.fire_time));
    assert_eq!((payload.as_str(), max_attempts), (r#"{"kind": "daily"}"#, 7));
}

#[tokio::test]
async fn what_was_missed_while_no_replica_ran_is_skipped_run_once_or_caught_up() {
    let Some(ground) = Ground::new("missed fire times").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let policies = [("skipping", json!({ "catchUp": 0 })), ("once", json!({})), ("three", json!({ "catchUp": 3 }))];
    for (name, policy) in policies {
        acting.define(name, "*/10 * * * *", policy).await;
    }
    assert_eq!(replica.stop().await, Some(0));
    let due = an_hour_ago(&ground.pool().await).await;
    let _replica = ground.replica().await;
    for (name, jobs) in [("skipping", 0), ("once", 1), ("three", 3)] {
        let skipped = acting.await_events(name, "ScheduleSkipped", 1).await.remove(0);
        assert_eq!((time(&skipped["from"]), &skipped["reason"]), (due, &json!("misfire")));
        let count = skipped["count"].as_u64().unwrap();
        // six or seven in an hour and a little
        assert!((6..=7).contains(&(count + jobs as u64)), "{skipped}");
        let fired = match jobs {
            0 => Vec::new(),
            jobs => acting.await_events(name, "ScheduleFired", jobs).await,
        };
        assert_eq!(acting.jobs_of(name).await.len(), jobs);
        let behind = fired.last().map_or(&skipped, |last| last);
        assert!(time(&behind["nextFireAt"]) > Utc::now(), "{behind}");
    }
    ground.assert_verified().await;
}

/// Makes the log say what it would say had the replicas been away for an hour; the fire time that was due then.
async fn an_hour_ago(pool: &PgPool) -> DateTime<Utc> {
    let hour_ago = Utc::now() - chrono::Duration::hours(1);
    let due =
        hour_ago.with_minute(hour_ago.minute() / 10 * 10).unwrap().with_second(0).unwrap().with_nanosecond(0).unwrap();
    let mut connection = pool.acquire().await.unwrap();
    for statement in [
        "set session_replication_role = replica",
        "update plinth.events set payload = jsonb_set(payload::jsonb, '{nextFireAt}', to_jsonb(to_char($1 at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')))::json where event_type = 'ScheduleDefined'",
        "update plinth.schedule set next_fire_at = $1",
        "reset session_replication_role",
    ] {
        let query = sqlx::query(statement);
        let query = if statement.contains("$1") { query.bind(due) } else { query };
        query.execute(&mut *connection).await.unwrap();
    }
    due
}

#[tokio::test]
async fn a_job_that_still_runs_skips_its_successors_or_makes_way_for_them() {
    let Some(ground) = Ground::new("overlapping jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.define("patient", "* * * * * *", json!({ "overlap": "skip" })).await;
    acting.define("urgent", "* * * * * *", json!({ "overlap": "cancelPrevious" })).await;

    let skipped = acting.await_events("patient", "ScheduleSkipped", 2).await;
    assert_eq!((&skipped[0]["reason"], &skipped[0]["count"]), (&json!("overlap"), &json!(1)));
    let first = acting.jobs_of("patient").await;
    assert_eq!(first.len(), 1, "{first:?}");
    let done = acting.start(&first[0]["id"], 30).await;
    acting.result("job.complete", json!({ "jobs": [{ "jobId": first[0]["id"], "token": done }] })).await;
    acting.await_events("patient", "ScheduleFired", 2).await;

    acting.await_events("urgent", "ScheduleFired", 3).await;
    acting.result("schedule.delete", json!({ "name": "urgent" })).await;
    let jobs = acting.jobs_of("urgent").await;
    let (last, before) = jobs.split_last().unwrap();
    assert_eq!(last["status"], "pending");
    for job in before {
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with("cancelled: schedule urgent fires again for 20"), "{error}");
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_paused_schedule_enqueues_nothing_until_it_is_resumed_and_a_deleted_one_never() {
    let Some(ground) = Ground::new("pause and resume").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.define("tick", "* * * * * *", json!({ "description": "Often." })).await;
    acting.await_events("tick", "ScheduleFired", 1).await;
    acting.result("schedule.pause", json!({ "name": "tick", "reason": "too often" })).await;
    let paused = acting.schedule("tick").await;
    assert_eq!(
        (paused.paused, paused.pause_reason.unwrap().as_str(), paused.next_fire_times),
        (true, "too often", vec![])
    );
    let jobs = acting.jobs_of("tick").await.len();
    acting.define("witness", "* * * * * *", json!({})).await;
    acting.await_events("witness", "ScheduleFired", 2).await;
    assert_eq!(acting.jobs_of("tick").await.len(), jobs);

    let resumed = acting.result("schedule.resume", json!({ "name": "tick" })).await;
    let next = acting.await_events("tick", "ScheduleFired", jobs + 1).await.remove(jobs);
    assert_eq!(next["fireTime"], resumed["nextFireAt"]);
    assert_eq!(acting.schedule("tick").await.next_fire_times.len(), 5);
    acting.result("schedule.delete", json!({ "name": "tick" })).await;
    assert_eq!(Acting::refusal(acting.query("schedule.get", json!({ "name": "tick" })).await), "unknown_schedule");
    let listed = acting.query("schedule.list", json!({})).await.unwrap();
    let names: Vec<&Value> = listed["schedules"].as_array().unwrap().iter().map(|schedule| &schedule["name"]).collect();
    assert_eq!((names, &listed["next"]), (vec![&json!("witness")], &Value::Null));

    acting.send("tenant.delete", json!({})).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("select count(*) from plinth.schedule").fetch_one(&ground.pool().await).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_backfill_enqueues_the_jobs_of_past_fire_times_once() {
    let Some(ground) = Ground::new("backfill").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.define("report", "30 2 * * *", json!({ "timeZone": "Europe/Berlin" })).await;
    let march = json!({ "name": "report", "from": "2026-03-28T00:00:00Z", "until": "2026-03-31T00:00:00Z" });
    let result = acting.result("schedule.backfill", march.clone()).await;
    assert_eq!(result, json!({ "enqueued": 3, "present": 0 }));
    let again = acting.send("schedule.backfill", march).await.unwrap();
    assert_eq!((again.result.get(), again.events), (r#"{"enqueued":0,"present":3}"#, vec![]));
    let wider = json!({ "name": "report", "from": "2026-03-27T00:00:00Z", "until": "2026-03-31T00:00:00Z" });
    assert_eq!(acting.result("schedule.backfill", wider).await, json!({ "enqueued": 1, "present": 3 }));

    let mut fire_times = BTreeMap::new();
    for _ in 0..4 {
        let JobInvitation { job_id, schedule, .. } = ground.invitation("report").await;
        fire_times.insert(schedule.unwrap().fire_time.to_string(), job_id);
    }
    let expected = ["2026-03-27T01:30:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    assert!(fire_times.keys().map(String::as_str).eq(expected), "{fire_times:?}");
    assert_eq!(acting.jobs_of("report").await.len(), 4);
    ground.assert_verified().await;
}

#[tokio::test]
async fn the_program_shows_fire_times_as_the_clock_there_does() {
    let Some(ground) = Ground::new("plinth schedule").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.define("tokyo", "30 9 1 1 *", json!({ "timeZone": "Asia/Tokyo" })).await;
    acting.define("idle", "@yearly", json!({})).await;
    acting.result("schedule.pause", json!({ "name": "idle" })).await;
    let tenant = acting.tenant.to_string();
    let printed = async |arguments: &[&str]| {
        let output = ground.plinth(&[&["schedule", "--tenant", &tenant], arguments].concat()).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let list = printed(&["list"]).await;
    let tokyo = list.lines().find(|line| line.contains("tokyo")).unwrap();
    assert!(tokyo.contains("-01-01 09:30:00 JST") && tokyo.contains("-01-01 00:30:00 │"), "{list}");
    assert!(list.lines().find(|line| line.contains("idle")).unwrap().contains("paused"), "{list}");
    let shown = printed(&["show", "tokyo", "--fire-times", "7"]).await;
    assert_eq!(shown.matches("-01-01 09:30:00 JST").count(), 7, "{shown}");
    let json: Value = serde_json::from_str(&printed(&["show", "tokyo", "--json"]).await).unwrap();
    assert_eq!(json["nextFireTimes"].as_array().unwrap().len(), 5);
    let unknown = ground.plinth(&["schedule", "--tenant", &tenant, "show", "other"]).await;
    assert!(!unknown.status.success() && unknown.stderr.starts_with(b"refused: unknown_schedule (404)"));
}

#[tokio::test]
async fn a_backfill_right_behind_the_definition_in_one_batch_sees_it() {
    let Some(ground) = Ground::new("definition and backfill in one batch").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let ids = [(); 4].map(|()| plinth_events::CommandId(uuid::Uuid::new_v4()));
    let define = |cron: &str| json!({ "name": "report", "cron": cron, "job": { "type": "report", "payload": {} } });
    let window = json!({ "name": "report", "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    acting.publish(ids[0], "schedule.define", define("0 */12 * * *")).await;
    acting.publish(ids[1], "schedule.backfill", window.clone()).await;
    acting.publish(ids[2], "schedule.define", define("0 */6 * * *")).await;
    acting.publish(ids[3], "schedule.backfill", window).await;
    let result = acting.receipt(ids[3]).await.unwrap();
    assert_eq!(result.result.get(), r#"{"enqueued":2,"present":2}"#);
}

#[tokio::test]
async fn a_schedule_without_sense_is_refused_with_what_would_be_right() {
    let Some(ground) = Ground::new("bad schedules").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let refused = async |cron: &str, zone: &str| {
        let body = json!({ "name": "x", "cron": cron, "timeZone": zone, "job": { "type": "x", "payload": 1 } });
        match acting.send("schedule.define", body).await {
            Err(plinth_client::SendError::Refused { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    let problem = refused("0 24 * * *", "Europe/Berln").await;
    assert_eq!((problem.code.as_str(), problem.status), ("invalid_value", 422));
    let errors: Vec<(&str, &str)> =
        problem.errors.iter().map(|error| (error.pointer.as_str(), error.message.as_str())).collect();
    assert_eq!(errors[0].0, "/cron");
    assert!(errors[0].1.starts_with("cron 0 24 * * * is not a cron pattern: its hour is 24, allowed are * and 0-23"));
    let meant = "there is no time zone Europe/Berln in the IANA database, did you mean Europe/Berlin?";
    assert_eq!(errors[1], ("/timeZone", meant));
    assert_eq!(refused("0 0 31 2 *", "UTC").await.detail, "cron 0 0 31 2 * never fires: no month has such a day");
    for (command, body) in [
        ("schedule.pause", json!({ "name": "x" })),
        ("schedule.resume", json!({ "name": "x" })),
        ("schedule.delete", json!({ "name": "x" })),
        ("schedule.backfill", json!({ "name": "x", "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" })),
    ] {
        assert_eq!(Acting::refusal(acting.send(command, body).await), "unknown_schedule");
    }
    let more =
        json!({ "name": "x", "cron": "@daily", "job": { "type": "x", "payload": 1, "runAt": "2026-03-01T00:00:00Z" } });
    assert_eq!(Acting::refusal(acting.send("schedule.define", more).await), "malformed");
}
