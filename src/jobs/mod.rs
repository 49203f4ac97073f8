//! What happens to jobs beside commands: due ones are published to the work queue, or found for workers that ask, silent
//! ones lose their lease, those that waited for others are released, schedules enqueue theirs, those that were kept for
//! long enough are archived.

mod allowances;
pub mod bulk;
pub mod claims;
pub mod dispatch;
pub mod flow;
mod held_keys;
mod invite;
pub mod leases;
pub mod queue_stream;
mod reroute;
pub mod retention;
mod route;
pub mod schedules;
pub mod statistics;
mod turns;
mod window;
