//! What the subcommands that talk to a running service have in common: where it is, whose tenant, how to print.

use anyhow::Context as _;
use clap::Args;
use plinth_client::{Client, connect};
use plinth_events::TenantId;

use crate::config::NatsConfig;

/// A service reached over NATS.
#[derive(Clone, Args)]
pub struct Remote {
    #[command(flatten)]
    pub nats: NatsConfig,
}

/// The tenant that a command or a query is about.
#[derive(Clone, Args)]
pub struct Tenant {
    /// The tenant, by its UUID
    #[arg(long = "tenant", env = "PLINTH_TENANT", value_name = "UUID")]
    pub id: TenantId,
}

impl Remote {
    /// A client of the service.
    pub async fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(nats(&self.nats).await?, self.nats.subject_prefix.clone()))
    }
}

/// A connection to NATS.
pub async fn nats(config: &NatsConfig) -> anyhow::Result<async_nats::Client> {
    connect(&config.nats_url, config.nats_creds.as_deref(), "plinth-cli")
        .await
        .context("NATS cannot be used (is it running? see --nats-url)")
}
