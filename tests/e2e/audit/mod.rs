//! Proof of what the log holds: the notary, the files that auditors get, and what they find in them.

mod erasure;
mod notary;

use std::{fs, ops::Range, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::support::{Acting, Ground, Replica, eventually};

/// Longest wait for a checkpoint, another replica taking over included.
const LIMIT: Duration = Duration::from_secs(20);

/// A ground with a key for its notary.
struct Audited {
    ground: Ground,
    key: PathBuf,
}

impl Audited {
    async fn new(name: &str) -> Option<Self> {
        Some(Self::on(Ground::new(name).await?).await)
    }

    async fn on(ground: Ground) -> Self {
        let key = ground.folder.join("notary.key");
        let path = key.to_str().unwrap();
        let made = ground.plinth(&["audit", "keygen", "--origin", "plinth.example/tlog", "--out", path]).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { ground, key }
    }

    fn path(&self, name: &str) -> String {
        self.ground.folder.join(name).to_str().unwrap().to_owned()
    }

    fn public_key(&self) -> String {
        fs::read_to_string(self.path("notary.key.pub")).unwrap().trim().to_owned()
    }

    /// A replica that signs.
    async fn replica(&self) -> Replica {
        Replica::start_with(&self.ground, &[("PLINTH_NOTARY_KEY_FILE", self.key.to_str().unwrap())]).await
    }

    /// Waits until a replica has a checkpoint of all that is in the log, and gives it.
    async fn checkpoint(&self, replica: &Replica) -> String {
        eventually(LIMIT, "a checkpoint of all events", async || {
            let position = self.ground.position().await;
            let (status, note) = replica.get("/tlog/checkpoint").await;
            (status == 200 && note.lines().nth(1) == Some(&position.to_string())).then_some(note)
        })
        .await
    }

    /// Writes the file of a tenant and gives its path.
    async fn export(&self, tenant: &impl ToString, more: &[&str]) -> String {
        let (tenant, path) = (tenant.to_string(), self.path(&format!("{}.ndjson", uuid::Uuid::new_v4())));
        let key = self.key.to_str().unwrap();
        let mut arguments = vec!["audit", "export", "--tenant", &tenant, "--notary-key-file", key, "--out", &path];
        arguments.extend(more);
        let exported = self.ground.plinth(&arguments).await;
        assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
        path
    }

    /// What checking a file comes to: whether it is true, and what is told.
    async fn verify(&self, path: &str, more: &[&str]) -> (bool, Value) {
        let key = self.public_key();
        let mut arguments = vec!["audit", "verify", path, "--key", &key, "--json"];
        arguments.extend(more);
        let verified = self.ground.plinth(&arguments).await;
        (verified.status.success(), serde_json::from_slice(&verified.stdout).unwrap())
    }
}

/// Defines a metric of a tenant in these versions.
async fn define(acting: &Acting<'_>, code: &str, versions: Range<usize>) {
    for version in versions {
        let body = json!({ "code": code, "name": format!("{code} {version}"), "description": "marker-7d1f" });
        acting.send("metric.define", body).await.unwrap();
    }
}

#[tokio::test]
async fn an_auditor_finds_the_file_of_a_tenant_true_and_nothing_of_others_in_it() {
    let Some(audited) = Audited::new("an auditor's file").await else { return };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let (one, other) = (Acting::new(&client).await, Acting::new(&client).await);
    for round in 0..3 {
        define(&one, "churn", round..round + 1).await;
        define(&other, "secret_code", 2 * round..2 * round + 2).await;
        define(&one, "revenue", 2 * round..2 * round + 2).await;
    }
    audited.checkpoint(&replica).await;

    let path = audited.export(&one.tenant, &[]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!((&report["events"], &report["erased"]), (&json!(2 + 3 + 6), &json!(0)));
    let file = fs::read_to_string(&path).unwrap();
    assert!(file.contains("marker-7d1f"));
    for of_other in ["secret_code".to_owned(), other.tenant.to_string(), other.user.to_string()] {
        assert!(!file.contains(&of_other), "{of_other}");
    }

    let path = audited.export(&one.tenant, &["--code", "churn"]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!(report["events"], json!(3));
    assert!(!fs::read_to_string(&path).unwrap().contains("revenue"));

    let path = audited.export(&one.tenant, &["--as-known-at", "5"]).await;
    let (is_true, report) = audited.verify(&path, &[]).await;
    assert!(is_true, "{report}");
    assert_eq!((&report["events"], &report["asKnownAt"]), (&json!(3), &json!(5)));
}

#[tokio::test]
async fn what_is_done_to_a_file_is_found() {
    let Some(audited) = Audited::new("tampering").await else { return };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let (one, other) = (Acting::new(&client).await, Acting::new(&client).await);
    define(&one, "churn", 0..3).await;
    define(&other, "churn", 0..2).await;
    audited.checkpoint(&replica).await;
    let lines: Vec<String> =
        fs::read_to_string(audited.export(&one.tenant, &[]).await).unwrap().lines().map(str::to_owned).collect();
    let of_other = fs::read_to_string(audited.export(&other.tenant, &[]).await).unwrap();

    let changed = |at: usize, from: &str, to: &str| {
        let mut lines = lines.clone();
        lines[at] = lines[at].replacen(from, to, 1);
        lines
    };
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat();
    let mut moved = lines.clone();
    moved.swap(2, 3);
    let mut put_in = lines.clone();
    put_in.insert(2, of_other.lines().nth(2).unwrap().to_owned());
    for (what, lines, finding) in [
        ("a payload", changed(3, "marker", "Marker"), "was changed"),
        ("a time", changed(3, "recordedAt\":\"20", "recordedAt\":\"21"), "was changed"),
        ("a place", changed(3, "\"position\":", "\"position\":1"), "later than position"),
        ("an event left out", without(3), "is missing"),
        ("the first event left out", without(1), "is missing"),
        ("the last event left out", without(lines.len() - 3), "signed for 5 events"),
        ("the end cut off", lines[..lines.len() - 1].to_vec(), "cut off"),
        ("the tail cut off", lines[..4].to_vec(), "cut off"),
        ("events in another order", moved, "stands behind"),
        ("an event put in", put_in, "was changed"),
        ("the checkpoint", changed(0, "example", "Example"), "the key is of"),
    ] {
        let path = audited.path("tampered.ndjson");
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let (is_true, report) = audited.verify(&path, &[]).await;
        let found: Vec<&str> =
            report["findings"].as_array().unwrap().iter().filter_map(|found| found["what"].as_str()).collect();
        assert!(!is_true && found.iter().any(|what| what.contains(finding)), "{what}: {found:?}");
    }
}

#[tokio::test]
async fn a_log_whose_past_was_changed_is_found_out_by_a_later_checkpoint() {
    let Some(audited) = Audited::new("consistency").await else { return };
    let replica = audited.replica().await;
    let client = audited.ground.client().await;
    let acting = Acting::new(&client).await;
    define(&acting, "churn", 0..3).await;
    audited.checkpoint(&replica).await;
    let old = audited.export(&acting.tenant, &[]).await;
    define(&acting, "churn", 3..5).await;
    audited.checkpoint(&replica).await;

    let key = audited.public_key();
    let proof = audited.ground.plinth(&["audit", "consistency", "--from", &old, "--key", &key]).await;
    assert!(proof.status.success(), "{}", String::from_utf8_lossy(&proof.stderr));
    let path = audited.path("proof.txt");
    fs::write(&path, &proof.stdout).unwrap();
    let (is_true, report) = audited.verify(&old, &["--checkpoint", &path]).await;
    assert!(is_true, "{report}");
    assert_eq!((&report["checkpointSize"], &report["newerCheckpointSize"]), (&json!(5), &json!(7)));
    let checked =
        audited.ground.plinth(&["audit", "consistency", "--from", &old, "--check", &path, "--key", &key]).await;
    assert!(checked.status.success());

    // somebody with the database and the key changes a leaf of the past and has a new checkpoint signed
    let pool = audited.ground.pool().await;
    sqlx::query("update plinth.notary_block set commitments = set_byte(commitments, 40, 7)")
        .execute(&pool)
        .await
        .unwrap();
    define(&acting, "churn", 5..6).await;
    let changed = audited.checkpoint(&replica).await;
    fs::write(&path, changed).unwrap();
    let (is_true, _) = audited.verify(&old, &["--checkpoint", &path]).await;
    assert!(!is_true);
    let proof = audited.ground.plinth(&["audit", "consistency", "--from", &old, "--key", &key]).await;
    assert!(String::from_utf8_lossy(&proof.stderr).contains("its past was changed"));
    let new = audited.export(&acting.tenant, &[]).await;
    let (is_true, report) = audited.verify(&new, &[]).await;
    assert!(!is_true, "{report}");
}
