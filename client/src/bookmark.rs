//! Where somebody who follows the log goes on after a restart, and by what the log is known again.

use std::time::Duration;

use async_nats::jetstream::stream::State;
use plinth_events::EventId;
use tokio::time::Instant;

/// What to keep of following, in the same transaction as what was done with the events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bookmark {
    /// Up to here there is nothing left: every event was yielded, or is of another tenant than the one that is followed.
    pub position: u64,
    /// The last event that was yielded; none when there was none yet.
    pub last: Option<EventAt>,
}

/// An event and its place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventAt {
    /// Its position.
    pub position: u64,
    /// Its id.
    pub id: EventId,
}

/// What a stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The position of its first event.
    pub first: u64,
    /// The position of its newest event, of whichever tenant; 0 when it has none.
    pub end: u64,
    /// How many events it lacks between these two.
    pub missing: u64,
}

impl From<&State> for Extent {
    fn from(state: &State) -> Self {
        let places = (state.last_sequence + 1).saturating_sub(state.first_sequence);
        let missing = if state.messages == 0 { 0 } else { places.saturating_sub(state.messages) };
        Self { first: state.first_sequence, end: state.last_sequence, missing }
    }
}

impl Extent {
    /// Whether a stream can be the one in which `last` was handled, by what it has at that position: `found`, or behind it.
    /// Where it lost events, or some were deleted, there may be nothing to compare with.
    pub(crate) fn knows(self, last: EventAt, found: Option<(u64, &str)>) -> bool {
        match found {
            Some((sequence, id)) if sequence == last.position => id == last.id.to_string(),
            _ => self.first > last.position || self.missing > 0,
        }
    }
}

/// A stream that ends before a bookmark. Plinth fills a lost one from its database, so it is waited for as long as it
/// grows.
pub(crate) struct Shortfall {
    end: u64,
    grew: Instant,
}

impl Shortfall {
    pub(crate) fn new(end: u64, now: Instant) -> Self {
        Self { end, grew: now }
    }

    /// Whether the stream, which now ends at `end`, has not grown for longer than `patience`.
    pub(crate) fn is_stuck(&mut self, end: u64, now: Instant, patience: Duration) -> bool {
        if end != self.end {
            *self = Self::new(end, now);
        }
        now.duration_since(self.grew) >= patience
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);
    const WHOLE: Extent = Extent { first: 1, end: 9, missing: 0 };

    fn last() -> EventAt {
        EventAt { position: 7, id: EventId(Uuid::from_u128(7)) }
    }

    #[test]
    fn a_stream_with_the_event_at_its_position_is_known_again() {
        let id = Uuid::from_u128(7).to_string();
        assert!(WHOLE.knows(last(), Some((7, &id))));
    }

    #[test]
    fn a_stream_with_another_event_there_or_with_none_has_another_history() {
        let other = Uuid::from_u128(8).to_string();
        assert!(!WHOLE.knows(last(), Some((7, &other))));
        assert!(!WHOLE.knows(last(), Some((8, &other))));
        assert!(!WHOLE.knows(last(), None));
    }

    #[test]
    fn a_stream_that_lacks_events_is_not_blamed_for_the_one_that_it_does_not_have() {
        assert!(Extent { first: 8, ..WHOLE }.knows(last(), None));
        assert!(Extent { missing: 2, ..WHOLE }.knows(last(), None));
    }

    #[test]
    fn a_stream_that_is_being_filled_is_waited_for_however_long_that_takes() {
        let start = Instant::now();
        let mut shortfall = Shortfall::new(0, start);
        for minute in 1..100 {
            let now = start + Duration::from_secs(minute * 60);
            assert!(!shortfall.is_stuck(minute, now, PATIENCE));
        }
    }

    #[test]
    fn a_stream_that_does_not_grow_is_stuck_after_a_while() {
        let start = Instant::now();
        let mut shortfall = Shortfall::new(7, start);
        assert!(!shortfall.is_stuck(7, start + Duration::from_secs(29), PATIENCE));
        assert!(shortfall.is_stuck(7, start + PATIENCE, PATIENCE));
    }
}
