//! How the service is connected to Postgres: one pool for reads and duties, one connection of its own for the writer.

use std::{str::FromStr, time::Duration};

use plinth_events::event::UnknownEvent;
use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// Oldest supported major version of Postgres.
pub const POSTGRES_MAJOR: i32 = 15;

static MIGRATOR: Migrator = sqlx::migrate!();

/// Any number that no other lock of the database has.
const MIGRATION_LOCK: i64 = 0x0070_6c69_6e74_6801;

/// What the service asks, it finds by an index. Without these a plan that was made while a table was small and had no
/// statistics, as on the first day, would go on reading all of it when it has grown.
const LOOK_UPS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];

/// With arrays as parameters every statement would be planned anew.
const GENERIC_PLANS: [(&str, &str); 1] = [("plan_cache_mode", "force_generic_plan")];
const UNSYNCED: [(&str, &str); 1] = [("synchronous_commit", "off")];

const POOL_CONNECTIONS: u32 = 12;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that answered so shortly before is not asked whether it is still there: that costs as much as a look-up.
const TRUSTED: Duration = Duration::from_secs(1);

/// What can go wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Postgres refused, or was gone.
    #[error("postgres: {0}")]
    Database(#[from] sqlx::Error),
    /// A read table could not be brought up to date.
    #[error("read tables: {0}")]
    Projection(#[from] plinth_projections::ProjectionError),
    /// An event stands in the log that this version does not know.
    #[error("the log holds an event that cannot be read: {0}")]
    Event(#[from] UnknownEvent),
    /// Metadata or a reply in the log does not parse.
    #[error("the log holds JSON that cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It did not answer in time.
    #[error("postgres did not answer in time")]
    TimedOut,
    /// The migrations failed.
    #[error("migrations: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl LogError {
    /// The error of Postgres behind it, if it is one.
    pub fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database(error) | Self::Projection(plinth_projections::ProjectionError::Database(error)) => {
                Some(error)
            }
            _ => None,
        }
    }
}

/// The database that holds the log.
#[derive(Debug, Clone)]
pub struct Database {
    options: PgConnectOptions,
    pool: PgPool,
}

impl Database {
    /// Prepares connections to a database; connects when first used. The URL never appears in an error.
    pub fn new(url: &str, name: &str) -> Result<Self, LogError> {
        let options = PgConnectOptions::from_str(url)?
            .application_name(name)
            .options([("search_path", "public,plinth"), ("statement_timeout", "30s")]);
        let unsynced = options.clone().options(UNSYNCED).options(LOOK_UPS);
        let pool = PgPoolOptions::new()
            .max_connections(POOL_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, of| Box::pin(is_there(connection, of.idle_for)))
            .connect_lazy_with(unsynced);
        Ok(Self { options, pool })
    }

    /// Host, port and name of the database, without user and password.
    pub fn address(&self) -> String {
        let name = self.options.get_database().unwrap_or_default();
        format!("{}:{}/{name}", self.options.get_host(), self.options.get_port())
    }

    /// Connections for reads and duties. They do not wait for the disk: a heartbeat or the mark of a published job that a
    /// crash of Postgres takes back is repeated or set once more.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction that sees all as it was at one moment.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, LogError> {
        Ok(self.pool.begin_with("begin isolation level repeatable read read only").await?)
    }

    /// A connection for the writer: it gives up a lock that it cannot get, and loses one that it sits on, so that a
    /// frozen replica does not hold up the others.
    pub async fn writer(&self) -> Result<PgConnection, LogError> {
        let options = self.options.clone().options(LOOK_UPS).options(GENERIC_PLANS).options([
            ("lock_timeout", "10s"),
            ("statement_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "5s"),
        ]);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// A connection of its own for a duty that asks the same over and over: planned once, and without waiting for the disk.
    pub async fn follower(&self) -> Result<PgConnection, LogError> {
        let options = self.options.clone().options(LOOK_UPS).options(UNSYNCED).options(GENERIC_PLANS);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// A connection of its own for long work, such as a rebuild: without a limit on statements, and without waiting
    /// for the disk at every step.
    pub async fn dedicated(&self) -> Result<PgConnection, LogError> {
        let options = self.options.clone().options(UNSYNCED).options([("statement_timeout", "0")]);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// Applies the migrations that are missing. What is applied is kept in schema `plinth`, like all that is internal.
    pub async fn migrate(&self) -> Result<(), LogError> {
        let options = self.options.clone().options([("statement_timeout", "0")]);
        let mut connection = PgConnection::connect_with(&options).await?;
        // two replicas that create the schema at the same time would fail all the same; the lock ends with the connection
        sqlx::query("select pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut connection).await?;
        sqlx::query("create schema if not exists plinth").execute(&mut connection).await?;
        // only now: a session that named the schema before somebody else made it may go on without it, and would keep the
        // record of what is applied in another schema
        sqlx::query("set search_path = plinth, public").execute(&mut connection).await?;
        MIGRATOR.run(&mut connection).await?;
        Ok(())
    }

    /// How many migrations are known and how many of them are applied.
    pub async fn migrations(&self) -> Result<(usize, usize), LogError> {
        let known = MIGRATOR.iter().count();
        let exists: bool = sqlx::query_scalar("select to_regclass('plinth._sqlx_migrations') is not null")
            .fetch_one(&self.pool)
            .await?;
        if !exists {
            return Ok((known, 0));
        }
        let applied: i64 = sqlx::query_scalar("select count(*) from plinth._sqlx_migrations where success")
            .fetch_one(&self.pool)
            .await?;
        Ok((known, usize::try_from(applied).unwrap_or(0)))
    }

    /// The version of the server, such as `15.8`, and its number, such as 150008.
    pub async fn server_version(&self) -> Result<(String, i32), LogError> {
        let row: (String, String) =
            sqlx::query_as("select current_setting('server_version'), current_setting('server_version_num')")
                .fetch_one(&self.pool)
                .await?;
        Ok((row.0, row.1.parse().unwrap_or(0)))
    }

    /// The settings on which durability rests, with their values for the writer.
    pub async fn durability(&self) -> Result<Vec<(String, String)>, LogError> {
        let mut writer = self.writer().await?;
        Ok(sqlx::query_as(
            "select name, current_setting(name)
             from unnest(array['fsync', 'full_page_writes', 'synchronous_commit']) as setting (name)",
        )
        .fetch_all(&mut writer)
        .await?)
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> Result<(), LogError> {
        sqlx::query_scalar::<_, i32>("select 1").fetch_one(&self.pool).await?;
        Ok(())
    }
}

async fn is_there(connection: &mut PgConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    if idle > TRUSTED {
        connection.ping().await?;
    }
    Ok(true)
}
