//! Proof: how fast an auditor's file is written and checked, of the tenant that has the most events.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio_util::sync::CancellationToken;

use super::{figure::Figures, over_nats::Place};
use crate::{
    app,
    audit::{NotaryKey, PublicKey, key, verify::verify},
    cli::remote,
    embedded::ThrowawayFolder,
    log::{Database, checkpoint, head, notary_block},
    notary::{Notary, Wanted, export},
};

/// Longest wait for the notary to catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(300);
/// How often it is asked how far it is.
const POLL: Duration = Duration::from_millis(50);

pub async fn measure(place: &Place, figures: &Figures) -> anyhow::Result<()> {
    let database = app::database(&place.postgres)?;
    let folder = ThrowawayFolder::new()?;
    let public: PublicKey = key::generate("localhost/bench", &folder.path().join("key"))?.parse()?;
    let key = NotaryKey::read(&folder.path().join("key"))?;
    sign(place, &database, key.clone()).await?;

    let tenant = notary_block::busiest_tenant(database.pool()).await?.context("the log has no events")?;
    let wanted = Wanted { tenant, code: None, as_known_at: None };
    let path = folder.path().join("file");
    let start = Instant::now();
    let exported = export(database.pool(), &key, &wanted, BufWriter::new(File::create(&path)?)).await?;
    let per_second = |start: Instant| exported.events as f64 / start.elapsed().as_secs_f64();
    figures.plain("audit_export", "events/s", per_second(start), None);

    let start = Instant::now();
    let report = verify(BufReader::new(File::open(&path)?), &public)?;
    figures.plain("audit_verify", "events/s", per_second(start), Some(50_000.0));
    if let Some(finding) = report.findings.first() {
        bail!("the file is not true: {finding}");
    }
    Ok(())
}

/// Has the notary catch up with the log and sign for all of it.
async fn sign(place: &Place, database: &Database, key: NotaryKey) -> anyhow::Result<()> {
    let nats = remote::nats(&place.nats).await?;
    let notary = Notary::new(database.clone(), app::streams(&nats, &place.nats, 1), Some(key));
    let end = head::position(database.pool()).await?.cast_signed();
    let stop = CancellationToken::new();
    let start = Instant::now();
    let signed = async {
        while checkpoint::latest(database.pool()).await?.is_none_or(|latest| latest.size < end) {
            if start.elapsed() > CATCH_UP_LIMIT {
                bail!("the notary did not catch up within {} s", CATCH_UP_LIMIT.as_secs());
            }
            tokio::time::sleep(POLL).await;
        }
        stop.cancel();
        Ok(())
    };
    let (signed, ()) = tokio::join!(signed, notary.run(stop.clone()));
    signed.context("nothing was signed")
}
