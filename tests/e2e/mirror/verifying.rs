//! `plinth mirror verify` finds what somebody changed.

use serde_json::{Value, json};

use super::application::{Application, await_caught_up, work};
use crate::support::{Acting, Ground};

#[tokio::test]
async fn verify_names_the_table_and_the_row_that_differ() {
    let Some(ground) = Ground::new("a mirror that was tampered with").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let acting = Acting::new(&client).await;
    work(&acting, 0).await;
    let mut mirror = application.start(&[]);
    await_caught_up(&mut mirror).await;
    application.assert_same(&ground).await;
    let pool = application.pool().await;
    let changed: uuid::Uuid = sqlx::query_scalar(
        r#"update "MetricDefinition" set "formula" = jsonb_set("formula", '{value}', '"2 days"') returning "id""#,
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    application.execute(r#"delete from "DashboardWidget" where "userId" is not null"#).await;
    // while the mirror is behind, too
    mirror.kill().await.unwrap();
    acting.enqueue("report", json!({})).await;

    let verified = application.verified().await;
    assert_eq!((&verified["clean"], &verified["lagEvents"]), (&json!(false), &json!(1)));
    let tables: Vec<&Value> =
        verified["tables"].as_array().unwrap().iter().filter(|table| table["equal"] == false).collect();
    assert_eq!(tables.len(), 2, "{verified}");
    assert_eq!(tables[0]["differing"], json!([{ "id": changed, "difference": "changed" }]));
    assert_eq!(tables[1]["differing"][0]["difference"], "missing");
    // nothing of the comparison stays
    assert_eq!(sqlx::query_scalar::<_, i64>(r#"select count(*) from "Job""#).fetch_one(&pool).await.unwrap(), 1);
}
