//! `plinth parked`: durable commands that failed again and again through no fault of their senders.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{output, remote, table};
use crate::{
    app,
    config::{NatsConfig, PostgresConfig},
    log::parked,
};

/// Most parked commands that are listed or redriven at once.
const PAGE: u32 = 1_000;

/// List or redrive durable commands that failed.
#[derive(Args)]
pub struct Parked {
    #[command(flatten)]
    postgres: PostgresConfig,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List them, oldest first, with their causes
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put them back at the end of the intake
    Redrive {
        #[command(flatten)]
        nats: NatsConfig,
        /// The ids of those to redrive
        ids: Vec<Uuid>,
        /// Redrive all of them
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

impl Parked {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = app::database(&self.postgres)?;
        match self.action {
            Action::List { json } => list(&parked::list(database.pool(), PAGE).await?, json)?,
            Action::Redrive { nats, ids, all } => {
                let found =
                    if all { parked::list(database.pool(), PAGE).await? } else { find(&database, &ids).await? };
                let jetstream = jetstream::new(remote::nats(&nats).await?);
                for parked in &found {
                    publish(&jetstream, parked).await?;
                    parked::remove(database.pool(), parked.id).await?;
                }
                output::print(format_args!("{} commands were put back", found.len()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn find(database: &crate::log::Database, ids: &[Uuid]) -> anyhow::Result<Vec<parked::Parked>> {
    if ids.is_empty() {
        bail!("name the ids to redrive, or --all");
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.push(parked::find(database.pool(), *id).await?.with_context(|| format!("nothing is parked as {id}"))?);
    }
    Ok(found)
}

/// Published before it is forgotten: what is redriven twice has one effect, by its command id.
async fn publish(jetstream: &jetstream::Context, parked: &parked::Parked) -> anyhow::Result<()> {
    let mut headers = HeaderMap::new();
    for (name, value) in &parked.headers.0 {
        headers.insert(name.as_str(), value.as_str());
    }
    let sent = jetstream.publish_with_headers(parked.subject.clone(), headers, Bytes::from(parked.body.clone())).await;
    sent?.await.with_context(|| format!("{} was not taken by the intake", parked.id))?;
    Ok(())
}

fn list(found: &[parked::Parked], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        for parked in found {
            let line = json!({
                "id": parked.id, "subject": parked.subject, "headers": parked.headers.0, "cause": parked.cause,
                "tries": parked.tries, "parkedAt": parked.parked_at, "bytes": parked.body.len(),
            });
            output::print(line)?;
        }
        return Ok(());
    }
    let rows = found.iter().map(|parked| {
        vec![
            parked.id.to_string(),
            parked.parked_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            parked.subject.clone(),
            parked.cause.clone(),
        ]
    });
    table::print(&["id", "parked at", "subject", "cause"], rows);
    Ok(())
}
