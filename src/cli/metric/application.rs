//! What `plinth metric evaluate` and `preview` have in common: at which time formulas are applied, and which version governs
//! then.

use std::{fs, path::Path};

use anyhow::Context as _;
use chrono::Utc;
use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    TenantId,
    json::Formula,
    names::{Code, TimeZoneName},
    query::{
        KnownAt, QueryName,
        metric::{GetMetric, MetricRow},
    },
    time::Moment,
};

/// At which time, as known when, in which zone.
#[derive(Args)]
pub(super) struct Application {
    /// The time of the evaluation: ages count from it, and the version is that which governs then [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
    /// The version as it was known at this time, or at this position of the log [default: now]
    #[arg(long, value_name = "TIME|POSITION")]
    pub known_at: Option<KnownAt>,
    /// The time zone that days, months and dates are of, such as Europe/Berlin [default: UTC]
    #[arg(long)]
    pub zone: Option<TimeZoneName>,
}

impl Application {
    /// The time of the evaluation: now if none is given.
    pub(super) fn as_of(&self) -> Moment {
        self.as_of.unwrap_or_else(|| Utc::now().into())
    }

    /// The version that governs.
    pub(super) async fn version(
        &self,
        client: &Client,
        tenant: TenantId,
        code: &Code,
        as_of: Moment,
    ) -> Result<MetricRow, SendError> {
        let query = GetMetric { code: code.clone(), as_of: Some(as_of), known_at: self.known_at };
        client.query(tenant, QueryName::GetMetric, &query).await
    }
}

/// The formula in a file.
pub(super) fn formula_in(file: &Path) -> anyhow::Result<Formula> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{shown} cannot be read"))?;
    serde_json::from_str(text.trim()).with_context(|| format!("{shown} is no formula"))
}
