//! The composition root: builds a replica from its configuration. How it runs is in `run`.

mod run;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use async_nats::jetstream::ContextBuilder;
use plinth_client::Connection;
use tokio::net::TcpListener;

use self::run::Parts;
use crate::{
    audit::NotaryKey,
    command::Executor,
    config::{NatsConfig, NotaryConfig, OidcConfig, PostgresConfig, ServeConfig, TraceConfig, WebhookConfig},
    http::{Access, Edge, Gauges, Oidc, Readiness},
    log::{Database, database::POSTGRES_MAJOR},
    streams::Streams,
    traces::Traces,
    webhooks::{Caller, Clients, Networks, Secrets},
};

/// How long the servers may take to answer when the service starts.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait for JetStream to make or show a stream; in a cluster, an election may come first.
const JETSTREAM_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait until JetStream has a message. One that got lost in a restart of the server is sent again after this,
/// and those behind it wait.
const JETSTREAM_ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// Most messages sent to JetStream and not yet acknowledged.
const JETSTREAM_IN_FLIGHT: usize = 8_000;

/// A replica, ready to run.
pub struct App {
    parts: Parts,
    executor: Executor,
    listener: TcpListener,
    readiness: Readiness,
    gauges: Gauges,
    caller: Caller,
    edge: Edge,
    traces: Traces,
    notary_key: Option<NotaryKey>,
}

/// Everything a replica is told.
#[derive(Clone)]
pub struct Config {
    /// Where Postgres is.
    pub postgres: PostgresConfig,
    /// Where NATS is.
    pub nats: NatsConfig,
    /// How to serve.
    pub serve: ServeConfig,
    /// What webhooks are signed with, and where they may be.
    pub webhooks: WebhookConfig,
    /// Where traces go.
    pub traces: TraceConfig,
    /// What checkpoints are signed with.
    pub notary: NotaryConfig,
    /// Whose tokens are believed.
    pub oidc: OidcConfig,
}

/// The database of a configuration.
pub fn database(config: &PostgresConfig) -> anyhow::Result<Database> {
    Database::new(&config.database_url, "plinth").context("DATABASE_URL is not a Postgres URL")
}

/// Brings the database to the schema of this version; tells how many migrations are applied.
pub async fn migrate(config: &PostgresConfig) -> anyhow::Result<usize> {
    let database = database(config)?;
    wait_for_postgres(&database).await?;
    database.migrate().await?;
    Ok(database.migrations().await?.1)
}

/// Builds a replica: checks its servers, makes its streams, and listens.
pub async fn build(config: Config) -> anyhow::Result<App> {
    let caller = caller(&config.webhooks)?;
    let traces = Traces::new(&config.traces).context("traces cannot be sent (see --otlp-endpoint)")?;
    let notary_key = notary_key(&config.notary)?;
    if notary_key.is_none() {
        tracing::info!("there is no key of a notary: the tree over the log is built, and nothing is signed");
    }
    let oidc = Oidc::new(&config.oidc).context("tokens cannot be checked (see --oidc-issuer)")?;
    let database = database(&config.postgres)?;
    check_postgres(&database).await?;
    let nats = connect(&config.nats).await?;
    let requests = connect(&config.nats).await?;
    let streams = streams(&nats, &config.nats, usize::from(config.serve.stream_replicas));
    for stream in streams.configs() {
        streams.ensure(stream).await.context("JetStream is needed: is it switched on in nats-server?")?;
    }
    let listener = TcpListener::bind(config.serve.http_addr)
        .await
        .with_context(|| format!("HTTP cannot listen on {} (see --http-addr)", config.serve.http_addr))?;
    let (executor, submitter) = Executor::new(database.clone(), config.serve.cache_aggregates, traces.clone());
    let edge = Edge::new(&config.serve.cors_origins, traces.clone());
    let readiness = Readiness::new(database.clone(), nats.clone());
    let gauges = Gauges::new(database.clone(), streams.clone());
    let access = Access::new(database.clone(), oidc);
    let parts = Parts { database, nats, requests, streams, subjects: config.nats.subject_prefix, submitter, access };
    Ok(App { parts, executor, listener, readiness, gauges, caller, edge, traces, notary_key })
}

/// The streams of an installation.
pub fn streams(nats: &async_nats::Client, config: &NatsConfig, replicas: usize) -> Streams {
    let jetstream = ContextBuilder::new()
        .timeout(JETSTREAM_TIMEOUT)
        .ack_timeout(JETSTREAM_ACK_TIMEOUT)
        .max_ack_inflight(JETSTREAM_IN_FLIGHT)
        .backpressure_on_inflight(true)
        .build(nats.clone());
    Streams::new(jetstream, config.subject_prefix.clone(), replicas)
}

/// The key of a configuration.
pub fn notary_key(config: &NotaryConfig) -> anyhow::Result<Option<NotaryKey>> {
    let read = |path: &PathBuf| {
        NotaryKey::read(path).with_context(|| format!("{} cannot be used (see --notary-key-file)", path.display()))
    };
    config.key_file.as_ref().map(read).transpose()
}

/// Who calls webhooks. Encrypts by the library that the connections to the servers use.
fn caller(config: &WebhookConfig) -> anyhow::Result<Caller> {
    // somebody else in the process may have chosen before
    rustls::crypto::ring::default_provider().install_default().ok();
    let secrets = config.secrets.as_deref().map(|path| {
        Secrets::read(path).with_context(|| format!("{} cannot be used (see --webhook-secrets)", path.display()))
    });
    let clients = Clients::new(Networks::new(config.networks.clone())).context("webhooks cannot be called")?;
    Ok(Caller::new(secrets.transpose()?.unwrap_or_default(), clients))
}

async fn check_postgres(database: &Database) -> anyhow::Result<()> {
    wait_for_postgres(database).await?;
    let (known, applied) = database.migrations().await?;
    if applied < known {
        bail!("the database lacks {} of {known} migrations: run `plinth migrate`", known - applied);
    }
    Ok(())
}

async fn wait_for_postgres(database: &Database) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (version, number) = loop {
        match database.server_version().await {
            Ok(version) => break version,
            Err(error) if tokio::time::Instant::now() < deadline => {
                tracing::info!(error = %error, "Postgres cannot be reached yet");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(error).context("Postgres cannot be reached (see DATABASE_URL)"),
        }
    };
    if number / 10_000 < POSTGRES_MAJOR {
        bail!("Postgres is version {version}, {POSTGRES_MAJOR} or newer is needed");
    }
    Ok(())
}

async fn connect(config: &NatsConfig) -> anyhow::Result<async_nats::Client> {
    let mut connection = Connection::to(&config.nats_url, "plinth");
    connection.credentials.clone_from(&config.nats_creds);
    connection.patience = PATIENCE;
    connection.open().await.context("NATS cannot be used (see NATS_URL)")
}

impl App {
    /// Where HTTP is answered.
    pub fn http_address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The addresses of the replica and of its servers, without secrets.
    pub fn addresses(&self) -> anyhow::Result<String> {
        let http = self.http_address()?;
        let Parts { nats, subjects, database, .. } = &self.parts;
        let (server, postgres) = (nats.server_info(), database.address());
        Ok(format!("http://{http}, nats {}:{} (prefix {subjects}), postgres {postgres}", server.host, server.port))
    }
}
