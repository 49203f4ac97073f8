//! The client in TypeScript, whose types come from the OpenAPI document: it compiles, and it does what it says.
//!
//! `./dev test` says where it is, compiled (`PLINTH_TYPESCRIPT_CLIENT`). Where npm is not, it is skipped.

use plinth_events::Scope;
use tokio::process::Command;

use crate::support::{Acting, Api, Ground};

#[tokio::test]
async fn the_document_that_is_served_is_the_one_that_is_committed() {
    let Some(ground) = Ground::new("the OpenAPI document").await else { return };
    let replica = ground.replica().await;
    let served = Api::without_key(&replica).get("/api/openapi.json").await.expect(200);
    let committed = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json")).unwrap();
    assert!(
        served == serde_json::from_slice::<serde_json::Value>(&committed).unwrap(),
        "see src/http/openapi/tests.rs"
    );
}

#[tokio::test]
async fn a_client_that_was_generated_from_the_document_works() {
    let Ok(program) = std::env::var("PLINTH_TYPESCRIPT_CLIENT") else {
        println!("skipped: the TypeScript client needs PLINTH_TYPESCRIPT_CLIENT, run ./dev test where npm is");
        return;
    };
    let Some(ground) = Ground::new("the TypeScript client").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let scopes = [Scope::MetricsRead, Scope::MetricsWrite, Scope::JobsWrite, Scope::LayoutOwn];
    let api = Api::with_scopes(&replica, &acting, &scopes).await;
    let run = Command::new("node")
        .arg(program)
        .env("PLINTH_URL", &replica.http)
        .env("PLINTH_KEY", api.secret.unwrap())
        .output()
        .await
        .unwrap();
    let (said, complaints) = (String::from_utf8(run.stdout).unwrap(), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}{complaints}");
    for line in [
        "defined version 1",
        "in February: Churn risk since 2026-01-01T00:00:00Z",
        "widgets: tasks, revenue_trend",
        "refused with 422 invalid_value: /type",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}
