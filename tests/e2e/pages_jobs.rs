//! The pages about jobs and schedules, as a browser without scripts gets them, with a key in place of a session.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use plinth_events::Scope;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica, eventually, text};

const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'";
const LIMIT: Duration = Duration::from_secs(20);

/// Where a form leads that was accepted.
#[track_caller]
fn leads_to(answer: &HttpAnswer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header(LOCATION.as_str()).to_owned()
}

/// Somebody who may do everything with jobs.
async fn operator(replica: &Replica, acting: &Acting<'_>) -> Api {
    Api::with_scopes(replica, acting, &[Scope::JobsRead, Scope::JobsWrite, Scope::JobsOperate]).await
}

/// A time that does not come while a test runs, as the field for one sends it.
fn tomorrow() -> String {
    (Utc::now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M").to_string()
}

#[tokio::test]
async fn a_job_is_enqueued_cancelled_and_tried_again_by_forms_alone() {
    let Some(ground) = Ground::new("a_job_is_enqueued_cancelled_and_tried_again_by_forms_alone").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = operator(&replica, &acting).await;
    assert!(text(api.get("/jobs").await, 200).contains("No jobs yet"));
    assert!(text(api.get("/jobs/list").await, 200).contains("No jobs yet"));

    let wrong = [("type", "Sync"), ("payload", "{\"a\": 1"), ("priority", "high")];
    let page = text(api.submit("/jobs/new", &wrong).await, 422);
    assert!(page.contains("This is not JSON") && page.contains("{&quot;a&quot;: 1"), "{page}");
    let wrong = [("type", "Sync"), ("payload", "{}"), ("priority", "high"), ("runAt", "soon")];
    let page = text(api.submit("/jobs/new", &wrong).await, 400);
    for id in ["field-type-error", "field-priority-error", "field-runAt-error"] {
        assert!(page.contains(id), "{id}: {page}");
    }

    let tomorrow = tomorrow();
    let fields = [("type", "sync"), ("payload", "{\"big\": 1.10}"), ("runAt", &*tomorrow), ("priority", "7")];
    let job = leads_to(&api.submit("/jobs/new", &[&fields[..], &[("maxAttempts", "2")]].concat()).await);
    let page = text(api.get(&job).await, 200);
    for part in ["pending", "1.10", "for its time", "0 of 2", "every 2s", "Enqueued"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let cancel = format!("{job}/cancel");
    assert!(text(api.get(&cancel).await, 200).contains("Cancel sync?"));
    assert!(text(api.submit(&cancel, &[("reason", " ")]).await, 422).contains("field-reason-error"));
    assert_eq!(leads_to(&api.submit(&cancel, &[("reason", "not needed")]).await), job);
    let page = text(api.get(&job).await, 200);
    assert!(page.contains("cancelled: not needed") && !page.contains("every 2s"), "{page}");

    assert!(text(api.submit(&cancel, &[("reason", "again")]).await, 409).contains("Cancel sync?"));
    assert_eq!(leads_to(&api.submit(&format!("{job}/retry"), &[]).await), job);
    assert!(text(api.get(&job).await, 200).contains("Given a new set of attempts"));
    assert_eq!(api.submit(&format!("{job}/retry"), &[]).await.status, 409);
    assert_eq!(api.get("/jobs/01a20510-35f8-76f7-973b-50a1970eccd4").await.status, 404);
}

#[tokio::test]
async fn a_job_shows_its_attempts_its_log_and_what_came_of_it() {
    let Some(ground) = Ground::new("a_job_shows_its_attempts_its_log_and_what_came_of_it").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = operator(&replica, &acting).await;
    let parent = acting.enqueue("sync", json!({ "payload": { "hostile": HOSTILE } })).await;
    let child = acting.enqueue("sync", json!({ "dependsOn": [parent] })).await;
    let (path, child) = (format!("/jobs/{}", parent.as_str().unwrap()), format!("/jobs/{}", child.as_str().unwrap()));
    let page = text(api.get(&child).await, 200);
    assert!(page.contains("waits for other jobs") && page.contains(&path), "{page}");
    let page = text(api.get(&path).await, 200);
    assert!(page.contains("Waiting for it") && page.contains(&child), "{page}");

    let token = acting.start(&parent, 60).await;
    let beat = json!({ "jobId": parent, "token": token, "progress": 40, "message": HOSTILE });
    acting.send("job.heartbeat", json!({ "worker": "worker", "jobs": [beat] })).await.unwrap();
    let lines = json!([{ "level": "warn", "message": HOSTILE }]);
    acting.send("job.log", json!({ "jobs": [{ "jobId": parent, "token": token, "lines": lines }] })).await.unwrap();
    for path in [&path, "/jobs/list?status=processing"] {
        let page = text(api.get(path).await, 200);
        assert!(page.contains("40 %") && page.contains("&lt;img") && !page.contains("<img"), "{page}");
    }
    let failure = json!({ "jobId": parent, "token": token, "error": HOSTILE, "kind": "broken", "retryable": false,
        "details": { "hostile": HOSTILE } });
    acting.send("job.fail", json!({ "jobs": [failure] })).await.unwrap();
    let page = text(api.get(&path).await, 200);
    for part in ["Attempt 1 failed", "broken", "Details of the error", "bar-failed", "Try again", "for good"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<img"), "hostile text is escaped");
    assert!(!page.contains("Waiting for it"), "{page}");
    let page = text(api.get("/jobs/list?type=sync&status=failed").await, 200);
    assert!(page.contains(&path) && !page.contains("<img"), "{page}");
}

#[tokio::test]
async fn many_jobs_are_cancelled_after_a_preview() {
    let Some(ground) = Ground::new("many_jobs_are_cancelled_after_a_preview").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = operator(&replica, &acting).await;
    let jobs: Vec<Value> =
        (0..60).map(|_| json!({ "type": "sync", "payload": {}, "runAt": format!("{}:00Z", tomorrow()) })).collect();
    acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
    acting.enqueue("other", json!({ "runAt": format!("{}:00Z", tomorrow()) })).await;

    let first = text(api.get("/jobs/list?type=sync").await, 200);
    let (_, next) = first.split_once("after=").unwrap();
    let next = next.split('"').next().unwrap();
    assert_eq!(first.matches("class=\"job-name\"").count(), 50);
    let second = text(api.get(&format!("/jobs/list?type=sync&after={next}")).await, 200);
    assert_eq!(second.matches("class=\"job-name\"").count(), 10);

    let form = text(api.get("/jobs/bulk/new?type=sync&status=pending").await, 200);
    assert!(form.contains("value=\"sync\"") && form.contains("value=\"pending\" selected"), "{form}");
    let fields = [("type", "sync"), ("status", "pending"), ("action", "cancel")];
    let refused = text(api.submit("/jobs/bulk/new", &[&fields[..], &[("do", "preview")]].concat()).await, 422);
    assert!(refused.contains("field-reason-error"), "{refused}");
    let fields = [&fields[..], &[("reason", HOSTILE)]].concat();
    let preview = text(api.submit("/jobs/bulk/new", &[&fields[..], &[("do", "preview")]].concat()).await, 200);
    assert!(preview.contains("Cancel 60 jobs?") && !preview.contains("<img"), "{preview}");
    assert!(text(api.get("/jobs/bulk").await, 200).contains("No bulk actions yet"), "a preview does nothing");
    let again = text(api.submit("/jobs/bulk/new", &[&fields[..], &[("do", "change")]].concat()).await, 200);
    assert!(again.contains("Which jobs") && again.contains("&lt;img"));

    let action = leads_to(&api.submit("/jobs/bulk/new", &[&fields[..], &[("do", "start")]].concat()).await);
    eventually(LIMIT, "the action is over", async || {
        text(api.get(&action).await, 200).contains("finished").then_some(())
    })
    .await;
    assert!(text(api.get("/jobs/bulk").await, 200).contains("60 of 60"));
    let stop = api.submit(&format!("{action}/stop"), &[("reason", "too late")]).await;
    assert!(stop.status == 409 || stop.status == 303, "{stop:?}");
}

#[tokio::test]
async fn jobs_of_a_type_and_schedules_are_paused_and_resumed() {
    let Some(ground) = Ground::new("jobs_of_a_type_and_schedules_are_paused_and_resumed").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = operator(&replica, &acting).await;
    assert!(text(api.get("/jobs/pause?type=sync").await, 200).contains("Pause sync?"));
    assert_eq!(leads_to(&api.submit("/jobs/pause", &[("type", "sync"), ("reason", "maintenance")]).await), "/jobs");
    assert!(text(api.get("/jobs").await, 200).contains("Resume sync"));
    assert_eq!(leads_to(&api.submit("/jobs/resume", &[("type", "sync")]).await), "/jobs");
    assert_eq!(leads_to(&api.submit("/jobs/pause", &[]).await), "/jobs");
    assert!(text(api.get("/jobs?range=7d").await, 200).contains("All jobs are paused"));

    assert!(text(api.get("/schedules").await, 200).contains("No schedules yet"));
    let fields = [("name", "nightly"), ("type", "sync"), ("payload", "{\"a\": 1.10}"), ("timeZone", "Europe/Berlin")];
    let wrong = [&fields[..], &[("cron", "0 25 * * *"), ("overlap", "skip")]].concat();
    assert!(text(api.submit("/schedules/new-schedule", &wrong).await, 422).contains("field-cron-error"));
    let right = [&fields[..], &[("cron", "0 7 * * *"), ("overlap", "skip")]].concat();
    assert_eq!(leads_to(&api.submit("/schedules/new-schedule", &right).await), "/schedules/nightly");
    assert!(text(api.submit("/schedules/new-schedule", &right).await, 422).contains("is there already"));
    let page = text(api.get("/schedules/nightly").await, 200);
    assert_eq!(page.matches(":00:00 UTC").count(), 5, "{page}");
    let changed = [&fields[..], &[("cron", "0 8 * * *")]].concat();
    assert_eq!(leads_to(&api.submit("/schedules/nightly/edit", &changed).await), "/schedules/nightly");
    assert!(text(api.get("/schedules/nightly/edit").await, 200).contains("0 8 * * *"));
    api.submit("/schedules/nightly/pause", &[("reason", HOSTILE)]).await.expect(303);
    for path in ["/schedules", "/schedules/nightly"] {
        let page = text(api.get(path).await, 200);
        assert!(page.contains("paused") && page.contains("/resume") && !page.contains("<img"), "{page}");
    }
    assert_eq!(leads_to(&api.submit("/schedules/nightly/resume", &[]).await), "/schedules/nightly");
    assert!(text(api.get("/schedules/nightly/delete").await, 200).contains("Delete nightly?"));
    assert_eq!(leads_to(&api.submit("/schedules/nightly/delete", &[]).await), "/schedules");
    assert_eq!(api.get("/schedules/nightly").await.status, 404);
}

#[tokio::test]
async fn a_schedule_shows_when_it_fired_and_which_fire_times_it_skipped() {
    let Some(ground) = Ground::new("a_schedule_shows_when_it_fired_and_which_fire_times_it_skipped").await else {
        return;
    };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = operator(&replica, &acting).await;
    let job = json!({ "type": "sync", "payload": {} });
    let define = json!({ "name": "patient", "cron": "* * * * * *", "overlap": "skip", "job": job });
    acting.send("schedule.define", define).await.unwrap();
    eventually(LIMIT, "a fire time is skipped", async || {
        let page = text(api.get("/schedules/patient").await, 200);
        let happened = ["Defined", "Fired", "Skipped 1 fire time", "the job of the fire time before had not ended"];
        happened.iter().all(|part| page.contains(part)).then_some(())
    })
    .await;
    acting.send("schedule.pause", json!({ "name": "patient", "reason": HOSTILE })).await.unwrap();
    let page = text(api.get("/schedules/patient").await, 200);
    let (_, happened) = page.split_once("What happened").unwrap();
    assert!(happened.find("Paused") < happened.find("Fired") && !page.contains("<img"), "{page}");
}

#[tokio::test]
async fn who_may_only_read_jobs_sees_no_buttons_and_changes_nothing() {
    let Some(ground) = Ground::new("who_may_only_read_jobs_sees_no_buttons_and_changes_nothing").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("sync", json!({ "runAt": format!("{}:00Z", tomorrow()) })).await;
    let job = format!("/jobs/{}", job.as_str().unwrap());
    let define = json!({ "name": "nightly", "cron": "@daily", "job": { "type": "sync", "payload": {} } });
    acting.send("schedule.define", define).await.unwrap();
    let reader = Api::with_scopes(&replica, &acting, &[Scope::JobsRead]).await;
    for path in ["/jobs", "/jobs/list", "/jobs/bulk", &job, "/schedules", "/schedules/nightly"] {
        let page = text(reader.get(path).await, 200);
        for button in ["/new", "/pause", "/cancel", "/edit", "/delete"] {
            assert!(!page.contains(button), "{path} {button}");
        }
    }
    let cancel = format!("{job}/cancel");
    for path in [
        "/jobs/new",
        "/jobs/pause",
        "/jobs/bulk/new",
        &cancel,
        "/schedules/new-schedule",
        "/schedules/nightly/edit",
        "/schedules/nightly/pause",
        "/schedules/nightly/delete",
    ] {
        assert_eq!(reader.get(path).await.status, 403, "{path}");
        assert_eq!(reader.submit(path, &[("reason", "because")]).await.status, 403, "{path}");
    }
    for path in [format!("{job}/retry"), "/jobs/resume".to_owned(), "/schedules/nightly/resume".to_owned()] {
        assert_eq!(reader.submit(&path, &[]).await.status, 403, "{path}");
    }
    let elsewhere = Acting::new(&client).await;
    let stranger = operator(&replica, &elsewhere).await;
    for path in [&job, &cancel, "/schedules/nightly", "/schedules/nightly/edit"] {
        assert_eq!(stranger.get(path).await.status, 404, "{path}");
    }
    assert_eq!(Api::without_key(&replica).get("/jobs").await.status, 303, "to the form to sign in");
}
