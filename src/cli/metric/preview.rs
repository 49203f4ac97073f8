//! `plinth metric preview`: which records would change their verdict if a metric got another formula.

use std::{io, path::PathBuf};

use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    TenantId,
    names::Code,
    query::{
        QueryName,
        evaluate::{EvaluationSummary, MetricPreview, VerdictChange, VerdictCounts},
        formula::{GetMetricFields, MetricFields},
        metric::MetricRow,
    },
};
use plinth_formula::{Catalogue, read_ndjson};

use super::{
    application::{Application, formula_in},
    records::{Columns, Records},
};
use crate::{
    cli::{
        output,
        remote::{Remote, Tenant},
        table,
    },
    evaluation::{Changes, Terms},
    formulas::{Understood, catalogue, computable, diff, understand},
};

/// Compare the formula of a metric with another one, record by record, before it is defined.
#[derive(Args)]
pub(super) struct Preview {
    /// The metric, such as at_risk_customer
    code: Code,
    /// The other formula
    #[arg(long, value_name = "FILE")]
    formula: PathBuf,
    #[command(flatten)]
    records: Records,
    #[command(flatten)]
    application: Application,
    #[command(flatten)]
    tenant: Tenant,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Preview {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        let as_of = self.application.as_of();
        let version = self.application.version(&client, self.tenant.id, &self.code, as_of).await?;
        let declared = declared(&client, self.tenant.id).await?;
        let terms = Terms::new(as_of, self.application.zone.clone())?;
        let preview = self.preview(&version, &declared, &terms)?;
        if self.json { output::print_json(&preview) } else { print(&preview) }
    }

    fn preview(&self, version: &MetricRow, declared: &Catalogue, terms: &Terms) -> anyhow::Result<MetricPreview> {
        let sent = formula_in(&self.formula)?;
        let (old_formula, Understood { formula, meaning }) = (computable(version)?, understand(&sent, declared)?);
        let (old, new) = (terms.evaluator(&old_formula)?, terms.evaluator(&formula)?);
        let columns = Columns::of(&old_formula).and(Columns::of(&formula))?;
        let records = self.records.form.open(&self.records.file, &columns)?;

        let (mut old, mut new) = (old.start(), new.start());
        let mut changes = Changes::default();
        read_ndjson(records, &mut old, |line, record, verdict| {
            changes.count(line, verdict, new.record(record).map_err(io::Error::other)?);
            Ok(())
        })?;
        let changed = MetricRow { formula: Some(sent), meaning, ..version.clone() };
        let (class, _) = diff(version, &changed);
        Ok(changes.preview(terms.applied(version, self.application.known_at), class, &old.finish(), &new.finish()))
    }
}

/// The fields that a formula of the tenant would be checked against if it were defined now.
async fn declared(client: &Client, tenant: TenantId) -> Result<Catalogue, SendError> {
    let query = GetMetricFields { known_at: None };
    let MetricFields { fields, undeclared, .. } = client.query(tenant, QueryName::GetMetricFields, &query).await?;
    Ok(catalogue(&fields, undeclared))
}

fn print(preview: &MetricPreview) -> anyhow::Result<()> {
    let MetricPreview { applied, class, old, new, changes } = preview;
    output::print(format!(
        "{} version {} as of {}, compared with the new formula: {}, {} records",
        applied.code,
        applied.version,
        applied.as_of,
        class.as_str(),
        old.records
    ))?;
    table::print(&["", "true", "false", "unknown", "value"], [row("old", old), row("new", new)]);
    let changes = changes.as_deref().unwrap_or_default();
    if changes.is_empty() {
        return Ok(());
    }
    table::print(&["from", "to", "records", "lines"], changes.iter().map(change));
    Ok(())
}

fn row(name: &str, summary: &EvaluationSummary) -> Vec<String> {
    let count = |count: fn(&VerdictCounts) -> u64| {
        summary.verdicts.as_ref().map(|verdicts| count(verdicts).to_string()).unwrap_or_default()
    };
    let value = summary.value.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![name.to_owned(), count(|v| v.true_), count(|v| v.false_), count(|v| v.unknown), value]
}

fn change(change: &VerdictChange) -> Vec<String> {
    let lines: Vec<String> = change.examples.iter().map(ToString::to_string).collect();
    let more = if change.records > change.examples.len() as u64 { " …" } else { "" };
    vec![
        change.from.as_str().to_owned(),
        change.to.as_str().to_owned(),
        change.records.to_string(),
        format!("{}{more}", lines.join(", ")),
    ]
}
