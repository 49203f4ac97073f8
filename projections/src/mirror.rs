//! The read tables in another database, that of an application: made or checked, and moved on together with the position
//! that they are at.
//!
//! What a mirror remembers stands in schema `plinth_mirror` of that database; the tables are where the application has
//! them. [`open`] points the connection at both.

mod compare;
mod copy;
mod tables;

use plinth_events::{EventId, TenantId};
use sqlx::{Connection, FromRow, PgConnection};
use uuid::Uuid;

pub use self::{
    compare::{Difference, TableDigest, differing_ids, digests},
    copy::copy,
};

/// Any number that no other lock of the database has.
const LOCK: i64 = 0x0070_6c69_6e74_6803;

/// How far a mirror is, of whose events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The one tenant whose rows it has; none: it has those of all.
    pub tenant: Option<TenantId>,
    /// The rows are what all events up to here say.
    pub position: u64,
    /// Position and id of the last event that was applied; none when there was none yet.
    pub last: Option<(u64, EventId)>,
}

/// A database that cannot be a mirror as it is.
#[derive(Debug, thiserror::Error)]
pub enum MirrorTablesError {
    /// Postgres refused, or was gone.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// It has a log of its own.
    #[error("the target is the database of a Plinth itself, and its read tables are not to be overwritten")]
    IsSource,
    /// No mirror was ever started on it.
    #[error("the target is no mirror yet: it has no schema plinth_mirror")]
    NoMirror,
    /// Some of the five tables are there and some are not.
    #[error("the target lacks the table {missing} in schema {schema}, but has others of the five")]
    LacksTables {
        /// Where they are looked for.
        schema: String,
        /// Those that are not there.
        missing: String,
    },
    /// Tables of another shape than the contract has them.
    #[error("the tables of the target do not fit: {}", .0.join("; "))]
    OtherShape(Vec<String>),
    /// Rows of somebody else.
    #[error(
        "the table {0} of the target has rows that are not of this mirror: empty the five tables, or have them replaced by \
         a snapshot"
    )]
    NotEmpty(String),
    /// It mirrors something else.
    #[error("the target is a mirror of {}, not of {}", whose(*.mirrored), whose(*.asked))]
    OtherTenant {
        /// Whose rows it has.
        mirrored: Option<TenantId>,
        /// Whose rows it was asked to have.
        asked: Option<TenantId>,
    },
}

fn whose(tenant: Option<TenantId>) -> String {
    tenant.map_or_else(|| "all tenants".to_owned(), |tenant| format!("tenant {tenant}"))
}

/// Takes the place of the one mirror that writes, until the connection ends. False: another one has it.
pub async fn lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(LOCK).fetch_one(connection).await
}

/// Points the connection at the tables in `schema`, made anew if none of them is there, and says how far they are. With
/// `replaced` they may hold rows of others, because a snapshot is about to take their place.
pub async fn open(
    connection: &mut PgConnection,
    schema: &str,
    tenant: Option<TenantId>,
    replaced: bool,
) -> Result<Progress, MirrorTablesError> {
    let mut transaction = connection.begin().await?;
    if exists(&mut transaction, "plinth.events").await? {
        return Err(MirrorTablesError::IsSource);
    }
    tables::ensure(&mut transaction, schema).await?;
    if !exists(&mut transaction, "plinth_mirror.mirror").await? {
        point_at(&mut transaction, schema).await?;
        if let (Some(table), false) = (tables::filled(&mut transaction).await?, replaced) {
            return Err(MirrorTablesError::NotEmpty(table));
        }
        lay_out(&mut transaction, tenant).await?;
    }
    let progress = hold(&mut transaction, schema).await?;
    if progress.tenant != tenant && !replaced {
        return Err(MirrorTablesError::OtherTenant { mirrored: progress.tenant, asked: tenant });
    }
    transaction.commit().await?;
    Ok(progress)
}

/// Points the connection at a mirror that is there, and says how far it is. It stays there until the transaction ends.
pub async fn hold(connection: &mut PgConnection, schema: &str) -> Result<Progress, MirrorTablesError> {
    if !exists(connection, "plinth_mirror.mirror").await? {
        return Err(MirrorTablesError::NoMirror);
    }
    point_at(connection, schema).await?;
    progress(connection).await?.ok_or(MirrorTablesError::NoMirror)
}

/// Says that the tables are further now. False: another mirror has moved them meanwhile.
pub async fn advance(connection: &mut PgConnection, from: u64, to: Progress) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(
        "update plinth_mirror.mirror
         set tenant_id = $2, position = $3, last_position = $4, last_event_id = $5, moved_at = clock_timestamp()
         where position = $1",
    )
    .bind(from.cast_signed())
    .bind(to.tenant.map(|tenant| tenant.0))
    .bind(to.position.cast_signed())
    .bind(to.last.map(|(position, _)| position.cast_signed()))
    .bind(to.last.map(|(_, id)| id.0))
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// How far it is, locked until the transaction ends.
async fn progress(connection: &mut PgConnection) -> Result<Option<Progress>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as("select tenant_id, position, last_position, last_event_id from plinth_mirror.mirror for update")
            .fetch_optional(connection)
            .await?;
    Ok(row.map(Progress::from))
}

#[derive(FromRow)]
struct Row {
    tenant_id: Option<Uuid>,
    position: i64,
    last_position: Option<i64>,
    last_event_id: Option<Uuid>,
}

impl From<Row> for Progress {
    fn from(row: Row) -> Self {
        Self {
            tenant: row.tenant_id.map(TenantId),
            position: row.position.cast_unsigned(),
            last: row.last_position.map(i64::cast_unsigned).zip(row.last_event_id.map(EventId)),
        }
    }
}

async fn exists(connection: &mut PgConnection, table: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select to_regclass($1) is not null").bind(table).fetch_one(connection).await
}

async fn point_at(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('search_path', quote_ident($1) || ', plinth_mirror', false)")
        .bind(schema)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes what a mirror remembers: its position, and the state of the projections as the service has it.
async fn lay_out(connection: &mut PgConnection, tenant: Option<TenantId>) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(concat!(
        "create schema plinth_mirror; set local search_path = plinth_mirror;",
        include_str!("../../migrations/0004_projection_state.sql"),
        include_str!("mirror/mirror.sql"),
    ))
    .execute(&mut *connection)
    .await?;
    sqlx::query("insert into plinth_mirror.mirror (tenant_id, position) values ($1, 0)")
        .bind(tenant.map(|tenant| tenant.0))
        .execute(connection)
        .await?;
    Ok(())
}
