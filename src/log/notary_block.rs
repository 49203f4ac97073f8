//! `plinth.notary_block`, `plinth.tree_node`, `plinth.notary_tenant`: what the notary writes. A page of it is one transaction,
//! which waits for the disk: what is signed must never be lost.

use std::collections::{HashMap, HashSet};

use plinth_events::TenantId;
use sqlx::{Connection, PgConnection, PgExecutor, Row, postgres::PgRow};
use tlog_tiles::{Hash, Tile};
use uuid::Uuid;

use super::LogError;
use crate::audit::leaf::{NOTHING, SALT_BYTES, Salt, leaf_hash};

/// Events of a block, and hashes of a tile.
pub const WIDTH: u64 = 256;

/// Up to 256 events that stand together in the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// It begins behind so many times 256 events.
    pub number: u64,
    /// The commitments to the events.
    pub commitments: Vec<Hash>,
    /// Their salts.
    pub salts: Vec<Salt>,
    /// Which event of its tenant each is.
    pub tenant_sequences: Vec<u64>,
    /// Where the event of its tenant before it stands; 0: there is none.
    pub previous_positions: Vec<u64>,
}

/// The last event of a tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastOfTenant {
    /// Which of its events it is; 0: it has none.
    pub sequence: u64,
    /// Where it stands in the log.
    pub position: u64,
    /// The commitment to it.
    pub commitment: Hash,
}

/// Before the first event of a tenant.
pub const NONE_OF_TENANT: LastOfTenant = LastOfTenant { sequence: 0, position: 0, commitment: NOTHING };

/// Why a page was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another notary was faster.
    #[error("another replica has written the tree meanwhile")]
    Overtaken,
    /// The database.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Block {
    /// An empty one.
    pub fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// How many events are behind its last one and before it.
    pub fn end(&self) -> u64 {
        self.number * WIDTH + self.commitments.len() as u64
    }

    /// Whether it grows no more.
    pub fn is_full(&self) -> bool {
        self.commitments.len() as u64 == WIDTH
    }

    /// The tile of the tree over its events.
    pub fn tile(&self) -> Vec<u8> {
        self.commitments.iter().flat_map(|commitment| leaf_hash(commitment).0).collect()
    }
}

/// The last block; an empty one at the beginning.
pub async fn last(executor: impl PgExecutor<'_>) -> Result<Block, LogError> {
    let row = sqlx::query(
        "select number, commitments, salts, tenant_sequences, previous_positions
         from plinth.notary_block
         order by number desc
         limit 1",
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.as_ref().map(block).transpose()?.unwrap_or_default())
}

/// The blocks of these numbers that there are.
pub async fn blocks(executor: impl PgExecutor<'_>, numbers: &HashSet<u64>) -> Result<HashMap<u64, Block>, LogError> {
    let numbers: Vec<i64> = numbers.iter().map(|number| number.cast_signed()).collect();
    let rows = sqlx::query(
        "select number, commitments, salts, tenant_sequences, previous_positions
         from plinth.notary_block
         where number = any($1)",
    )
    .bind(numbers)
    .fetch_all(executor)
    .await?;
    rows.iter().map(|row| block(row).map(|block| (block.number, block))).collect()
}

/// The blocks of these numbers that there are; nobody else changes them until the transaction ends.
pub async fn lock(connection: &mut PgConnection, numbers: &HashSet<u64>) -> Result<HashMap<u64, Block>, LogError> {
    let numbers_asked: Vec<i64> = numbers.iter().map(|number| number.cast_signed()).collect();
    sqlx::query("select from plinth.notary_block where number = any($1) order by number for update")
        .bind(numbers_asked)
        .execute(&mut *connection)
        .await?;
    blocks(connection, numbers).await
}

/// Puts the salts of a block that is locked in the place of those that it had.
pub async fn write_salts(connection: &mut PgConnection, block: &Block) -> Result<(), LogError> {
    sqlx::query("update plinth.notary_block set salts = $2 where number = $1")
        .bind(block.number.cast_signed())
        .bind(block.salts.concat())
        .execute(connection)
        .await?;
    Ok(())
}

/// The last events of tenants, of those that have any.
pub async fn last_of(
    executor: impl PgExecutor<'_>,
    tenants: HashSet<TenantId>,
) -> Result<HashMap<TenantId, LastOfTenant>, LogError> {
    let tenants: Vec<Uuid> = tenants.into_iter().map(|tenant| tenant.0).collect();
    let rows: Vec<(Uuid, i64, i64, Vec<u8>)> = sqlx::query_as(
        "select tenant_id, sequence, position, commitment from plinth.notary_tenant where tenant_id = any($1)",
    )
    .bind(tenants)
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|(tenant, sequence, position, commitment)| {
            let last = LastOfTenant {
                sequence: sequence.cast_unsigned(),
                position: position.cast_unsigned(),
                commitment: hash(&commitment)?,
            };
            Ok((TenantId(tenant), last))
        })
        .collect()
}

/// The tenant that has the most events; none: there are no events.
pub async fn busiest_tenant(executor: impl PgExecutor<'_>) -> Result<Option<TenantId>, LogError> {
    let tenant: Option<Uuid> =
        sqlx::query_scalar("select tenant_id from plinth.notary_tenant order by sequence desc limit 1")
            .fetch_optional(executor)
            .await?;
    Ok(tenant.map(TenantId))
}

