//! What the tables know of queues and of jobs that run, for a writer that has not followed it.

use plinth_projections::{job_queue::running, queue};
pub use plinth_projections::{
    job_queue::running::RunningJob,
    queue::{Bucket, QueueRow},
};
use sqlx::PgConnection;

use super::LogError;

/// All of it.
#[derive(Debug)]
pub struct Known {
    /// Queues of which somebody said something.
    pub queues: Vec<QueueRow>,
    /// The jobs that run.
    pub running: Vec<RunningJob>,
    /// Limits of speed that are used up in part.
    pub buckets: Vec<Bucket>,
}

/// Reads it, behind the locked head.
pub async fn read(connection: &mut PgConnection) -> Result<Known, LogError> {
    Ok(Known {
        queues: queue::all(&mut *connection).await?,
        running: running::all(&mut *connection).await?,
        buckets: queue::buckets(connection).await?,
    })
}
