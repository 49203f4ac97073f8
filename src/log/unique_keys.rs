//! Who holds the unique keys of jobs. Only the writer reads and writes them, behind the locked head; nobody without such
//! keys pays for them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use plinth_events::{
    JobId, TenantId,
    names::{JobKey, JobType},
    time::Instant,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::LogError;

/// Most rows of keys that nobody holds any more which one batch removes.
const FORGOTTEN_ROWS: i64 = 1_000;

/// A key that at most one job of a type in a tenant holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UniqueKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// Of which jobs.
    pub job_type: JobType,
    /// The key.
    pub key: JobKey,
}

/// That a job holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which job.
    pub job: JobId,
    /// Until when; none: until it ends.
    pub until: Option<Instant>,
}

impl Hold {
    /// Whether it holds it at a time.
    pub fn is_on(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

/// The last holds of those keys that were ever held, or not for long enough to be forgotten.
pub async fn find(
    connection: &mut PgConnection,
    keys: HashSet<UniqueKey>,
) -> Result<HashMap<UniqueKey, Hold>, LogError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<UniqueKey> = keys.into_iter().collect();
    let (tenants, types, texts) = columns(keys.iter());
    let rows: Vec<(i64, Uuid, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select asked.place, held.job_id, held.held_until
         from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as asked (tenant_id, type, key, place)
         join plinth.job_unique as held using (tenant_id, type, key)",
    )
    .bind(tenants)
    .bind(types)
    .bind(texts)
    .fetch_all(connection)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for (place, job, until) in rows {
        let key = usize::try_from(place - 1).ok().and_then(|place| keys.get(place));
        found.extend(key.map(|key| (key.clone(), Hold { job: JobId(job), until: until.map(Instant::from) })));
    }
    Ok(found)
}

/// Keeps what a batch made of holds, and forgets some of those that are over.
pub async fn keep(
    connection: &mut PgConnection,
    holds: &HashMap<UniqueKey, Hold>,
    now: DateTime<Utc>,
) -> Result<(), LogError> {
    if holds.is_empty() {
        return Ok(());
    }
    forget(connection, now).await?;
    let (tenants, types, texts) = columns(holds.keys());
    sqlx::query(
        "insert into plinth.job_unique (tenant_id, type, key, job_id, held_until)
         select tenant_id, type, key, job_id, held_until
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[])
             as hold (tenant_id, type, key, job_id, held_until)
         on conflict (tenant_id, type, key) do update set job_id = excluded.job_id, held_until = excluded.held_until",
    )
    .bind(tenants)
    .bind(types)
    .bind(texts)
    .bind(holds.values().map(|hold| hold.job.0).collect::<Vec<_>>())
    .bind(holds.values().map(|hold| hold.until.map(|until| until.utc())).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), LogError> {
    sqlx::query(
        "delete from plinth.job_unique
         where (tenant_id, type, key) in (
             select tenant_id, type, key from plinth.job_unique where held_until <= $1 order by held_until limit $2
         )",
    )
    .bind(now)
    .bind(FORGOTTEN_ROWS)
    .execute(connection)
    .await?;
    Ok(())
}

fn columns<'a>(keys: impl Iterator<Item = &'a UniqueKey>) -> (Vec<Uuid>, Vec<&'a str>, Vec<&'a str>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        columns.0.push(key.tenant.0);
        columns.1.push(key.job_type.as_str());
        columns.2.push(key.key.as_str());
    }
    columns
}
