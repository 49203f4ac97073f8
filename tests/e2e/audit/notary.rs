//! The notary: what it builds can be read by others, and goes on after every end of a replica.

use std::{collections::BTreeSet, process::Command};

use serde_json::json;

use super::{Audited, LIMIT, define};
use crate::support::{Acting, Ground, eventually};

const CHECK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/audit/check.py");

/// More events than a block has, a few commands at a time.
async fn fill(acting: &Acting<'_>, jobs: usize) {
    let jobs: Vec<_> = (0..jobs).map(|number| json!({ "type": "report", "payload": { "number": number } })).collect();
    for jobs in jobs.chunks(500) {
        acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
    }
}

#[tokio::test]
async fn a_program_that_knows_nothing_of_plinth_reads_the_tree() {
    let Some(audited) = Audited::new("the tree, read by others").await else { return };
    let Ok(python) = std::env::var("PLINTH_PYTHON") else {
        println!("skipped: reading the tree with Python needs PLINTH_PYTHON, run ./dev test");
        return;
    };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let acting = Acting::new(&client).await;
    fill(&acting, 1_200).await;
    let published = audited.checkpoint(&replica).await;
    let read = Command::new(python).args([CHECK, &replica.http, &audited.public_key()]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "1202");

    let jetstream = async_nats::jetstream::new(audited.ground.nats().await);
    let stream = jetstream.get_stream(audited.ground.subjects.checkpoints_stream()).await.unwrap();
    let last = eventually(LIMIT, "the checkpoint in the stream", async || {
        let last = stream.get_last_raw_message_by_subject(&audited.ground.subjects.checkpoint()).await.ok()?;
        (last.payload == published.as_bytes()).then_some(last)
    })
    .await;
    assert_eq!(last.payload, published.as_bytes());
}

#[tokio::test]
async fn tiles_are_answered_as_immutable_and_only_as_far_as_the_tree_is() {
    let Some(audited) = Audited::new("tiles").await else { return };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "churn", 0..3).await;
    audited.checkpoint(&replica).await;
    // somebody else in the process may have chosen before
    rustls::crypto::ring::default_provider().install_default().ok();
    for (path, expected) in [
        ("/tlog/tile/0/000.p/5", 200),
        ("/tlog/tile/0/000.p/2", 200),
        ("/tlog/tile/entries/000.p/5", 200),
        ("/tlog/tile/0/000.p/6", 404),
        ("/tlog/tile/0/000", 404),
        ("/tlog/tile/1/000.p/1", 404),
        ("/tlog/tile/0/x/1", 404),
    ] {
        let address = format!("{}{path}", replica.http);
        let answer = reqwest::get(&address).await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        if expected == 200 {
            assert!(answer.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        }
    }
}

#[tokio::test]
async fn the_tree_goes_on_where_a_killed_replica_left_it_and_two_replicas_build_one() {
    let Some(audited) = Audited::new("a killed notary").await else { return };
    let (first, second) = (audited.replica().await, audited.replica().await);
    let client = audited.ground.client().await;
    let acting = Acting::new(&client).await;
    fill(&acting, 300).await;
    let before = audited.checkpoint(&second).await;
    fill(&acting, 2_000).await;
    first.kill().await;
    fill(&acting, 2_000).await;
    let third = audited.replica().await;
    second.kill().await;
    audited.checkpoint(&third).await;

    let path = audited.export(&acting.tenant, &[]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!(report["events"], json!(4_302));
    let (old, key) = (audited.path("old.txt"), audited.public_key());
    std::fs::write(&old, before).unwrap();
    let proof = audited.ground.plinth(&["audit", "consistency", "--from", &old, "--key", &key]).await;
    assert!(proof.status.success(), "{}", String::from_utf8_lossy(&proof.stderr));
    let pool = audited.ground.pool().await;
    let sizes: Vec<i64> =
        sqlx::query_scalar("select size from plinth.checkpoint order by number").fetch_all(&pool).await.unwrap();
    assert_eq!(sizes.iter().collect::<BTreeSet<_>>().len(), sizes.len(), "{sizes:?}");
}

#[tokio::test]
async fn without_a_key_the_tree_is_built_and_nothing_is_signed() {
    let Some(ground) = Ground::new("a notary without a key").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "churn", 0..1).await;
    let pool = ground.pool().await;
    eventually(LIMIT, "the tree", async || {
        let size: Option<i16> =
            sqlx::query_scalar("select size from plinth.notary_block").fetch_optional(&pool).await.unwrap();
        (size == Some(3)).then_some(())
    })
    .await;
    assert_eq!(replica.get("/tlog/checkpoint").await.0, 404);
    let tenant = acting.tenant.to_string();
    let exported = ground.plinth(&["audit", "export", "--tenant", &tenant]).await;
    assert!(String::from_utf8_lossy(&exported.stderr).contains("has to be signed"), "{exported:?}");
}
