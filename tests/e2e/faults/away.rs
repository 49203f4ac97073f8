//! Postgres or NATS away for a while: callers are told to try again, readiness says so, and all is well when it is back.

use std::time::Duration;

use plinth_events::{CommandName, TenantId};
use uuid::Uuid;

use crate::{
    faults::{Load, alone},
    support::{Ground, Replica, eventually, request},
};

/// Longest wait until a replica notices that a server went away, or came back.
const NOTICE_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn while_postgres_is_away_callers_get_503_and_the_replica_is_not_ready() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("Postgres goes away").await else { return };
    let replica = ground.replica().await;
    await_readiness(&replica, 200, "ready").await;
    let load = Load::start(&ground).await;
    load.progress(50).await;

    ground.servers.as_mut().unwrap().postgres.kill().await.unwrap();
    await_readiness(&replica, 503, "postgres").await;
    let nats = ground.nats().await;
    for subject in [
        ground.subjects.command(TenantId(Uuid::new_v4()), CommandName::RegisterTenant),
        format!("{}.query.{}.metric.get", ground.subjects, Uuid::new_v4()),
    ] {
        let body = if subject.contains(".cmd.") { r#"{"name":"Nobody"}"# } else { r#"{"code":"none"}"# };
        let answer = request(&nats, &subject, &[], body).await;
        assert_eq!(answer.refusal(), (503, "unavailable"), "{subject}");
        assert!(answer.header("Retry-After-Ms").parse::<u64>().unwrap() > 0);
    }

    ground.servers.as_mut().unwrap().postgres.restart().await.unwrap();
    await_readiness(&replica, 200, "ready").await;
    load.progress(50).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn while_nats_is_away_the_replica_is_not_ready_and_goes_on_when_it_is_back() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("NATS goes away").await else { return };
    let replica = ground.replica().await;
    let load = Load::start(&ground).await;
    load.progress(50).await;

    ground.servers.as_mut().unwrap().nats.kill().await.unwrap();
    await_readiness(&replica, 503, "nats").await;
    // longer than the lease of a duty: duties need Postgres alone
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(replica.get("/livez").await.0, 200);

    ground.servers.as_mut().unwrap().nats.restart().await.unwrap();
    await_readiness(&replica, 200, "ready").await;
    load.progress(50).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

async fn await_readiness(replica: &Replica, status: u16, word: &str) {
    eventually(NOTICE_LIMIT, "readiness says so", async || {
        let (found, text) = replica.get("/readyz").await;
        (found == status && text.contains(word)).then_some(())
    })
    .await;
}
