//! What is known of queues and of the jobs that run, read anew: when the service starts, and after a gap that is too long
//! to catch up with. And what of it is kept.

use plinth_events::time::Moment;
use sqlx::PgConnection;

use crate::{
    domain::queue::{
        Queue,
        admission::{Admission, Running, Scope},
    },
    log::{
        LogError,
        admission::{self, Bucket, Known},
    },
};

/// Reads it, behind the locked head.
pub async fn read(connection: &mut PgConnection) -> Result<Admission, LogError> {
    let Known { queues, running, buckets } = admission::read(connection).await?;
    Ok(Admission::new(
        queues.into_iter().map(|row| {
            let queue = Queue { settings: row.settings, is_paused: row.is_paused };
            ((row.tenant, row.job_type), queue)
        }),
        running.into_iter().map(|row| {
            let running = Running { tenant: row.tenant, job_type: row.job_type, key: row.concurrency_key };
            (row.job_id, running)
        }),
        buckets.into_iter().map(|row| {
            let scope = Scope { tenant: row.tenant, job_type: row.job_type, key: row.concurrency_key };
            (scope, row.full_at)
        }),
    ))
}

/// A bucket as it is kept.
pub fn bucket((Scope { tenant, job_type, key }, full_at): (Scope, Moment)) -> Bucket {
    Bucket { tenant, job_type, concurrency_key: key, full_at }
}
