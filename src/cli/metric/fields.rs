//! `plinth metric fields` and `declare-fields`: what formulas are checked against when they are defined.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use plinth_client::SendOptions;
use plinth_events::{
    CommandName, UserId,
    envelope::Origin,
    query::{
        KnownAt, QueryName,
        formula::{GetMetricFields, MetricFields},
    },
};

use crate::cli::{
    message, output,
    remote::{Remote, Tenant},
    table,
};

/// Show the declared fields of a tenant.
#[derive(Args)]
pub(super) struct Fields {
    #[command(flatten)]
    tenant: Tenant,
    /// Answer as it was known at this time, or at this position of the log [default: now]
    #[arg(long, value_name = "TIME|POSITION")]
    known_at: Option<KnownAt>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

/// Declare the fields of a tenant's records, in place of all that were declared before.
#[derive(Args)]
pub(super) struct DeclareFields {
    /// {"fields": {"lastOrderDate": "instant", …}, "undeclared": "allowed" or "refused"}, a file that holds it, or - for
    /// standard input
    #[arg(value_name = "FILE|JSON")]
    fields: String,
    #[command(flatten)]
    tenant: Tenant,
    /// The user who does it
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: Option<UserId>,
    #[command(flatten)]
    remote: Remote,
}

impl Fields {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        let body = GetMetricFields { known_at: self.known_at };
        let declared: MetricFields = client.query(self.tenant.id, QueryName::GetMetricFields, &body).await?;
        if self.json {
            return output::print_json(&declared);
        }
        let rows = declared.fields.iter().map(|(path, of)| vec![path.to_string(), of.as_str().to_owned()]);
        table::print(&["field", "type"], rows);
        Ok(output::print(format_args!("other fields are {}", declared.undeclared.as_str()))?)
    }
}

impl DeclareFields {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let body = self.body()?;
        let client = self.remote.client().await?;
        let options = SendOptions { origin: Origin { actor: self.actor, ..Origin::default() }, ..SendOptions::new() };
        let reply = client.send_raw(self.tenant.id, CommandName::DeclareFields, body, &options).await?;
        if reply.events.is_empty() {
            return Ok(output::print("these fields are declared already")?);
        }
        Ok(output::print(format_args!("declared (position {})", reply.position))?)
    }

    /// The body as it stands in the argument or in a file; Plinth says what is wrong with it.
    fn body(&self) -> anyhow::Result<Bytes> {
        if self.fields == "-" || self.fields.trim_start().starts_with('{') {
            return Ok(message::body(&self.fields)?);
        }
        let file = PathBuf::from(&self.fields);
        Ok(std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?.into())
    }
}
