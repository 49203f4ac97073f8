//! Addresses of the pages about schedules. What stands beside a name in an address has a hyphen, which no name has.

use plinth_events::names::ScheduleName;

pub use crate::routes::SCHEDULES as LIST;

/// GET: the form for a new schedule. POST: defines it.
pub const NEW: &str = "/schedules/new-schedule";

/// The list goes on behind this name.
pub const AFTER: &str = "after";

/// The page about a schedule.
pub fn schedule(name: &ScheduleName) -> String {
    format!("{LIST}/{name}")
}

/// The form for how it is. POST: defines it anew.
pub fn edit(name: &ScheduleName) -> String {
    format!("{LIST}/{name}/edit")
}

/// Asks why it pauses. POST: pauses it.
pub fn pause(name: &ScheduleName) -> String {
    format!("{LIST}/{name}/pause")
}

/// POST: lets it go on.
pub fn resume(name: &ScheduleName) -> String {
    format!("{LIST}/{name}/resume")
}

/// Asks why it is deleted. POST: deletes it.
pub fn delete(name: &ScheduleName) -> String {
    format!("{LIST}/{name}/delete")
}
