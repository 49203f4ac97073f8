//! How many jobs of each type the work queue holds, so that it gets no more than workers take soon: what is not published
//! yet can still be overtaken by something urgent, and is shared out fairly between tenants.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use plinth_events::names::JobType;
use plinth_projections::job_queue::dispatch::Room;

/// Most jobs of a type in the work queue.
const WINDOW: u32 = 2_000;
/// How long a count is believed once it says that there is little room.
const RECOUNT: Duration = Duration::from_millis(25);

/// The types that have their consumer, and what the work queue holds of each, at most.
#[derive(Debug, Default)]
pub struct Windows(HashMap<JobType, Window>);

#[derive(Debug)]
struct Window {
    held: u32,
    counted: Instant,
}

impl Windows {
    /// Whether a type is known.
    pub fn contains(&self, job_type: &JobType) -> bool {
        self.0.contains_key(job_type)
    }

    /// Notes what the work queue holds of a type.
    pub fn counted(&mut self, job_type: &JobType, held: u64) {
        let window = Window { held: u32::try_from(held).unwrap_or(u32::MAX), counted: Instant::now() };
        self.0.insert(job_type.clone(), window);
    }

    /// Notes that the work queue got one more.
    pub fn published(&mut self, job_type: &JobType) {
        if let Some(window) = self.0.get_mut(job_type) {
            window.held = window.held.saturating_add(1);
        }
    }

    /// Forgets a type.
    pub fn forget(&mut self, job_type: &JobType) {
        self.0.remove(job_type);
    }

    /// Forgets all types.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The types to be counted again: those with little room by a count that is not quite fresh.
    pub fn to_recount(&self) -> Vec<JobType> {
        let is_due = |window: &Window| window.held > WINDOW / 2 && window.counted.elapsed() >= RECOUNT;
        self.0.iter().filter(|(_, window)| is_due(window)).map(|(job_type, _)| job_type.clone()).collect()
    }

    /// How many more jobs the work queue takes.
    pub fn room(&self) -> Room {
        let of_types = self.0.iter().map(|(job_type, window)| (job_type.clone(), WINDOW.saturating_sub(window.held)));
        Room { of_types: of_types.collect(), of_others: WINDOW }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_shrinks_with_what_is_published_and_grows_with_the_next_count() -> Result<(), Box<dyn std::error::Error>> {
        let export: JobType = "export".parse()?;
        let mut windows = Windows::default();
        windows.counted(&export, u64::from(WINDOW) - 1);
        assert_eq!(windows.room().of_types, [(export.clone(), 1)]);
        windows.published(&export);
        windows.published(&export);
        assert_eq!(windows.room().of_types, [(export.clone(), 0)]);
        assert!(windows.to_recount().is_empty(), "a fresh count is believed");
        std::thread::sleep(RECOUNT);
        assert_eq!(windows.to_recount(), std::slice::from_ref(&export));
        windows.counted(&export, 0);
        assert_eq!(windows.room().of_types, [(export, WINDOW)]);
        Ok(())
    }
}
