//! How many jobs have not ended, for those who watch.

use sqlx::{PgExecutor, Row, postgres::PgRow};

/// The jobs of one type that have not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Depth {
    /// Their type.
    pub job_type: String,
    /// How many wait for other jobs.
    pub blocked: u64,
    /// How many wait for their time.
    pub scheduled: u64,
    /// How many are due and not offered yet.
    pub ready: u64,
    /// How many are offered to workers.
    pub published: u64,
    /// How many workers hold.
    pub running: u64,
    /// How long the one that is due for longest has been waiting for its start; 0: none is due.
    pub oldest_due_seconds: f64,
}

/// The types that have jobs, those with the most jobs first.
pub async fn by_type(executor: impl PgExecutor<'_>) -> Result<Vec<Depth>, sqlx::Error> {
    let rows = sqlx::query(include_str!("depth.sql")).fetch_all(executor).await?;
    rows.iter().map(depth).collect()
}

fn depth(row: &PgRow) -> Result<Depth, sqlx::Error> {
    let jobs = |state: &str| row.try_get::<i64, _>(state).map(i64::cast_unsigned);
    Ok(Depth {
        job_type: row.try_get("type")?,
        blocked: jobs("blocked")?,
        scheduled: jobs("scheduled")?,
        ready: jobs("ready")?,
        published: jobs("published")?,
        running: jobs("running")?,
        oldest_due_seconds: row.try_get("oldest_due_seconds")?,
    })
}
