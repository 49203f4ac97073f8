//! A service with a database, a subject prefix and a tenant of one test's own.

use std::{path::PathBuf, process::Stdio, str::FromStr as _, time::Duration};

use anyhow::Context as _;
use plinth_client::{Client, SendError, SendOptions, connect};
use plinth_events::{CommandName, Scope, TenantId, UserId, envelope::Origin, reply::Reply, subject::Subjects};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};
use uuid::Uuid;

const READY_LIMIT: Duration = Duration::from_secs(60);

/// Where the servers of the run are.
pub(crate) fn servers() -> Option<(String, String)> {
    Some((std::env::var("PLINTH_TEST_DATABASE_URL").ok()?, std::env::var("PLINTH_TEST_NATS_URL").ok()?))
}

/// Somebody with an API key.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: &'static str,
    /// Their id.
    pub id: UserId,
    /// A key with all scopes that are theirs.
    pub key: String,
}

/// A running service. It is killed when it is dropped.
pub struct Installation {
    program: Child,
    database_url: String,
    nats: async_nats::Client,
    subjects: Subjects,
    client: Client,
    /// Its only tenant.
    pub tenant: TenantId,
    /// Where its pages are, such as `http://127.0.0.1:40123`.
    pub address: String,
    /// Who may do everything.
    pub ada: Person,
    /// Who may read, and change the own dashboard.
    pub grace: Person,
}

impl Installation {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let (server, nats_url) = servers().context("there are no servers")?;
        let database_url = create_database(&server).await?;
        let prefix = format!("b{}", &Uuid::new_v4().simple().to_string()[..12]);
        let subjects: Subjects = prefix.parse().context("a prefix of letters and digits")?;
        let mut program = Command::new(program()?)
            .args(["serve", "--migrate", "--http-addr", "127.0.0.1:0"])
            .env("DATABASE_URL", &database_url)
            .env("NATS_URL", &nats_url)
            .env("PLINTH_SUBJECT_PREFIX", &prefix)
            .env("PLINTH_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(program.stdout.take().context("the service says nothing")?).lines();
        let ready = timeout(READY_LIMIT, lines.next_line()).await.context("the service is not ready in time")??;
        let ready = ready.context("the service ended")?;
        let address =
            ready.split([' ', ',']).find(|word| word.starts_with("http://")).context("no address")?.to_owned();
        let nats = connect(&nats_url, None, "plinth-browser").await?;
        let client = Client::new(nats.clone(), subjects.clone());
        let tenant = TenantId(Uuid::new_v4());
        let nobody = |name| Person { name, id: UserId(Uuid::new_v4()), key: String::new() };
        let (ada, grace) = (nobody("Ada"), nobody("Grace"));
        let mut this = Self { program, database_url, nats, subjects, client, tenant, address, ada, grace };
        this.populate().await?;
        Ok(this)
    }

    /// Ends the service and gives back the room that its streams reserve.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.program.kill().await?;
        let streams = async_nats::jetstream::new(self.nats);
        for name in [self.subjects.events_stream(), self.subjects.jobs_stream(), self.subjects.intake_stream()] {
            streams.delete_stream(name).await?;
        }
        Ok(())
    }

    async fn populate(&mut self) -> anyhow::Result<()> {
        self.send("tenant.register", json!({ "name": "Acme" })).await?;
        for person in [&self.ada, &self.grace] {
            self.send("user.register", json!({ "userId": person.id, "name": person.name })).await?;
        }
        self.ada.key = self.make_key(&self.ada, Scope::ALL).await?;
        self.grace.key = self
            .make_key(&self.grace, &[Scope::MetricsRead, Scope::LayoutOwn, Scope::JobsRead, Scope::EventsRead])
            .await?;
        Ok(())
    }

    async fn make_key(&self, person: &Person, scopes: &[Scope]) -> anyhow::Result<String> {
        let key = secret();
        let digest: String = digest(&key).iter().map(|byte| format!("{byte:02x}")).collect();
        let body = json!({
            "keyId": Uuid::new_v4(), "name": person.name, "digest": digest, "userId": person.id, "scopes": scopes,
        });
        self.send("api-key.create", body).await?;
        Ok(key)
    }

    /// Sends a command as Ada, such as `metric.define`.
    pub async fn send(&self, command: &str, body: Value) -> Result<Reply, SendError> {
        let (aggregate, verb) = command.split_once('.').unwrap_or((command, ""));
        let name = CommandName::from_tokens(aggregate, verb).unwrap_or_else(|| panic!("there is no command {command}"));
        let origin = Origin { actor: self.actor(command), ..Origin::default() };
        let options = SendOptions { origin, ..SendOptions::new() };
        self.client.send_raw(self.tenant, name, body.to_string().into(), &options).await
    }

    /// Ada, once she is registered.
    fn actor(&self, command: &str) -> Option<UserId> {
        (!matches!(command, "tenant.register" | "user.register")).then_some(self.ada.id)
    }

    /// A path that signs a person in once, as `plinth dev` prints it.
    pub async fn link(&self, person: &Person) -> anyhow::Result<String> {
        let link = secret();
        sqlx::query(
            "insert into plinth.login_link (digest, key_digest, expires_at) values ($1, $2, now() + interval '1 minute')",
        )
        .bind(digest(&link))
        .bind(digest(&person.key))
        .execute(&mut self.database().await?)
        .await?;
        Ok(format!("/login/{link}"))
    }

    /// A connection to the database, for the read tables.
    pub async fn database(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.database_url).await?)
    }

    /// A client of the service, for workers.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

fn secret() -> String {
    format!("plinth_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

async fn create_database(server: &str) -> anyhow::Result<String> {
    let name = format!("b{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect_with(&PgConnectOptions::from_str(server)?).await?;
    sqlx::query(&format!("create database {name}")).execute(&mut connection).await?;
    let (base, _) = server.rsplit_once('/').context("a URL of a database")?;
    Ok(format!("{base}/{name}"))
}

/// The program that was built beside this test.
fn program() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).context("a test in a build folder")?;
    let program = folder.join("plinth");
    anyhow::ensure!(program.is_file(), "{} is not there: cargo build --bin plinth", program.display());
    Ok(program)
}
