//! `plinth dev`: everything on this machine, for trying out: Postgres and nats-server as children, the service, and a
//! demo tenant. Keeps its data between runs.

mod demo;
mod key;

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;
use plinth_client::Client;
use plinth_events::subject::Subjects;
use plinth_web::routes;

use self::key::WaysIn;
use super::{output, remote, serve::on_signal};
use crate::{
    app::{self, Config},
    audit,
    config::{NatsConfig, NotaryConfig, OidcConfig, PostgresConfig, ServeConfig, TraceConfig, WebhookConfig},
    embedded::{Nats, Postgres, Tuning, default_data_folder},
    http, telemetry,
};

/// Ports that are taken when they are free, so that defaults and bookmarks work; any free one otherwise.
const NATS_PORT: u16 = 4222;
const POSTGRES_PORT: u16 = 5433;
const HTTP_PORT: u16 = 8080;
/// What the log is called in checkpoints.
const ORIGIN: &str = "localhost/plinth-dev";

/// Run everything on this machine: Postgres, nats-server and Plinth with a demo tenant. Ctrl-C ends it.
#[derive(Args)]
pub struct Dev {
    /// Where data is kept between runs
    #[arg(long, env = "PLINTH_DEV_DATA")]
    data: Option<PathBuf>,
    // no variables for the two: a shell that has them from the last run wants the servers of this one
    /// A Postgres to use instead of an own one
    #[arg(long)]
    database_url: Option<String>,
    /// A NATS to use instead of an own one
    #[arg(long)]
    nats_url: Option<String>,
    /// Port of the own Postgres
    #[arg(long)]
    postgres_port: Option<u16>,
    /// Port of the own nats-server
    #[arg(long)]
    nats_port: Option<u16>,
    /// Where HTTP is answered
    #[arg(long, env = "PLINTH_HTTP_ADDR")]
    http_addr: Option<SocketAddr>,
    /// First token of every subject
    #[arg(long, env = "PLINTH_SUBJECT_PREFIX", default_value = "plinth")]
    subject_prefix: Subjects,
    #[command(flatten)]
    webhooks: WebhookConfig,
    #[command(flatten)]
    traces: TraceConfig,
    #[command(flatten)]
    oidc: OidcConfig,
    /// What to log: a level, or a list such as info,plinth=debug
    #[arg(long, env = "PLINTH_LOG", default_value = "warn")]
    log: String,
}

impl Dev {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start(&self.log)?;
        http::install()?;
        let shutdown = on_signal()?;
        let data = match &self.data {
            Some(folder) => folder.clone(),
            None => default_data_folder()?,
        };
        let postgres = self.postgres(&data).await?;
        let nats = self.nats(&data).await?;
        let config = self.config(&data, postgres.as_ref(), nats.as_ref())?;

        app::migrate(&config.postgres).await?;
        let app = app::build(config.clone()).await?;
        let address = format!("http://{}", app.http_address()?);
        let serving = tokio::spawn(app.run_until(shutdown.clone(), || {}));
        let client = Client::new(remote::nats(&config.nats).await?, config.nats.subject_prefix.clone());
        demo::seed(&client).await.context("the demo tenant could not be made")?;
        let ways_in = key::ways_in(&data, &app::database(&config.postgres)?, &client).await;
        let ways_in = ways_in.context("Ada's API key could not be made")?;
        drop(client);
        let environment = write_environment(&data, &config, nats.as_ref(), ways_in.as_ref())?;
        output::print(welcome(&address, &environment, ways_in.as_ref()))?;

