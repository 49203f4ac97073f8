//! The composition root: builds a replica from its configuration and runs it until it is told to stop.
//!
//! Stopping goes from the outside in: no more requests are taken, those taken are answered, the writer finishes, the
//! duties are given back, the connections are closed.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail};
use async_nats::{
    jetstream::ContextBuilder,
    service::{Service, ServiceExt},
};
use plinth_client::{Client, Connection};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    command::{
        Executor, Submitter, endpoint::CommandEndpoints, intake::Intake, respond::Responder, unrecorded::Unrecorded,
    },
    config::{NatsConfig, PostgresConfig, ServeConfig, TraceConfig, WebhookConfig},
    duty::Duties,
    endpoints::Endpoints,
    http::{self, Gauges, Readiness},
    jobs::{bulk::BulkActions, dispatch::Dispatcher, flow::Flow, leases::Leases, schedules::Scheduler},
    log::{Database, database::POSTGRES_MAJOR},
    query::{Queries, endpoint::QueryEndpoints},
    relay::Relay,
    stray::Strays,
    streams::Streams,
    traces::Traces,
    webhooks::{Caller, Clients, Networks, Secrets, Webhooks},
};

/// How long the servers may take to answer when the service starts.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to finish what was taken when the service stops.
const GRACE: Duration = Duration::from_secs(25);
/// How long to wait for JetStream to make or show a stream; in a cluster, an election may come first.
const JETSTREAM_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait until JetStream has a message. One that got lost in a restart of the server is sent again after this,
/// and those behind it wait.
const JETSTREAM_ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// Most messages sent to JetStream and not yet acknowledged.
const JETSTREAM_IN_FLIGHT: usize = 8_000;

/// A replica, ready to run.
pub struct App {
    database: Database,
    nats: async_nats::Client,
    /// Requests come on a connection of their own, which is drained first when the replica stops.
    requests: async_nats::Client,
    streams: Streams,
    config: Config,
    executor: Executor,
    submitter: Submitter,
    listener: TcpListener,
    readiness: Readiness,
    gauges: Gauges,
    caller: Caller,
    traces: Traces,
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
    let readiness = Readiness::new(database.clone(), nats.clone());
    let gauges = Gauges::new(database.clone(), streams.clone());
    Ok(App {
        database,
        nats,
        requests,
        streams,
        config,
        executor,
        submitter,
        listener,
        readiness,
        gauges,
        caller,
        traces,
    })
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
        let nats = self.nats.server_info();
        Ok(format!(
            "http://{http}, nats {}:{} (prefix {}), postgres {}",
            nats.host,
            nats.port,
            self.config.nats.subject_prefix,
            self.database.address()
        ))
    }

    /// Serves until told to stop, then finishes what was taken. Says when it serves: from then on every request is
    /// answered.
    pub async fn run_until(self, shutdown: CancellationToken, say_ready: impl FnOnce()) -> anyhow::Result<()> {
        let Self {
            database,
            nats,
            requests,
            streams,
            config,
            executor,
            submitter,
            listener,
            readiness,
            gauges,
            caller,
            traces,
        } = self;
        let subjects = config.nats.subject_prefix;
        let unrecorded = Unrecorded::new(database.clone());
        let duties = Duties::new(database.clone());

        // what takes work: stopped first
        let outer = TaskTracker::new();
        let draining = CancellationToken::new();
        let responder = Responder::new(nats.clone(), draining.clone());
        let endpoints = Endpoints::new(service(&requests).await?, responder, outer.clone());
        let commands = CommandEndpoints::new(subjects.clone(), submitter.clone(), unrecorded.clone());
        let queries = QueryEndpoints::new(subjects.clone(), Queries::new(database.clone()));
        endpoints.serve(commands).await.map_err(anyhow::Error::from_boxed)?;
        endpoints.serve(queries).await.map_err(anyhow::Error::from_boxed)?;
        outer.spawn(Strays::subscribe(&requests, nats.clone(), subjects.clone()).await?.refuse());
        let webhooks = Webhooks::new(database.clone(), Client::new(nats.clone(), subjects.clone()), caller);
        let webhooks = duties.hold("webhooks", &shutdown, async move |_, stop| webhooks.run(stop).await);
        outer.spawn(drain(requests.clone(), draining.clone()));
        // what webhooks came to is reported by requests, so those are taken until then
        outer.spawn(async move {
            webhooks.await;
            draining.cancel();
        });
        let intake = Intake::new(database.clone(), streams.clone(), subjects.clone(), submitter.clone(), unrecorded);
        outer.spawn(duties.hold("intake", &shutdown, async move |fence, stop| intake.run(fence, stop).await));
        let leases = Leases::new(database.clone(), submitter.clone());
        outer.spawn(duties.hold("leases", &shutdown, async move |_, stop| leases.run(stop).await));
        let bulk_actions = BulkActions::new(database.clone(), submitter.clone());
        outer.spawn(duties.hold("bulk-actions", &shutdown, async move |_, stop| bulk_actions.run(stop).await));
        let scheduler = Scheduler::new(database.clone(), submitter.clone());
        outer.spawn(duties.hold("scheduler", &shutdown, async move |_, stop| scheduler.run(stop).await));
        let flow = Flow::new(database.clone(), submitter.clone());
        outer.spawn(duties.hold("flow", &shutdown, async move |_, stop| flow.run(stop).await));

        // what carries it out: stopped when all that was taken is answered
        let inner = TaskTracker::new();
        let stop = CancellationToken::new();
        let head = submitter.head();
        inner.spawn(executor.spawn(stop.clone())?);
        let relay = Relay::new(database.clone(), streams.clone(), subjects.clone(), head.clone());
        inner.spawn(duties.hold("relay", &stop, async move |_, stop| relay.run(stop).await));
        let dispatcher = Dispatcher::new(database, streams, subjects, head);
        inner.spawn(duties.hold("dispatcher", &stop, async move |_, stop| dispatcher.run(stop).await));
        outer.close();
        inner.close();
        // the server reads in order, so by its answer to the ping in this it knows the subscriptions
        requests.flush().await?;
        say_ready();
        http::serve(listener, readiness, gauges, shutdown).await?;

        let finished = tokio::time::timeout(GRACE, async {
            outer.wait().await;
            stop.cancel();
            drop(submitter);
            inner.wait().await;
            traces.finish().await;
            let flushed = nats.flush().await;
            // closes the connection, which others may hold on to
            nats.drain().await.ok();
            flushed
        });
        match finished.await {
            Ok(flushed) => Ok(flushed?),
            Err(_) => bail!("work that was taken was not finished within {} s", GRACE.as_secs()),
        }
    }
}

/// Told to stop, takes no more requests: those on their way still come, then the endpoints end.
async fn drain(requests: async_nats::Client, draining: CancellationToken) {
    draining.cancelled().await;
    if let Err(error) = requests.drain().await {
        tracing::warn!(error = %error, "the endpoints could not be drained");
    }
}

async fn service(nats: &async_nats::Client) -> anyhow::Result<Service> {
    nats.service_builder()
        .description("Plinth: metric definitions, dashboard layouts, background jobs")
        .start("plinth", env!("CARGO_PKG_VERSION"))
        .await
        .map_err(anyhow::Error::from_boxed)
}
