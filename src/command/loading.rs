//! What commands are about, loaded step by step: which jobs a schedule means and who holds a key is known only once schedules
//! and jobs are there.

use std::collections::HashMap;

use plinth_events::AggregateKey;
use sqlx::PgConnection;

use super::{cache::Cache, parse::Envelope, schedule_jobs, unique_keys};
use crate::log::{
    LogError,
    unique_keys::{Hold, UniqueKey},
};

/// Loads all that deciding the commands takes and is not in the cache; gives back who holds the unique keys that they are about.
/// `keys` are the aggregates that they name, as [`super::keys::needed`] says.
pub async fn load(
    connection: &mut PgConnection,
    envelopes: &[&Envelope],
    keys: &[AggregateKey],
    cache: &mut Cache,
) -> Result<HashMap<UniqueKey, Hold>, LogError> {
    cache.load(connection, keys).await?;
    let jobs = schedule_jobs::needed(envelopes, cache);
    cache.load(connection, &jobs).await?;
    unique_keys::look_up(connection, envelopes, keys, cache).await
}
