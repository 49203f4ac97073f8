//! Takes out of the log what events of a deleted tenant or user said. The events stay, with the digest of their content in its
//! place; so the tree over the log stays as it is.

use std::collections::{HashMap, HashSet};

use plinth_events::AggregateKey;
use plinth_projections::erasure::Due;
use sqlx::{Connection, PgConnection, PgPool};
use tlog_tiles::Hash;
use uuid::Uuid;

use super::{
    LogError,
    notary_block::{self, Block, WIDTH},
    raw::{self, RawEvent},
};
use crate::audit::leaf::SALT_BYTES;

/// Events in a transaction.
const PAGE: u32 = 500;
/// Answers in a transaction.
const ANSWERS: i64 = 5_000;

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It would not be provable any more that the event was there.
    #[error("event {0} is not in the tree over the log as it is in the log: it is not erased")]
    NotInTree(u64),
    /// The database.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<sqlx::Error> for EraseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

/// Events that were erased.
#[derive(Debug)]
pub struct Erased {
    /// Their places, from the end of the log on.
    pub positions: Vec<u64>,
    /// The commands that they came from.
    pub commands: HashSet<Uuid>,
}

/// Erases the events of a page before a place in the log. From the end on, so that whoever replays meets nothing that refers
/// to what is erased already. None: there are no more.
pub async fn events(pool: &PgPool, due: &Due, before: u64) -> Result<Option<Erased>, EraseError> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    let page = match due.user {
        None => raw::of_tenant_before(&mut *transaction, due.tenant, before, PAGE).await?,
        Some(user) => {
            let keys = [AggregateKey::User(due.tenant, user), AggregateKey::Dashboard(due.tenant, Some(user))];
            raw::of_aggregates_before(&mut *transaction, &keys, before, PAGE).await?
        }
    };
    if page.is_empty() {
        return Ok(None);
    }
    let positions = page.iter().map(|event| event.frame.position).collect();
    let commands = page.iter().map(|event| event.frame.command_id).collect();
    let left: Vec<RawEvent> = page.into_iter().filter(|event| event.erased().is_none()).collect();
    let digests = erase_salts(&mut transaction, &left).await?;
    replace(&mut transaction, &left, &digests).await?;
    transaction.commit().await?;
    Ok(Some(Erased { positions, commands }))
}

/// The digests of the events, whose salts are gone afterwards.
async fn erase_salts(connection: &mut PgConnection, events: &[RawEvent]) -> Result<Vec<Hash>, EraseError> {
    let numbers = events.iter().map(|event| (event.frame.position - 1) / WIDTH).collect();
    let mut blocks = notary_block::lock(connection, &numbers).await?;
    let digests = events.iter().map(|event| erase_salt(&mut blocks, event)).collect::<Result<_, _>>()?;
    for block in blocks.values() {
        notary_block::write_salts(connection, block).await?;
    }
    Ok(digests)
}

fn erase_salt(blocks: &mut HashMap<u64, Block>, event: &RawEvent) -> Result<Hash, EraseError> {
    let position = event.frame.position;
    let (number, at) = ((position - 1) / WIDTH, ((position - 1) % WIDTH) as usize);
    let salt = blocks.get_mut(&number).and_then(|block| block.salts.get_mut(at));
    let salt = salt.ok_or(EraseError::NotInTree(position))?;
    let digest = event.content().digest(salt);
    *salt = [0; SALT_BYTES];
    Ok(digest)
}

async fn replace(connection: &mut PgConnection, events: &[RawEvent], digests: &[Hash]) -> Result<(), LogError> {
    // what the trigger of the table asks for, until this transaction ends
    sqlx::query("select set_config('plinth.erasing', 'on', true)").execute(&mut *connection).await?;
    let positions: Vec<i64> = events.iter().map(|event| event.frame.position.cast_signed()).collect();
    let digests: Vec<String> = digests.iter().map(Hash::to_string).collect();
    sqlx::query(
        r#"update plinth.events
           set aggregate_id = tenant_id || '/' || event_id, subject_tail = aggregate_type || '.' || event_id || '.erased',
               payload = ('{"erased":"' || digest || '"}')::json, metadata = '{}'
           from unnest($1::bigint[], $2::text[]) as erased (position, digest)
           where events.position = erased.position"#,
    )
    .bind(positions)
    .bind(digests)
    .execute(connection)
    .await?;
    Ok(())
}

/// Erases the answers to the commands of a tenant before its deletion, or those that say something of a user, beside those to
/// `commands`. How many there were.
pub async fn answers(pool: &PgPool, due: &Due, commands: &HashSet<Uuid>) -> Result<u64, LogError> {
    let commands: Vec<Uuid> = commands.iter().copied().collect();
    let mut erased = 0;
    loop {
        let page = sqlx::query(
            "delete from plinth.commands
             where ctid = any(array(
                 select ctid
                 from plinth.commands
                 where tenant_id = $1 and position < $2
                     and ($3::text is null or command_id = any($4) or position($3 in result::text) > 0)
                 limit $5
             ))",
        )
        .bind(due.tenant.0)
        .bind(due.position.cast_signed())
        .bind(due.user.map(|user| user.to_string()))
        .bind(&commands)
        .bind(ANSWERS)
        .execute(pool)
        .await?;
        erased += page.rows_affected();
        if page.rows_affected() < ANSWERS.cast_unsigned() {
            return Ok(erased);
        }
    }
}

/// Erases the parked commands of a tenant, or those of it that name a user.
pub async fn parked(pool: &PgPool, due: &Due) -> Result<(), LogError> {
    sqlx::query(
        "delete from plinth.parked
         where split_part(subject, '.', 3) = $1 and ($2::text is null or position(convert_to($2, 'UTF8') in body) > 0)",
    )
    .bind(due.tenant.to_string())
    .bind(due.user.map(|user| user.to_string()))
    .execute(pool)
    .await?;
    Ok(())
}
