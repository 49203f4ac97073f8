//! The follower: reads what is new, once for all who listen.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plinth_events::{TenantId, envelope::RecordedEvent};

use super::{Channel, Feed, Page, Told};
use crate::{
    duty::{pace, wait},
    log::{LogError, head, read},
};

/// Events per read of the log.
const READ: u32 = 200;
/// A page that is larger is not kept for those who are behind.
const PAGE_BYTES: usize = 256 * 1024;
/// Shortest time between two looks at the log.
const ROUND: Duration = Duration::from_millis(10);
/// How often the log is asked while nothing is heard of it: other replicas commit unheard.
const POLL: Duration = Duration::from_millis(200);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);

/// How far the follower is.
struct Progress {
    /// Everything up to here was read.
    position: u64,
    /// The tenants whose events are read, with the end of the last page that each was handed.
    told: HashMap<TenantId, u64>,
}

impl Feed {
    /// Reads and hands on, for as long as somebody listens, until told to stop.
    pub async fn follow(&self) {
        let stop = &self.shutdown;
        let (mut head, mut rounds) = (self.head.clone(), pace(ROUND));
        let mut progress = None;
        while !stop.is_cancelled() {
            let channels = self.heard();
            if channels.is_empty() {
                progress = None;
                tokio::select! {
                    () = self.joined.notified() => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            rounds.tick().await;
            head.borrow_and_update();
            match self.read_on(&channels, &mut progress).await {
                Ok(is_end) if is_end => tokio::select! {
                    _ = head.changed() => {}
                    () = self.joined.notified() => {}
                    () = wait(POLL, stop) => {}
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "the feed could not read on, and tries again");
                    wait(PAUSE, stop).await;
                }
            }
        }
    }

    /// Hands on what is new; tells whether that was all.
    async fn read_on(
        &self,
        channels: &HashMap<TenantId, Channel>,
        progress: &mut Option<Progress>,
    ) -> Result<bool, LogError> {
        let pool = self.database.pool();
        let head = head::position(pool).await?;
        let Progress { position, told } = progress.get_or_insert(Progress { position: head, told: HashMap::new() });
        told.retain(|tenant, _| channels.contains_key(tenant));
        for (tenant, channel) in channels {
            // who listened before its events were read may have to read some for itself
            told.entry(*tenant).or_insert_with(|| hand(channel, Page::mark(*position)));
        }
        if head == *position {
            return Ok(true);
        }
        let tenants: Vec<TenantId> = channels.keys().copied().collect();
        let events = read::of_tenants(pool, &tenants, *position, head, READ).await?;
        let is_end = events.len() < READ as usize;
        let until = events.last().filter(|_| !is_end).map_or(head, |last| last.position);
        for (tenant, events) in by_tenant(events) {
            let (Some(channel), Some(after)) = (channels.get(&tenant), told.get_mut(&tenant)) else { continue };
            *after = hand(channel, page(*after, until, &events)?);
        }
        *position = until;
        Ok(is_end)
    }
}

/// Hands a page to whoever listens; its end.
fn hand(channel: &Channel, page: Page) -> u64 {
    let until = page.until;
    // whoever listened last may be gone
    channel.send(Arc::new(page)).ok();
    until
}

/// Each listener reads for itself what is too large to be kept for all.
fn page(after: u64, until: u64, events: &[RecordedEvent]) -> Result<Page, LogError> {
    let bytes: usize = events.iter().map(|event| event.data.get().len()).sum();
    if bytes > PAGE_BYTES {
        return Ok(Page::mark(until));
    }
    Ok(Page { after, until, events: events.iter().map(Told::try_from).collect::<Result<_, _>>()? })
}

fn by_tenant(events: Vec<RecordedEvent>) -> HashMap<TenantId, Vec<RecordedEvent>> {
    let mut by_tenant: HashMap<TenantId, Vec<RecordedEvent>> = HashMap::new();
    for event in events {
        by_tenant.entry(event.tenant_id).or_default().push(event);
    }
    by_tenant
}
