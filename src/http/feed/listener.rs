//! A listener: gets the pages of the follower, and reads for itself where they do not reach.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use plinth_events::TenantId;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use super::{Feed, Filter, Page, Told};
use crate::{
    http::seats::Seat,
    log::{LogError, head, read},
};

/// Events that a listener reads at a time.
const READ: u32 = 50;
/// No more of them are kept while the other side is slow, but one.
const KEPT_BYTES: usize = 64 * 1024;
/// After so long a listener is told to come again: by then its credential may not be valid any more.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Hears of the events of a tenant.
#[derive(Debug)]
pub struct Listener {
    feed: Feed,
    tenant: TenantId,
    filter: Filter,
    /// All of the tenant's events up to here were told, or are about to be.
    seen: u64,
    /// Whether the next page can be waited for: everything before it was seen.
    is_current: bool,
    next: VecDeque<Told>,
    pages: broadcast::Receiver<Arc<Page>>,
    ends_at: Instant,
    _seat: Seat,
}

impl Listener {
    pub(super) fn new(
        feed: Feed,
        tenant: TenantId,
        filter: Filter,
        seen: u64,
        pages: broadcast::Receiver<Arc<Page>>,
        seat: Seat,
    ) -> Self {
        let (next, ends_at) = (VecDeque::new(), Instant::now() + LIFE);
        Self { feed, tenant, filter, seen, is_current: false, next, pages, ends_at, _seat: seat }
    }

    /// The next event; none: nothing more is told, and whoever listens may come again.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if self.feed.shutdown.is_cancelled() || self.ends_at <= Instant::now() {
                return None;
            }
            if let Some(told) = self.next.pop_front() {
                return Some(told);
            }
            if self.is_current {
                self.hear().await?;
            } else if let Err(error) = self.catch_up().await {
                tracing::warn!(tenant.id = %self.tenant, error = %error, "a listener could not catch up, and is told to come again");
                return None;
            }
        }
    }

    /// Waits for a page, and takes what is new in it, unless something may be missing before it.
    async fn hear(&mut self) -> Option<()> {
        let page = tokio::select! {
            page = self.pages.recv() => page,
            () = self.feed.shutdown.cancelled() => return None,
            () = tokio::time::sleep_until(self.ends_at) => return None,
        };
        match page {
            Ok(page) if page.until <= self.seen => {}
            Ok(page) if page.after <= self.seen => self.take(&page),
            Ok(_) | Err(RecvError::Lagged(_)) => self.is_current = false,
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    fn take(&mut self, page: &Page) {
        let (seen, filter) = (self.seen, &self.filter);
        let is_wanted = |told: &&Told| told.position > seen && filter.matches(told.aggregate, &told.event_type);
        self.next.extend(page.events.iter().filter(is_wanted).cloned());
        self.seen = page.until;
    }

    /// Reads on by itself, and is current once there was nothing more.
    async fn catch_up(&mut self) -> Result<(), LogError> {
        // it is never closed
        let _turn = self.feed.readers.acquire().await.ok();
        let pool = self.feed.database.pool();
        // before the events, so that all up to it are among them
        let head = head::position(pool).await?;
        let events = read::of_tenant(pool, self.tenant, self.seen + 1, READ).await?;
        let mut is_all = events.len() < READ as usize;
        let mut bytes = 0;
        for (count, event) in events.into_iter().enumerate() {
            bytes += event.data.get().len();
            if count > 0 && bytes > KEPT_BYTES {
                is_all = false;
                break;
            }
            self.seen = event.position;
            if self.filter.matches(event.aggregate_type, &event.event_type) {
                self.next.push_back(Told::try_from(&event)?);
            }
        }
        if is_all {
            self.seen = self.seen.max(head);
        }
        self.is_current = is_all;
        Ok(())
    }
}
