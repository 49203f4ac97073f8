//! Targets and sources that a mirror refuses, and what it says then.

use std::time::Duration;

use async_nats::jetstream;
use serde_json::json;

use super::application::{Application, await_caught_up, work};
use crate::support::{Acting, Ground, eventually, terminate};

const PRISMA: &str = include_str!("prisma.sql");

/// Fails unless the mirror ends at once and says this.
async fn assert_refused(application: &Application, expected: &str) {
    let (code, said) = application.run(&[]).await;
    assert!(code == Some(1) && said.contains(expected), "expected {expected:?}, got {said}");
}

#[tokio::test]
async fn tables_that_do_not_fit_are_refused_with_every_column_that_is_wrong() {
    let Some(ground) = Ground::new("tables that do not fit").await else { return };
    let application = Application::new(&ground).await;
    application.execute(PRISMA).await;
    application
        .execute(
            r#"alter table "Job" alter column "payload" type json, drop column "error";
               alter table "DashboardWidget" alter column "userId" set not null;
               alter table "Tenant" add column "owner" text not null"#,
        )
        .await;
    let expected = "the tables of the target do not fit: column DashboardWidget.userId must allow null; column Job.error \
                    is missing; column Job.payload is json, must be jsonb; column Tenant.owner is not one of the contract: \
                    it must allow null or have a default";
    assert_refused(&application, expected).await;

    application.execute(r#"drop table "Invoice", "Job""#).await;
    assert_refused(&application, "lacks the table Job in schema public").await;
}

#[tokio::test]
async fn rows_of_somebody_else_are_not_overwritten() {
    let Some(ground) = Ground::new("rows of somebody else").await else { return };
    let application = Application::new(&ground).await;
    application.execute(PRISMA).await;
    application.execute(r#"insert into "Tenant" ("id", "name") values (gen_random_uuid(), 'Mine')"#).await;
    assert_refused(&application, "the table Tenant of the target has rows that are not of this mirror").await;

    assert!(ground.plinth(&["migrate"]).await.status.success());
    let onto_itself = ground.plinth(&["mirror", "--to", &ground.database_url]).await;
    let said = String::from_utf8(onto_itself.stderr).unwrap();
    assert!(said.contains("the target is the database of a Plinth itself"), "{said}");
}

#[tokio::test]
async fn a_source_that_was_restored_to_an_earlier_state_is_noticed_and_a_snapshot_begins_again() {
    let Some(ground) = Ground::new("a mirror of a restored source").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let acting = Acting::new(&client).await;
    let metric = async |code: &str| {
        acting.send("metric.define", json!({ "code": code, "name": code, "description": "" })).await.unwrap()
    };
    for code in ["one", "two", "three"] {
        metric(code).await;
    }
    let mut mirror = application.start(&[]);
    await_caught_up(&mut mirror).await;
    application.await_position(5).await;

    // another history from position 4 on, as after a restore
    ground.lose_events_behind(3).await;
    let jobs = vec![json!({ "type": "report", "payload": {} }); 10];
    assert_eq!(acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap().position, 13);
    let jetstream = jetstream::new(ground.nats().await);
    jetstream.delete_stream(ground.subjects.events_stream()).await.unwrap();

    let ended = tokio::time::timeout(Duration::from_secs(20), mirror.wait()).await.expect("the mirror ends");
    assert_eq!(ended.unwrap().code(), Some(1));
    eventually(Duration::from_secs(10), "the stream is filled again", async || {
        let stream = jetstream.get_stream(ground.subjects.events_stream()).await.ok()?;
        (stream.cached_info().state.last_sequence == 13).then_some(())
    })
    .await;
    let (code, said) = application.run(&[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("at position 5: was the log restored to an earlier state?"), "{said}");
    let pool = application.pool().await;
    assert_eq!(application.position(&pool).await, Some(5));

    // the read tables of the service follow its log again
    assert!(ground.plinth(&["rebuild"]).await.status.success());
    let mut mirror = application.start(&["--snapshot-from", &ground.database_url, "--replace"]);
    await_caught_up(&mut mirror).await;
    application.assert_same(&ground).await;
    assert_eq!(terminate(&mut mirror).await, Some(0));
}

#[tokio::test]
async fn a_second_mirror_waits_until_the_first_one_ends() {
    let Some(ground) = Ground::new("two mirrors").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let acting = Acting::new(&client).await;
    let mut first = application.start(&[]);
    await_caught_up(&mut first).await;
    let mut second = application.start(&[]);
    work(&acting, 0).await;
    application.assert_same(&ground).await;
    first.kill().await.unwrap();
    await_caught_up(&mut second).await;
    work(&acting, 1).await;
    application.assert_same(&ground).await;
}