        let served = serving.await?;
        fs::remove_file(&environment).ok();
        if let Some(nats) = nats {
            nats.stop().await?;
        }
        if let Some(postgres) = postgres {
            postgres.stop().await?;
        }
        served?;
        output::print(format_args!("stopped; the data is kept in {}", data.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn postgres(&self, data: &Path) -> anyhow::Result<Option<Postgres>> {
        if self.database_url.is_some() {
            return Ok(None);
        }
        let port = self.postgres_port.or_else(|| free(POSTGRES_PORT));
        Ok(Some(Postgres::start(&data.join("postgres"), port, Tuning::default()).await?))
    }

    async fn nats(&self, data: &Path) -> anyhow::Result<Option<Nats>> {
        if self.nats_url.is_some() {
            return Ok(None);
        }
        let port = self.nats_port.or_else(|| free(NATS_PORT));
        Ok(Some(Nats::start(&data.join("nats"), port).await?))
    }

    fn config(&self, data: &Path, postgres: Option<&Postgres>, nats: Option<&Nats>) -> anyhow::Result<Config> {
        let database_url = self.database_url.clone().or_else(|| postgres.map(Postgres::url));
        let nats_url = self.nats_url.clone().or_else(|| nats.map(Nats::url));
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Config {
            postgres: PostgresConfig { database_url: database_url.context("there is no Postgres")? },
            nats: NatsConfig {
                nats_url: nats_url.context("there is no NATS")?,
                nats_creds: None,
                subject_prefix: self.subject_prefix.clone(),
            },
            serve: ServeConfig {
                http_addr: self.http_addr.unwrap_or_else(|| local(free(HTTP_PORT).unwrap_or(0))),
                ..ServeConfig::default()
            },
            webhooks: self.webhooks.clone(),
            traces: self.traces.clone(),
            notary: NotaryConfig { key_file: Some(notary_key(data)?) },
            oidc: self.oidc.clone(),
        })
    }
}

/// The file of the notary's key, which is made when it is not there.
fn notary_key(data: &Path) -> anyhow::Result<PathBuf> {
    let path = data.join("notary.key");
    if !path.exists() {
        fs::create_dir_all(data)?;
        audit::key::generate(ORIGIN, &path)
            .with_context(|| format!("the notary's key cannot be kept in {}", path.display()))?;
    }
    Ok(path)
}

/// The port, if nobody listens on it.
fn free(port: u16) -> Option<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
}

/// The variables by which the other subcommands find this installation, in a file that only its owner can read. It goes
/// when the service stops.
fn write_environment(
    data: &Path,
    config: &Config,
    nats: Option<&Nats>,
    ways_in: Option<&WaysIn>,
) -> anyhow::Result<PathBuf> {
    let path = data.join("env");
    let mut text = format!(
        "export DATABASE_URL='{}'\nexport NATS_URL='{}'\nexport PLINTH_SUBJECT_PREFIX='{}'\n\
         export PLINTH_TENANT='{}'\nexport PLINTH_ACTOR='{}'\n",
        config.postgres.database_url,
        config.nats.nats_url,
        config.nats.subject_prefix,
        demo::TENANT,
        demo::ADA,
    );
    if let Some(path) = &config.notary.key_file {
        let path = fs::canonicalize(path)?;
        writeln!(
            text,
            "export PLINTH_NOTARY_KEY_FILE='{0}'\nexport PLINTH_NOTARY_PUBLIC_KEY='{0}.pub'",
            path.display()
        )?;
    }
    if let Some(nats) = nats {
        writeln!(text, "export NATS_MONITOR_URL='{}'", nats.monitor_url())?;
    }
    if let Some(WaysIn { key, .. }) = ways_in {
        writeln!(text, "export PLINTH_API_KEY='{}'", key.reveal())?;
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(path)
}

fn welcome(address: &str, environment: &Path, ways_in: Option<&WaysIn>) -> String {
    format!(
        "plinth {version} is ready: {address}

There is a demo tenant {tenant}
with the users Ada      {ada}
           and Grace    {grace}

In another terminal, as Ada:

  eval \"$(./dev env)\"        # or: source {environment}
  plinth history at_risk_customer
  plinth send metric.deprecate '{{\"code\": \"at_risk_customer\", \"reason\": \"trying it out\"}}'
  plinth query dashboard.get
  plinth send job.enqueue '{{\"type\": \"greeting\", \"payload\": {{\"name\": \"world\"}}}}'
  plinth work greeting --exec cat
  plinth replay
{http}
Ctrl-C ends everything and keeps the data.",
        version = env!("CARGO_PKG_VERSION"),
        tenant = demo::TENANT,
        ada = demo::ADA,
        grace = demo::GRACE,
        environment = environment.display(),
        http = ways_in.map(|ways_in| over_http(address, ways_in)).unwrap_or_default(),
    )
}

/// How to get at the pages and at the API.
fn over_http(address: &str, WaysIn { key, login_path }: &WaysIn) -> String {
    format!(
        "
In a browser, as Ada, by a link that signs in once, within {minutes} minutes:

  {address}{login_path}

Over HTTP ({address}{docs}), as Ada, with her API key, which signs in too and is PLINTH_API_KEY in that terminal:

  {key}
",
        minutes = key::LINK_LIFETIME.as_secs() / 60,
        docs = routes::API_DOCS,
        key = key.reveal(),
    )
}
