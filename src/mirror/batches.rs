//! Events of the stream, in batches for one transaction each. What is there goes together; nothing is waited for.

use std::time::Duration;

use futures_util::FutureExt as _;
use plinth_client::{Bookmark, EventFollower, Extent};
use plinth_events::envelope::RecordedEvent;
use plinth_projections::Entry;
use tokio::{sync::mpsc, time::Instant};

use super::MirrorError;

/// Most events of a batch.
const BATCH_EVENTS: usize = 2_000;
/// No more events are added to a batch that has so many bytes of data.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How long nothing comes before it is asked whether there is anything at all.
const IDLE: Duration = Duration::from_millis(500);
/// How often it is asked how far the stream goes while events keep coming.
const SURVEY: Duration = Duration::from_secs(5);

/// What was read together.
pub struct Batch {
    /// The events, in their order; none when there was only something to learn about the stream.
    pub entries: Vec<Entry>,
    /// Where to go on when they are applied.
    pub bookmark: Bookmark,
    /// What the stream had, if it was asked.
    pub extent: Option<Extent>,
}

/// Reads until something goes wrong, or nobody takes batches any more.
pub async fn read(mut follower: EventFollower, batches: mpsc::Sender<Batch>) -> Result<(), MirrorError> {
    let mut surveyed = Instant::now();
    loop {
        let entries = entries(&mut follower).await?;
        let mut extent = None;
        if entries.is_empty() || surveyed.elapsed() > SURVEY {
            extent = Some(follower.survey().await?);
            surveyed = Instant::now();
        }
        let batch = Batch { entries, bookmark: follower.bookmark(), extent };
        if batches.send(batch).await.is_err() {
            return Ok(());
        }
    }
}

/// The next events, as many as are there; none when there are none for a while.
async fn entries(follower: &mut EventFollower) -> Result<Vec<Entry>, MirrorError> {
    let Some(mut event) = follower.next_within(IDLE).await? else { return Ok(Vec::new()) };
    let (mut entries, mut bytes) = (Vec::new(), 0);
    loop {
        bytes += event.data.get().len();
        entries.push(entry(&event)?);
        if entries.len() == BATCH_EVENTS || bytes >= BATCH_BYTES {
            return Ok(entries);
        }
        match follower.next().now_or_never() {
            Some(next) => event = next?,
            None => return Ok(entries),
        }
    }
}

fn entry(event: &RecordedEvent) -> Result<Entry, MirrorError> {
    let position = event.position;
    Ok(Entry {
        position,
        sequence: event.sequence,
        tenant: event.tenant_id,
        actor: event.origin.actor,
        recorded_at: event.recorded_at,
        event: event.event().map_err(|source| MirrorError::Event { position, source })?,
    })
}
