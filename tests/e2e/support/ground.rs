//! A database, a subject prefix and servers, for one test alone.

use std::{fmt::Debug, path::PathBuf, str::FromStr, time::Duration};

use async_nats::jetstream;
use plinth::embedded::{Nats, Postgres, ThrowawayFolder, Tuning};
use plinth_client::{Client, SendError, SendOptions, connect};
use plinth_events::{
    CommandId, CommandName, TenantId, UserId, envelope::Origin, query::QueryName, reply::Reply, subject::Subjects,
};
use serde_json::Value;
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use super::Replica;

/// Longest wait for the outcome of a command from the intake.
const RECEIPT_LIMIT: Duration = Duration::from_secs(20);

/// Where one test takes place.
pub struct Ground {
    pub database_url: String,
    pub nats_url: String,
    pub subjects: Subjects,
    /// Servers of this test's own, for tests that kill them.
    pub servers: Option<Servers>,
    /// Where the replicas' logs go, kept when the test fails.
    pub folder: PathBuf,
}

/// A Postgres and a nats-server of one test's own.
pub struct Servers {
    pub postgres: Postgres,
    pub nats: Nats,
    folder: ThrowawayFolder,
}

impl Ground {
    /// On the servers of the run; none, and a word about it, when there are none.
    pub async fn new(name: &str) -> Option<Self> {
        let (Ok(server), Ok(nats_url)) =
            (std::env::var("PLINTH_TEST_DATABASE_URL"), std::env::var("PLINTH_TEST_NATS_URL"))
        else {
            println!("skipped: {name} needs Postgres and nats-server, run ./dev test");
            return None;
        };
        let database = format!("t{}", Uuid::new_v4().simple());
        let options = PgConnectOptions::from_str(&server).unwrap();
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        sqlx::query(&format!("create database {database}")).execute(&mut connection).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self::at(format!("{base}/{database}"), nats_url, None))
    }

    /// On servers of its own, which may be killed.
    pub async fn with_own_servers(name: &str) -> Option<Self> {
        if std::env::var("PLINTH_TEST_DATABASE_URL").is_err() {
            println!("skipped: {name} needs Postgres and nats-server, run ./dev test");
            return None;
        }
        let folder = ThrowawayFolder::new().unwrap();
        let postgres = Postgres::start(&folder.path().join("postgres"), None, Tuning::default()).await.unwrap();
        let nats = Nats::start(&folder.path().join("nats"), None).await.unwrap();
        let (database_url, nats_url) = (postgres.url(), nats.url());
        Some(Self::at(database_url, nats_url, Some(Servers { postgres, nats, folder })))
    }

    fn at(database_url: String, nats_url: String, servers: Option<Servers>) -> Self {
        let prefix = format!("t{}", &Uuid::new_v4().simple().to_string()[..12]);
        let folder = std::env::temp_dir().join(format!("plinth-test-{prefix}"));
        std::fs::create_dir_all(&folder).unwrap();
        Self { database_url, nats_url, subjects: prefix.parse().unwrap(), servers, folder }
    }

    /// Where a nats-server of this test's own keeps its streams.
    pub fn nats_folder(&self) -> PathBuf {
        self.servers.as_ref().unwrap().folder.path().join("nats")
    }

    /// A replica of the service, migrated and ready.
    pub async fn replica(&self) -> Replica {
        Replica::start(self).await
    }

    /// A client of the service.
    pub async fn client(&self) -> Client {
        Client::new(self.nats().await, self.subjects.clone())
    }

    /// A connection to NATS.
    pub async fn nats(&self) -> async_nats::Client {
        connect(&self.nats_url, None, "plinth-test").await.unwrap()
    }

    /// Connections to the database, for the read tables.
    pub async fn pool(&self) -> PgPool {
        PgPool::connect(&self.database_url).await.unwrap()
    }

    /// The environment by which the program finds this place.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("DATABASE_URL", self.database_url.clone()),
            ("NATS_URL", self.nats_url.clone()),
            ("PLINTH_SUBJECT_PREFIX", self.subjects.to_string()),
        ]
    }

    /// The position of the last event in the log.
    pub async fn position(&self) -> u64 {
        let pool = self.pool().await;
        let end = sqlx::query_scalar("select coalesce(max(position), 0) from plinth.events");
        let position: i64 = end.fetch_one(&pool).await.unwrap();
        position.cast_unsigned()
    }

    /// Takes the events behind a position out of the log, as a restore does that lacks the last commits.
    pub async fn lose_events_behind(&self, position: u64) {
        let mut connection = PgConnection::connect(&self.database_url).await.unwrap();
        sqlx::raw_sql("set session_replication_role = replica").execute(&mut connection).await.unwrap();
        sqlx::query("delete from plinth.events where position > $1")
            .bind(position.cast_signed())
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// Fails unless `plinth verify` finds the read tables equal to the log.
    pub async fn assert_verified(&self) {
        let verified = self.plinth(&["verify"]).await;
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }

    /// Runs a subcommand of the program to its end.
    pub async fn plinth(&self, arguments: &[&str]) -> std::process::Output {
        tokio::process::Command::new(env!("CARGO_BIN_EXE_plinth"))
            .args(arguments)
            .envs(self.environment())
            .output()
            .await
            .unwrap()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.folder).ok();
        }
        // the servers go before their folder
        if let Some(Servers { postgres, nats, folder }) = self.servers.take() {
            drop(postgres);
            drop(nats);
            drop(folder);
            return;
        }
        // a test's own runtime cannot wait here
        let (database_url, nats_url, subjects) =
            (self.database_url.clone(), self.nats_url.clone(), self.subjects.clone());
        let giving_back = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(give_back(&database_url, &nats_url, &subjects));
        });
        giving_back.join().ok();
    }
}