/// The hashes of a tile above the lowest level, as many as there are.
pub async fn nodes(executor: impl PgExecutor<'_>, level: u8, tile: u64) -> Result<Vec<u8>, LogError> {
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar(
        "select hash from plinth.tree_node where level = $1 and number >= $2 and number < $3 order by number",
    )
    .bind(i16::from(level))
    .bind((tile * WIDTH).cast_signed())
    .bind((tile * WIDTH + WIDTH).cast_signed())
    .fetch_all(executor)
    .await?;
    Ok(hashes.concat())
}

/// Writes blocks, of which the first may continue one that has `size` events in all before it, and all that follows from them.
pub async fn write(
    connection: &mut PgConnection,
    size: u64,
    blocks: &[Block],
    tenants: &HashMap<TenantId, LastOfTenant>,
) -> Result<(), WriteError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local synchronous_commit = on").execute(&mut *transaction).await?;
    for block in blocks {
        write_block(&mut transaction, size, block).await?;
    }
    write_nodes(&mut transaction, size, blocks).await?;
    write_tenants(&mut transaction, tenants).await?;
    Ok(transaction.commit().await?)
}

/// The size of the block before decides between two notaries, and the key, when it is a new one. The salts that it had stay as
/// they are: they may have been erased meanwhile.
async fn write_block(connection: &mut PgConnection, size: u64, block: &Block) -> Result<(), WriteError> {
    let before = if size / WIDTH == block.number { size % WIDTH } else { 0 };
    let commitments: Vec<u8> = block.commitments.iter().flat_map(|commitment| commitment.0).collect();
    let written = sqlx::query(
        "insert into plinth.notary_block (number, size, commitments, salts, tenant_sequences, previous_positions)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (number) do update
         set size = excluded.size, commitments = excluded.commitments,
             salts = notary_block.salts || substring(excluded.salts from 16 * notary_block.size + 1),
             tenant_sequences = excluded.tenant_sequences, previous_positions = excluded.previous_positions
         where notary_block.size = $7",
    )
    .bind(block.number.cast_signed())
    .bind(i16::try_from(block.commitments.len()).unwrap_or(i16::MAX))
    .bind(commitments)
    .bind(block.salts.concat())
    .bind(signed(&block.tenant_sequences))
    .bind(signed(&block.previous_positions))
    .bind(i16::try_from(before).unwrap_or(i16::MAX))
    .execute(connection)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(WriteError::Overtaken) }
}

/// The subtrees that are whole now, from the lowest level up.
async fn write_nodes(connection: &mut PgConnection, size: u64, blocks: &[Block]) -> Result<(), WriteError> {
    for block in blocks.iter().filter(|block| block.is_full()) {
        write_node(connection, 1, block.number, &block.tile()).await?;
    }
    let end = blocks.last().map_or(size, Block::end);
    for level in 2..=8_u8 {
        let of_level = |size: u64| size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        for number in of_level(size)..of_level(end) {
            let below = nodes(&mut *connection, level - 1, number).await?;
            write_node(connection, level, number, &below).await?;
        }
    }
    Ok(())
}

async fn write_node(connection: &mut PgConnection, level: u8, number: u64, below: &[u8]) -> Result<(), WriteError> {
    sqlx::query("insert into plinth.tree_node (level, number, hash) values ($1, $2, $3)")
        .bind(i16::from(level))
        .bind(number.cast_signed())
        .bind(Tile::subtree_hash(below).0)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_tenants(
    connection: &mut PgConnection,
    tenants: &HashMap<TenantId, LastOfTenant>,
) -> Result<(), WriteError> {
    let ids: Vec<Uuid> = tenants.keys().map(|tenant| tenant.0).collect();
    let column = |of: fn(&LastOfTenant) -> u64| tenants.values().map(|last| of(last).cast_signed()).collect::<Vec<_>>();
    let commitments: Vec<&[u8]> = tenants.values().map(|last| last.commitment.0.as_slice()).collect();
    sqlx::query(
        "insert into plinth.notary_tenant (tenant_id, sequence, position, commitment)
         select tenant_id, sequence, position, commitment
         from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[]) as last (tenant_id, sequence, position, commitment)
         on conflict (tenant_id) do update
         set sequence = excluded.sequence, position = excluded.position, commitment = excluded.commitment",
    )
    .bind(ids)
    .bind(column(|last| last.sequence))
    .bind(column(|last| last.position))
    .bind(commitments)
    .execute(connection)
    .await?;
    Ok(())
}

fn block(row: &PgRow) -> Result<Block, LogError> {
    let numbers = |column| {
        row.try_get::<Vec<i64>, _>(column).map(|numbers| numbers.into_iter().map(i64::cast_unsigned).collect())
    };
    let commitments: &[u8] = row.try_get("commitments")?;
    let (salts, _) = row.try_get::<&[u8], _>("salts")?.as_chunks::<SALT_BYTES>();
    Ok(Block {
        number: row.try_get::<i64, _>("number")?.cast_unsigned(),
        commitments: commitments.as_chunks().0.iter().map(|hash| Hash(*hash)).collect(),
        salts: salts.to_vec(),
        tenant_sequences: numbers("tenant_sequences")?,
        previous_positions: numbers("previous_positions")?,
    })
}

fn hash(bytes: &[u8]) -> Result<Hash, LogError> {
    bytes.try_into().map(Hash).map_err(|_| LogError::Database(sqlx::Error::Decode("a hash has 32 bytes".into())))
}

fn signed(numbers: &[u64]) -> Vec<i64> {
    numbers.iter().map(|number| number.cast_signed()).collect()
}
