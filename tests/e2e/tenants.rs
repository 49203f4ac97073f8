//! Tenants and users: registered, renamed, deleted with what is theirs.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Acting, Ground};

/// How many rows of a tenant are in the read tables.
async fn rows(pool: &PgPool, tenant: Uuid) -> Vec<i64> {
    sqlx::query_scalar(
        r#"select count(*) from "Tenant" where "id" = $1
           union all select count(*) from "User" where "tenantId" = $1
           union all select count(*) from "MetricDefinition" where "tenantId" = $1
           union all select count(*) from "DashboardWidget" where "tenantId" = $1
           union all select count(*) from "Job" where "tenantId" = $1"#,
    )
    .bind(tenant)
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Gives a tenant two metrics, a widget in two layouts and a job.
async fn furnish(acting: &Acting<'_>) {
    for code in ["revenue", "churn"] {
        acting.send("metric.define", json!({ "code": code, "name": code, "description": "" })).await.unwrap();
    }
    for user in [json!(null), json!(acting.user)] {
        let widget = json!({ "userId": user, "widgetType": "revenue_trend" });
        acting
            .send(if user.is_null() { "dashboard.add-widget" } else { "dashboard.hide-widget" }, widget)
            .await
            .unwrap();
    }
    acting.send("job.enqueue", json!({ "type": "report", "payload": {} })).await.unwrap();
}

#[tokio::test]
async fn registering_again_with_the_same_content_is_no_event_and_with_other_content_renames() {
    let Some(ground) = Ground::new("registering again").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let user = |name: &str| json!({ "userId": acting.user, "name": name });
    for (command, same, other) in [
        ("tenant.register", json!({ "name": "Test" }), json!({ "name": "Acme" })),
        ("user.register", user("Tester"), user("Ada")),
    ] {
        assert_eq!(acting.send(command, same).await.unwrap().events, []);
        let renamed = acting.send(command, other).await.unwrap();
        assert!(renamed.events[0].event_type.ends_with("Renamed"), "{:?}", renamed.events);
    }
    let names: (String, String) = sqlx::query_as(
        r#"select "Tenant"."name", "User"."name" from "Tenant" join "User" on "User"."tenantId" = "Tenant"."id""#,
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(names, ("Acme".to_owned(), "Ada".to_owned()));
    assert_eq!(ground.position().await, 4);
    ground.assert_verified().await;
}

#[tokio::test]
async fn deleting_a_tenant_deletes_what_is_theirs_and_nothing_of_others() {
    let Some(ground) = Ground::new("deleting a tenant").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let (gone, other) = (Acting::new(&client).await, Acting::new(&client).await);
    furnish(&gone).await;
    furnish(&other).await;
    assert_eq!(rows(&pool, gone.tenant.0).await, [1, 1, 2, 2, 1]);
    gone.send("tenant.delete", json!({})).await.unwrap();
    assert_eq!(rows(&pool, gone.tenant.0).await, [0, 0, 0, 0, 0]);
    assert_eq!(rows(&pool, other.tenant.0).await, [1, 1, 2, 2, 1]);

    let metric = json!({ "code": "revenue", "name": "x", "description": "" });
    assert_eq!(Acting::refusal(gone.send("metric.define", metric).await), "unknown_tenant");
    assert_eq!(Acting::refusal(gone.send("tenant.register", json!({ "name": "x" })).await), "tenant_deleted");
    assert_eq!(Acting::refusal(gone.send("tenant.delete", json!({})).await), "tenant_deleted");
    ground.assert_verified().await;
}

#[tokio::test]
async fn an_author_of_a_metric_definition_cannot_be_deleted_and_others_go_with_their_widgets() {
    let Some(ground) = Ground::new("deleting users").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let author = Acting::new(&client).await;
    furnish(&author).await;
    let user = json!({ "userId": author.user });
    assert_eq!(Acting::refusal(author.send("user.delete", user.clone()).await), "user_has_metric_definitions");
    assert_eq!(rows(&pool, author.tenant.0).await, [1, 1, 2, 2, 1]);

    let id = Uuid::new_v4();
    author.send("user.register", json!({ "userId": id, "name": "Guest" })).await.unwrap();
    author.send("dashboard.hide-widget", json!({ "userId": id, "widgetType": "revenue_trend" })).await.unwrap();
    assert_eq!(rows(&pool, author.tenant.0).await, [1, 2, 2, 3, 1]);
    author.send("user.delete", json!({ "userId": id })).await.unwrap();
    assert_eq!(rows(&pool, author.tenant.0).await, [1, 1, 2, 2, 1]);
    assert_eq!(Acting::refusal(author.send("user.delete", json!({ "userId": id })).await), "user_deleted");
    let again = json!({ "userId": id, "name": "Guest" });
    assert_eq!(Acting::refusal(author.send("user.register", again).await), "user_deleted");
    ground.assert_verified().await;
}
