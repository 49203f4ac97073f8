//! A mirror that follows: all tenants or one, with tables of its own or those of the application.

use std::time::Duration;

use plinth_events::TenantId;
use serde_json::json;
use uuid::Uuid;

use super::application::{Application, await_caught_up, rows, work};
use crate::support::{Acting, Ground, terminate};

/// What Prisma's migration makes of the models of the contract, and an application with tables that refer to them.
const PRISMA: &str = include_str!("prisma.sql");

#[tokio::test]
async fn a_mirror_has_the_same_rows_as_the_service_and_stays_so() {
    let Some(ground) = Ground::new("a mirror").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let (one, other, gone) = (Acting::new(&client).await, Acting::new(&client).await, Acting::new(&client).await);
    for round in 0..5 {
        work(&one, round).await;
        work(&other, round).await;
        work(&gone, round).await;
    }
    gone.send("tenant.delete", json!({})).await.unwrap();

    let mut mirror = application.start(&[]);
    await_caught_up(&mut mirror).await;
    application.assert_same(&ground).await;
    for round in 5..8 {
        work(&one, round).await;
    }
    other.send("tenant.delete", json!({})).await.unwrap();
    application.assert_same(&ground).await;

    assert_eq!(terminate(&mut mirror).await, Some(0));
    work(&one, 8).await;
    let _mirror = application.start(&[]);
    application.assert_same(&ground).await;
}

#[tokio::test]
async fn a_mirror_of_one_tenant_leaves_others_out_and_says_how_far_it_is_all_the_same() {
    let Some(ground) = Ground::new("a mirror of one tenant").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let (other, acting) = (Acting::new(&client).await, Acting::new(&client).await);
    work(&other, 0).await;
    work(&acting, 0).await;
    work(&other, 1).await;

    let tenant = acting.tenant.to_string();
    let mut mirror = application.start(&["--tenant", &tenant]);
    await_caught_up(&mut mirror).await;
    assert_only(&ground, &application, acting.tenant).await;
    // past the events of the other one, which it does not get
    work(&other, 2).await;
    assert_only(&ground, &application, acting.tenant).await;
    mirror.kill().await.unwrap();
    work(&acting, 1).await;
    let mut mirror = application.start(&["--tenant", &tenant]);
    assert_only(&ground, &application, acting.tenant).await;

    assert_eq!(terminate(&mut mirror).await, Some(0));
    let (code, said) = application.run(&[]).await;
    let expected = format!("the target is a mirror of tenant {tenant}, not of all tenants");
    assert!(code == Some(1) && said.contains(&expected), "{said}");
}

/// Fails unless the mirror is at the end of the log with the rows of this tenant alone.
async fn assert_only(ground: &Ground, application: &Application, tenant: TenantId) {
    application.await_position(ground.position().await).await;
    let tenant = tenant.to_string();
    let of_all = rows(&ground.pool().await).await;
    let expected: Vec<String> = of_all.into_iter().filter(|row| row.contains(&tenant)).collect();
    assert_eq!(rows(&application.pool().await).await, expected);
    let verified = application.verified().await;
    assert_eq!((&verified["clean"], &verified["tenant"]), (&json!(true), &json!(tenant)), "{verified}");
}

#[tokio::test]
async fn tables_that_prisma_made_are_filled_and_tables_of_the_application_may_refer_to_them() {
    let Some(ground) = Ground::new("a mirror in the tables of an application").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    application.execute(PRISMA).await;
    let mut mirror = application.start(&[]);
    await_caught_up(&mut mirror).await;

    let invoice = format!(
        r#"insert into "Invoice" ("id", "tenantId", "jobId") values ('{}', '{}', '{}')"#,
        Uuid::new_v4(),
        acting.tenant,
        job.as_str().unwrap()
    );
    application.execute(&invoice).await;
    acting.send("tenant.register", json!({ "name": "Renamed" })).await.unwrap();
    let token = acting.start(&job, 60).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token, "result": 1 }] })).await;
    application.assert_same(&ground).await;

    // a snapshot over it updates rows in their place
    assert_eq!(terminate(&mut mirror).await, Some(0));
    let mut mirror = application.start(&["--snapshot-from", &ground.database_url, "--replace"]);
    work(&acting, 0).await;
    application.assert_same(&ground).await;
    let invoices = sqlx::query_scalar::<_, i64>(r#"select count(*) from "Invoice""#);
    assert_eq!(invoices.fetch_one(&application.pool().await).await.unwrap(), 1);

    // what the application forbids, it is told
    acting.send("tenant.delete", json!({})).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), mirror.wait()).await.expect("the mirror ends");
    assert_eq!(ended.unwrap().code(), Some(1));
    let (code, said) = application.run(&[]).await;
    assert!(code == Some(1) && said.contains("Invoice_jobId_fkey"), "{said}");
}
