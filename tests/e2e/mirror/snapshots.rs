//! A mirror that begins with a snapshot, because the stream does not have all events any more.

use async_nats::jetstream;

use super::application::{Application, await_caught_up, work};
use crate::support::{Acting, Ground};

#[tokio::test]
async fn a_mirror_of_a_stream_that_was_trimmed_begins_with_a_snapshot() {
    let Some(ground) = Ground::new("a mirror of a trimmed stream").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    work(&other, 0).await;
    work(&acting, 0).await;
    let jetstream = jetstream::new(ground.nats().await);
    let stream = jetstream.get_stream(ground.subjects.events_stream()).await.unwrap();
    stream.purge().sequence(5).await.unwrap();

    let (code, said) = application.run(&[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("begins at position 5, expected 1; see docs/mirror.md"), "{said}");
    let mut mirror = application.start(&["--snapshot-from", &ground.database_url]);
    await_caught_up(&mut mirror).await;
    work(&acting, 1).await;
    application.assert_same(&ground).await;
}

#[tokio::test]
async fn a_snapshot_of_one_tenant_has_only_its_rows() {
    let Some(ground) = Ground::new("a snapshot of one tenant").await else { return };
    let _replica = ground.replica().await;
    let (client, application) = (ground.client().await, Application::new(&ground).await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    work(&acting, 0).await;
    work(&other, 0).await;
    let tenant = acting.tenant.to_string();
    let mut mirror = application.start(&["--tenant", &tenant, "--snapshot-from", &ground.database_url]);
    await_caught_up(&mut mirror).await;
    work(&acting, 1).await;
    work(&other, 1).await;
    let verified = application.verified().await;
    assert_eq!(verified["clean"], true, "{verified}");
    assert_eq!(verified["tables"][0]["rowsMirrored"], 1);
}
