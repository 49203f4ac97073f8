//! `plinth query`: one query, and its answer.

use std::process::ExitCode;

use clap::Args;
use plinth_events::query::QueryName;

use super::{
    message, output,
    pretty::pretty,
    refusal,
    remote::{Remote, Tenant},
};

/// Ask one query.
#[derive(Args)]
pub(super) struct Query {
    /// Which query
    #[arg(value_name = "AGGREGATE.VERB", value_parser = message::query())]
    query: QueryName,
    /// Its body, a JSON object; - reads it from standard input
    #[arg(default_value = "{}")]
    body: String,
    #[command(flatten)]
    tenant: Tenant,
    /// Print the answer on one line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Query {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        refusal::exit_code(self.ask().await, self.json)
    }

    async fn ask(&self) -> anyhow::Result<()> {
        let body = message::body(&self.body)?;
        let client = self.remote.client().await?;
        let answer = client.query_raw(self.tenant.id, self.query, body).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        Ok(output::print(if self.json { answer } else { pretty(&answer) })?)
    }
}
