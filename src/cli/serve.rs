//! `plinth serve`: one replica of the service.

use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::output;
use crate::{
    app::{self, Config},
    config::{NatsConfig, NotaryConfig, OidcConfig, PostgresConfig, ServeConfig, TraceConfig, WebhookConfig},
    http, telemetry,
};

/// Serve commands and queries over NATS and HTTP. Any number of replicas may run on one database and one NATS.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    postgres: PostgresConfig,
    #[command(flatten)]
    nats: NatsConfig,
    #[command(flatten)]
    serve: ServeConfig,
    #[command(flatten)]
    webhooks: WebhookConfig,
    #[command(flatten)]
    traces: TraceConfig,
    #[command(flatten)]
    notary: NotaryConfig,
    #[command(flatten)]
    oidc: OidcConfig,
    /// Bring the database to the schema of this version first
    #[arg(long)]
    migrate: bool,
    /// What to log: a level, or a list such as info,plinth=debug
    #[arg(long, env = "PLINTH_LOG", default_value = "info")]
    log: String,
}

impl Serve {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start(&self.log)?;
        http::install()?;
        let config = Config {
            postgres: self.postgres,
            nats: self.nats,
            serve: self.serve,
            webhooks: self.webhooks,
            traces: self.traces,
            notary: self.notary,
            oidc: self.oidc,
        };
        if self.migrate {
            app::migrate(&config.postgres).await?;
        }
        let app = app::build(config).await?;
        let addresses = app.addresses()?;
        let ready = format!("plinth {} is ready: {addresses}", env!("CARGO_PKG_VERSION"));
        // a service serves also when nobody reads what it prints
        app.run_until(on_signal()?, || _ = output::print(ready)).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Cancelled by SIGTERM or SIGINT.
pub(super) fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = CancellationToken::new();
    let told = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        told.cancel();
    });
    Ok(shutdown)
}
