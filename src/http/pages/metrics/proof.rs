//! How far it is proved that nobody has rewritten what a metric meant.

use std::collections::HashSet;

use axum::response::Response;
use plinth_events::{envelope::RecordedEvent, names::Code, query::metric::GetMetricHistory};
use plinth_web::{
    components::Time,
    metrics::{self, Asked, Leaf, Notarised, ProofView},
    shell::Section,
};

use super::head::{Found, found};
use crate::{
    http::{
        access::scope::MetricsRead, api::parameters::InPath, pages::visitor::Visitor, problem::Problem, site::Site,
    },
    log::{
        LogError, checkpoint,
        notary_block::{self, WIDTH},
    },
};

/// Leaves that are shown: those of the latest events.
const LEAVES: usize = 50;

/// GET: the leaves of its events, and the latest checkpoint.
pub async fn proof(visitor: Visitor<MetricsRead>, InPath(code): InPath<Code>) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, Asked::default()).await?;
    let query = GetMetricHistory { code: head.code.clone(), known_at: None, from: None };
    let events = visitor.site.queries.metric_history(visitor.tenant, &query).await?.events;
    let leaves = leaves(&visitor.site, &events).await?;
    let notarised = notarised(&visitor.site).await?;
    let view = ProofView { head, leaves, notarised };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::proof(&view)))
}

async fn leaves(site: &Site, events: &[RecordedEvent]) -> Result<Vec<Leaf>, LogError> {
    let latest = || events.iter().rev().take(LEAVES);
    let numbers: HashSet<u64> = latest().map(|event| place(event.position).0).collect();
    let blocks = notary_block::blocks(site.database.pool(), &numbers).await?;
    let leaf = |event: &RecordedEvent| {
        let (number, index) = place(event.position);
        let commitment = blocks.get(&number).and_then(|block| block.commitments.get(index));
        let commitment = commitment.map(ToString::to_string);
        Leaf { position: event.position, event_type: event.event_type.clone(), commitment }
    };
    Ok(latest().map(leaf).collect())
}

/// In which block the commitment to an event stands, and where there.
fn place(position: u64) -> (u64, usize) {
    let before = position.saturating_sub(1);
    (before / WIDTH, (before % WIDTH) as usize)
}

async fn notarised(site: &Site) -> Result<Option<Notarised>, LogError> {
    let pool = site.database.pool();
    let Some(signed) = checkpoint::latest(pool).await? else { return Ok(None) };
    let Some(signed_at) = checkpoint::signed_at(pool, signed.number).await? else { return Ok(None) };
    Ok(Some(Notarised {
        origin: signed.note.lines().next().unwrap_or_default().to_owned(),
        size: signed.size.cast_unsigned(),
        signed_at: Time::at(signed_at),
        note: signed.note,
    }))
}
