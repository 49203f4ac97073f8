//! `plinth mirror`: the read tables in the Postgres of an application.

mod verify;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use plinth_client::{Client, Connection};
use plinth_events::TenantId;

use super::{output, serve::on_signal};
use crate::{
    app,
    config::{NatsConfig, PostgresConfig},
    mirror::{Mirror as Follower, Place, Snapshot},
    telemetry,
};

/// Keep the five read tables in an application's own Postgres, from the stream of events.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Mirror {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    target: Option<Target>,
    #[command(flatten)]
    follow: Follow,
}

#[derive(Subcommand)]
enum Action {
    /// Compare a mirror with its source, at one position
    Verify(verify::Verify),
}

/// Which database holds the mirror.
#[derive(Args)]
struct Target {
    /// The application's Postgres, as postgres://user:password@host:port/database; Prisma's ?schema=… is understood.
    /// Others on this machine can see arguments, but not the environment
    #[arg(long, value_name = "URL", env = "PLINTH_MIRROR_TO", hide_env_values = true)]
    to: String,
}

impl Target {
    fn place(&self) -> anyhow::Result<Place> {
        Place::new(&self.to).context("--to (PLINTH_MIRROR_TO) is not a Postgres URL")
    }
}

/// What to mirror, and from where.
#[derive(Args)]
struct Follow {
    /// Only the rows of this tenant; events of others never leave the server
    #[arg(long, value_name = "UUID")]
    tenant: Option<TenantId>,
    /// Begin with a copy of the rows in this Postgres, that of the service, instead of with the first event
    #[arg(long, value_name = "URL", env = "PLINTH_MIRROR_SNAPSHOT_FROM", hide_env_values = true)]
    snapshot_from: Option<String>,
    /// Take the snapshot although the target has rows, and put it in their place
    #[arg(long, requires = "snapshot_from")]
    replace: bool,
    #[command(flatten)]
    nats: NatsConfig,
    /// What to log: a level, or a list such as info,plinth=debug
    #[arg(long, env = "PLINTH_LOG", default_value = "info")]
    log: String,
}

impl Mirror {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(Action::Verify(verify)) = self.action {
            return verify.run().await;
        }
        let target = self.target.context("--to (PLINTH_MIRROR_TO) must say where the mirror is")?;
        self.follow.run(target.place()?).await
    }
}

impl Follow {
    async fn run(self, place: Place) -> anyhow::Result<ExitCode> {
        telemetry::start(&self.log)?;
        let address = place.database.address();
        let mirror =
            Follower { place, tenant: self.tenant, snapshot: self.snapshot()?, client: client(&self.nats).await? };
        let caught_up = |position| {
            // a mirror goes on also when nobody reads what it prints
            let _ = output::print(format_args!("the mirror at {address} has caught up: position {position}"));
        };
        mirror.run(on_signal()?, caught_up).await?;
        Ok(ExitCode::SUCCESS)
    }

    fn snapshot(&self) -> anyhow::Result<Option<Snapshot>> {
        let Some(url) = self.snapshot_from.clone() else { return Ok(None) };
        let source = app::database(&PostgresConfig { database_url: url })
            .context("--snapshot-from (PLINTH_MIRROR_SNAPSHOT_FROM) cannot be used")?;
        Ok(Some(Snapshot { source, replace: self.replace }))
    }
}

async fn client(config: &NatsConfig) -> anyhow::Result<Client> {
    let mut connection = Connection::to(&config.nats_url, "plinth-mirror");
    connection.credentials.clone_from(&config.nats_creds);
    connection.patience = app::PATIENCE;
    let nats = connection.open().await.context("NATS cannot be used (is it running? see --nats-url)")?;
    Ok(Client::new(nats, config.subject_prefix.clone()))
}
