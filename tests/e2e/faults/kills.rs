//! kill -9 of the service, of nats-server and of Postgres, five times each, under load.

use crate::{
    faults::{Load, alone},
    support::Ground,
};

/// How often.
const KILLS: usize = 5;
/// How many commands are accepted between two kills.
const BETWEEN_KILLS: u64 = 100;

#[tokio::test]
async fn a_service_that_is_killed_loses_no_accepted_command_and_applies_none_twice() {
    let _alone = alone().await;
    let Some(ground) = Ground::with_own_servers("kill -9 of the service").await else { return };
    let mut replica = ground.replica().await;
    let load = Load::start(&ground).await;
    for _ in 0..KILLS {
        load.progress(BETWEEN_KILLS).await;
        replica.kill().await;
        replica = ground.replica().await;
    }
    load.progress(BETWEEN_KILLS).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn a_nats_server_that_is_killed_loses_no_accepted_command_and_none_that_the_intake_took() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("kill -9 of nats-server").await else { return };
    let replica = ground.replica().await;
    let load = Load::start(&ground).await;
    for _ in 0..KILLS {
        load.progress(BETWEEN_KILLS).await;
        ground.servers.as_mut().unwrap().nats.restart().await.unwrap();
    }
    load.progress(BETWEEN_KILLS).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn a_postgres_that_is_killed_loses_no_accepted_command_and_none_is_applied_twice() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("kill -9 of Postgres").await else { return };
    let replica = ground.replica().await;
    let load = Load::start(&ground).await;
    for _ in 0..KILLS {
        load.progress(BETWEEN_KILLS).await;
        ground.servers.as_mut().unwrap().postgres.restart().await.unwrap();
    }
    load.progress(BETWEEN_KILLS).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}
