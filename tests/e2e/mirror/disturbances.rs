//! kill -9 of the mirror, of nats-server and of the connection to the target while a load runs: every event takes effect
//! once.

use async_nats::jetstream;

use super::application::{Application, await_caught_up, work};
use crate::{
    faults::{Load, alone},
    support::{Acting, Ground},
};

/// How often each of them.
const KILLS: usize = 3;
/// How many commands are accepted between two kills.
const BETWEEN_KILLS: u64 = 40;

#[tokio::test]
async fn a_mirror_that_is_killed_or_cut_off_goes_on_where_it_was() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("kill -9 of a mirror").await else { return };
    let replica = ground.replica().await;
    let load = Load::start(&ground).await;
    let application = Application::new(&ground).await;
    let mut mirror = application.start(&[]);
    await_caught_up(&mut mirror).await;
    for _ in 0..KILLS {
        load.progress(BETWEEN_KILLS).await;
        mirror.kill().await.unwrap();
        mirror = application.start(&[]);
        load.progress(BETWEEN_KILLS).await;
        ground.servers.as_mut().unwrap().nats.restart().await.unwrap();
        load.progress(BETWEEN_KILLS).await;
        application
            .execute(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where application_name = 'plinth-mirror' and datname = current_database()",
            )
            .await;
    }
    load.progress(BETWEEN_KILLS).await;
    load.stop().await;
    application.assert_same(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn a_mirror_goes_on_when_the_stream_was_lost_and_is_filled_again() {
    let Some(ground) = Ground::new("a mirror whose stream is lost").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let acting = Acting::new(&client).await;
    let tenant = acting.tenant.to_string();
    let mut mirror = application.start(&["--tenant", &tenant]);
    work(&acting, 0).await;
    await_caught_up(&mut mirror).await;
    jetstream::new(ground.nats().await).delete_stream(ground.subjects.events_stream()).await.unwrap();
    work(&acting, 1).await;
    application.assert_same(&ground).await;
    assert!(mirror.try_wait().unwrap().is_none(), "it goes on by itself");
}
