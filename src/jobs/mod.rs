//! What happens to jobs beside commands: due ones are published to the work queue, silent ones lose their lease.

pub mod dispatch;
pub mod leases;
pub mod queue_stream;
mod window;
