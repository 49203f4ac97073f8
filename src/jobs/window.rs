//! How many jobs go each way through the work queue, so that it gets no more than workers take soon: what is not published
//! yet can still be overtaken by something urgent, and is shared out fairly between tenants.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use plinth_events::names::JobType;

use super::route::Route;

/// Most jobs of a way in the work queue, however fast workers are.
const MOST: u32 = 2_000;
/// So many are offered to workers that have not shown yet how fast they are, or that are slow.
const LEAST: u32 = 32;
/// What workers take in this time is offered ahead of them.
const AHEAD: Duration = Duration::from_millis(100);
/// How long a count is believed once it says that there is little room.
const RECOUNT: Duration = Duration::from_millis(25);

/// The ways that have their consumer, and what the work queue holds of each, at most.
#[derive(Debug, Default)]
pub struct Windows(HashMap<Route, Window>);

#[derive(Debug)]
struct Window {
    size: u32,
    held: u32,
    /// Published since the count.
    published: u32,
    counted: Instant,
}

impl Windows {
    /// Whether a way is known.
    pub fn contains(&self, route: &Route) -> bool {
        self.0.contains_key(route)
    }

    /// Notes what the work queue holds of a way.
    pub fn counted(&mut self, route: &Route, held: u64) {
        let held = u32::try_from(held).unwrap_or(u32::MAX);
        let size = self.0.get(route).map_or(LEAST, |window| window.size_after(held, window.counted.elapsed()));
        self.0.insert(route.clone(), Window { size, held, published: 0, counted: Instant::now() });
    }

    /// Notes that the work queue got one more.
    pub fn published(&mut self, route: &Route) {
        if let Some(window) = self.0.get_mut(route) {
            window.published = window.published.saturating_add(1);
        }
    }

    /// Forgets all ways of a type.
    pub fn forget(&mut self, job_type: &JobType) {
        self.0.retain(|route, _| route.job_type() != job_type);
    }

    /// Forgets all ways.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The ways to be counted again: those with little room by a count that is not quite fresh.
    pub fn to_recount(&self) -> Vec<Route> {
        let is_due = |window: &Window| window.room() < window.size / 2 && window.counted.elapsed() >= RECOUNT;
        self.0.iter().filter(|(_, window)| is_due(window)).map(|(route, _)| route.clone()).collect()
    }

    /// How many more jobs of a way the work queue takes.
    pub fn room(&self, route: &Route) -> u32 {
        self.0.get(route).map_or(LEAST, Window::room)
    }
}

impl Window {
    fn room(&self) -> u32 {
        self.size.saturating_sub(self.held).saturating_sub(self.published)
    }

    /// Grows at once with what workers take, and shrinks by halves at most.
    fn size_after(&self, held: u32, elapsed: Duration) -> u32 {
        let taken = self.held.saturating_add(self.published).saturating_sub(held);
        let ahead = f64::from(taken) * AHEAD.as_secs_f64() / elapsed.as_secs_f64().max(RECOUNT.as_secs_f64());
        // more than MOST saturates
        (ahead as u32).max(self.size / 2).clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn export() -> Route {
        Route::Workers("export".parse().unwrap())
    }

    #[test]
    fn room_shrinks_with_what_is_published_and_grows_with_the_next_count() {
        let mut windows = Windows::default();
        windows.counted(&export(), u64::from(LEAST) - 1);
        assert_eq!(windows.room(&export()), 1);
        windows.published(&export());
        windows.published(&export());
        assert_eq!(windows.room(&export()), 0);
        assert!(windows.to_recount().is_empty(), "a fresh count is believed");
        std::thread::sleep(RECOUNT);
        assert_eq!(windows.to_recount(), [export()]);
        windows.counted(&export(), u64::from(LEAST));
        assert_eq!(windows.room(&export()), 0);
    }

    #[test]
    fn fast_workers_are_offered_what_they_take_in_a_tenth_of_a_second() {
        let window = Window { size: LEAST, held: 10, published: 100, counted: Instant::now() };
        assert_eq!(window.size_after(10, Duration::from_millis(50)), 200);
        assert_eq!(window.size_after(110, Duration::from_millis(50)), LEAST, "nothing was taken");
        assert_eq!(window.size_after(0, Duration::from_micros(1)), 440, "a time too short to tell is not believed");
        let window = Window { size: MOST, held: 0, published: 100_000, counted: Instant::now() };
        assert_eq!(window.size_after(0, Duration::from_millis(25)), MOST);
        assert_eq!(window.size_after(100_000, Duration::from_millis(25)), MOST / 2, "it shrinks by halves");
    }
}
