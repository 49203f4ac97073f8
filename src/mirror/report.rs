//! What a mirror says of itself: once that it has caught up, and now and then how far it is.

use std::time::Duration;

use tokio::time::Instant;

use super::batches::Batch;

/// Shortest time between two lines about how far it is.
const APART: Duration = Duration::from_secs(30);

/// Watches a mirror.
pub struct Report<F> {
    caught_up: F,
    has_caught_up: bool,
    missing: u64,
    end: u64,
    events: usize,
    since: Instant,
}

impl<F: Fn(u64)> Report<F> {
    /// `caught_up` is told once.
    pub fn new(caught_up: F) -> Self {
        Self { caught_up, has_caught_up: false, missing: 0, end: 0, events: 0, since: Instant::now() }
    }

    /// A batch was applied.
    pub fn applied(&mut self, batch: &Batch) {
        let position = batch.bookmark.position;
        self.events += batch.entries.len();
        if let Some(extent) = batch.extent {
            self.end = extent.end;
            self.tell_missing(extent.missing);
            if !self.has_caught_up && position >= extent.end {
                self.has_caught_up = true;
                (self.caught_up)(position);
            }
        }
        let elapsed = self.since.elapsed();
        if elapsed >= APART {
            let events_per_second = (self.events as f64 / elapsed.as_secs_f64()).round();
            let lag_events = self.end.saturating_sub(position);
            tracing::info!(position, lag_events, events_per_second, "how far the mirror is");
            (self.events, self.since) = (0, Instant::now());
        }
    }

    /// With a filter on a tenant, an event that the stream lacks is not noticed by its place.
    fn tell_missing(&mut self, missing: u64) {
        if missing > self.missing {
            tracing::warn!(
                missing,
                "the stream lacks events: `plinth mirror verify` tells whether the mirror needed them"
            );
        }
        self.missing = missing;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use plinth_client::{Bookmark, Extent};

    use super::*;

    fn batch(position: u64, end: Option<u64>) -> Batch {
        let extent = end.map(|end| Extent { first: 1, end, missing: 0 });
        Batch { entries: Vec::new(), bookmark: Bookmark { position, last: None }, extent }
    }

    #[test]
    fn that_it_has_caught_up_is_told_once_and_not_before_it_is_known() {
        let told = RefCell::new(Vec::new());
        let mut report = Report::new(|position| told.borrow_mut().push(position));
        for batch in [batch(3, Some(7)), batch(7, None), batch(8, Some(8)), batch(9, Some(9))] {
            report.applied(&batch);
        }
        assert_eq!(told.into_inner(), [8]);
    }
}