/// Removes what a test made on the servers of the run, which would not have room for all tests at once.
async fn give_back(database_url: &str, nats_url: &str, subjects: &Subjects) {
    let jetstream = jetstream::new(connect(nats_url, None, "plinth-test").await.unwrap());
    let streams = [
        subjects.events_stream(),
        subjects.jobs_stream(),
        subjects.intake_stream(),
        subjects.receipts_stream(),
        subjects.checkpoints_stream(),
    ];
    for stream in streams {
        jetstream.delete_stream(stream).await.ok();
    }
    let (server, database) = database_url.rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::query(&format!("drop database {database} with (force)")).execute(&mut connection).await.unwrap();
}

/// A tenant with a user, who does everything.
pub struct Acting<'a> {
    pub client: &'a Client,
    pub tenant: TenantId,
    pub user: UserId,
}

impl<'a> Acting<'a> {
    /// A fresh tenant with a fresh user.
    pub async fn new(client: &'a Client) -> Self {
        let acting = Self { client, tenant: TenantId(Uuid::new_v4()), user: UserId(Uuid::new_v4()) };
        acting.send("tenant.register", serde_json::json!({ "name": "Test" })).await.unwrap();
        let body = serde_json::json!({ "userId": acting.user, "name": "Tester" });
        acting.send("user.register", body).await.unwrap();
        acting
    }

    /// The same user on the subjects of another tenant.
    pub fn of(&self, tenant: TenantId) -> Self {
        Self { tenant, ..*self }
    }

    /// Sends a command such as `metric.define` as the user.
    pub async fn send(&self, command: &str, body: Value) -> Result<Reply, SendError> {
        self.send_as(CommandId(Uuid::new_v4()), command, body).await
    }

    /// Sends a command under a given id.
    pub async fn send_as(&self, id: CommandId, command: &str, body: Value) -> Result<Reply, SendError> {
        self.client.send_raw(self.tenant, name(command), body.to_string().into(), &self.options(id)).await
    }

    /// What an accepted command answers beside its events.
    pub async fn result(&self, command: &str, body: Value) -> Value {
        let reply = self.send(command, body).await.unwrap();
        reply.result_as().unwrap()
    }

    /// Publishes a command to the intake, under a given id.
    pub async fn publish(&self, id: CommandId, command: &str, body: Value) {
        let options = self.options(id);
        self.client.publish_durable_raw(self.tenant, name(command), body.to_string().into(), &options).await.unwrap();
    }

    /// The outcome of a command from the intake.
    pub async fn receipt(&self, id: CommandId) -> Result<Reply, SendError> {
        self.client.receipt(self.tenant, id, RECEIPT_LIMIT).await
    }

    /// Asks a query such as `metric.get`.
    pub async fn query(&self, query: &str, body: Value) -> Result<Value, SendError> {
        let (aggregate, verb) = query.split_once('.').unwrap();
        self.client.query(self.tenant, QueryName::from_tokens(aggregate, verb).unwrap(), &body).await
    }

    fn options(&self, id: CommandId) -> SendOptions {
        SendOptions { command_id: id, origin: Origin { actor: Some(self.user), ..Origin::default() } }
    }

    /// The code of the refusal that a command gets.
    #[track_caller]
    pub fn refusal<T: Debug>(sent: Result<T, SendError>) -> String {
        match sent {
            Err(SendError::Refused { problem, .. }) => problem.code.clone(),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }
}

fn name(command: &str) -> CommandName {
    let (aggregate, verb) = command.split_once('.').unwrap();
    CommandName::from_tokens(aggregate, verb).unwrap()
}
