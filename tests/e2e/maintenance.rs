//! `plinth migrate`, `plinth rebuild` and `plinth verify`: tables made, recreated from the log, and compared with it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Acting, Ground};

/// Every row of the read tables.
async fn rows(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        r#"select row_to_json(t)::text from "Tenant" as t
           union all select row_to_json(t)::text from "User" as t
           union all select row_to_json(t)::text from "MetricDefinition" as t
           union all select row_to_json(t)::text from "DashboardWidget" as t
           union all select row_to_json(t)::text from "Job" as t
           order by 1"#,
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// A few commands of every kind; `round` makes them differ from those before.
async fn work(acting: &Acting<'_>, round: usize) {
    let metric = json!({ "code": format!("metric_{}", round % 7), "name": round.to_string(), "description": "" });
    acting.send("metric.define", metric).await.unwrap();
    let widget = format!("widget_{}", round % 20);
    let add = acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": widget })).await;
    assert!(add.is_ok() || Acting::refusal(add) == "already_present");
    let size = if round.is_multiple_of(2) { "small" } else { "large" };
    let resize = json!({ "userId": acting.user, "widgetType": widget, "size": size });
    acting.send("dashboard.resize-widget", resize).await.unwrap();
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    if round.is_multiple_of(3) {
        acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token, "result": round }] })).await;
    }
    let user = json!({ "userId": Uuid::new_v4(), "name": round.to_string() });
    acting.send("user.register", user).await.unwrap();
}

#[tokio::test]
async fn a_rebuild_recreates_the_same_rows_and_keeps_the_grants() {
    let Some(ground) = Ground::new("a rebuild").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let gone = Acting::new(&client).await;
    for round in 0..30 {
        work(&acting, round).await;
        work(&gone, round).await;
    }
    gone.send("tenant.delete", json!({})).await.unwrap();
    let reader = format!("reader_{}", Uuid::new_v4().simple());
    sqlx::raw_sql(&format!(r#"create role {reader}; grant select on "Job", "MetricDefinition" to {reader}"#))
        .execute(&pool)
        .await
        .unwrap();

    let before = rows(&pool).await;
    let rebuilt = ground.plinth(&["rebuild", "--json"]).await;
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let rebuilt: Value = serde_json::from_slice(&rebuilt.stdout).unwrap();
    assert_eq!(rebuilt["position"], json!(ground.position().await));
    assert_eq!(rows(&pool).await, before);
    ground.assert_verified().await;

    let may = |table: &'static str| {
        sqlx::query_scalar::<_, bool>("select has_table_privilege($1, $2, 'select')").bind(&reader).bind(table)
    };
    for (table, expected) in
        [(r#"public."Job""#, true), (r#"public."MetricDefinition""#, true), (r#"public."User""#, false)]
    {
        assert_eq!(may(table).fetch_one(&pool).await.unwrap(), expected, "{table}");
    }
    sqlx::raw_sql(&format!("drop owned by {reader}; drop role {reader}")).execute(&pool).await.unwrap();
    // commands go on with the new tables
    work(&acting, 30).await;
    ground.assert_verified().await;
}

#[tokio::test]
async fn commands_and_queries_go_on_while_the_read_tables_are_rebuilt() {
    let Some(ground) = Ground::new("an online rebuild").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    // enough events that a rebuild takes its time
    for _ in 0..5 {
        let jobs = vec![json!({ "type": "report", "payload": "x".repeat(500) }); 1_000];
        acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
    }
    let (is_done, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let working = async {
        while !is_done.load(Ordering::Relaxed) {
            let round = rounds.fetch_add(1, Ordering::Relaxed);
            work(&acting, round).await;
            acting.query("job.list", json!({})).await.unwrap();
            acting.query("dashboard.get", json!({ "userId": acting.user })).await.unwrap();
            sqlx::query(r#"select "name" from "MetricDefinition""#).fetch_all(&pool).await.unwrap();
        }
    };
    let rebuilding = async {
        for _ in 0..3 {
            let before = rounds.load(Ordering::Relaxed);
            let rebuilt = ground.plinth(&["rebuild"]).await;
            assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
            assert!(rounds.load(Ordering::Relaxed) > before, "commands went on");
            ground.assert_verified().await;
        }
        is_done.store(true, Ordering::Relaxed);
    };
    tokio::join!(working, working_too(&client, &is_done), rebuilding);
    ground.assert_verified().await;
}

/// Another tenant that comes and goes meanwhile.
async fn working_too(client: &plinth_client::Client, is_done: &AtomicBool) {
    while !is_done.load(Ordering::Relaxed) {
        let acting = Acting::new(client).await;
        work(&acting, 1).await;
        acting.send("tenant.delete", json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn verify_names_the_table_that_somebody_changed_and_a_rebuild_repairs_it() {
    let Some(ground) = Ground::new("a tampered row").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    work(&acting, 0).await;
    let before = rows(&pool).await;
    for (table, tampering) in [
        ("MetricDefinition", r#"update "MetricDefinition" set "description" = 'something else'"#),
        ("DashboardWidget", r#"delete from "DashboardWidget" where "userId" is not null"#),
        ("Job", r#"update "Job" set "updatedAt" = "updatedAt" + interval '1 millisecond'"#),
        ("User", r#"insert into "User" select gen_random_uuid(), "id", 'Mallory' from "Tenant""#),
    ] {
        sqlx::query(tampering).execute(&pool).await.unwrap();
        let verified = ground.plinth(&["verify", "--json"]).await;
        assert_eq!(verified.status.code(), Some(1), "{table}");
        let found: Value = serde_json::from_slice(&verified.stdout).unwrap();
        let tables = found["tables"].as_array().unwrap();
        let differing: Vec<&Value> =
            tables.iter().filter(|table| table["equal"] == json!(false)).map(|table| &table["table"]).collect();
        assert_eq!((differing, &found["clean"]), (vec![&json!(table)], &json!(false)));
        let shown = String::from_utf8(ground.plinth(&["verify"]).await.stdout).unwrap();
        let line = shown.lines().find(|line| line.contains("DIFFERS")).unwrap();
        assert!(line.contains(table), "{shown}");
        assert!(ground.plinth(&["rebuild"]).await.status.success());
        assert_eq!(rows(&pool).await, before);
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn replicas_that_migrate_an_empty_database_at_the_same_time_do_not_disturb_each_other() {
    let Some(ground) = Ground::new("migrations at the same time").await else { return };
    let migrated = join_all((0..4).map(|_| ground.plinth(&["migrate"]))).await;
    for migrated in migrated {
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    }
    ground.assert_verified().await;
}
