//! `plinth seed`: a starter set of metrics for a tenant, out of a file. What the tenant has defined itself is left alone.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args;
use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{
    Command, RefusalCode, TenantId, UserId, command::metric::DefineMetric, envelope::Origin, names::Code,
    refusal::Problem,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    output,
    remote::{Remote, Tenant},
    table,
};

/// The set that comes with the program.
const STARTER_SET: &str = include_str!("../../seeds/metrics.ndjson");

/// Define a starter set of metrics for a tenant, such as at_risk_customer. Metrics that it has already stay as they are.
#[derive(Args)]
pub(super) struct Seed {
    #[command(flatten)]
    tenant: Tenant,
    /// The user who defines them
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: UserId,
    /// Another set: a body of metric.define on each line [default: the set that comes with Plinth]
    #[arg(long)]
    file: Option<PathBuf>,
    /// Print JSON, one metric a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

/// What became of a metric.
#[derive(Serialize)]
pub(super) struct Seeded {
    code: Code,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
enum Outcome {
    /// It is new.
    Defined,
    /// The tenant has it already, and it stays as it is.
    Present {
        /// Its latest version.
        version: Value,
    },
    /// It cannot be defined.
    Refused {
        /// Why.
        problem: Box<Problem>,
    },
}

impl Seed {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let metrics = match &self.file {
            Some(file) => {
                let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
                parse(&text).with_context(|| format!("{} is no list of definitions", file.display()))?
            }
            None => starter_set()?,
        };
        let seeded = define(&self.remote.client().await?, self.tenant.id, self.actor, metrics).await?;
        if self.json {
            output::print_json_lines(&seeded)?;
        } else {
            table::print(&["metric", "outcome"], seeded.iter().map(row));
        }
        let is_refused = seeded.iter().any(|metric| matches!(metric.outcome, Outcome::Refused { .. }));
        Ok(if is_refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The set that comes with the program.
pub(super) fn starter_set() -> anyhow::Result<Vec<DefineMetric>> {
    parse(STARTER_SET).context("the starter set is broken")
}

/// Defines the metrics that the tenant does not have. Again and again it comes to the same.
pub(super) async fn define(
    client: &Client,
    tenant: TenantId,
    actor: UserId,
    metrics: Vec<DefineMetric>,
) -> Result<Vec<Seeded>, SendError> {
    let mut seeded = Vec::with_capacity(metrics.len());
    for metric in metrics {
        let code = metric.code.clone();
        let command = Command::DefineMetric(DefineMetric { expected_version: Some(0), ..metric });
        let options = SendOptions { origin: Origin { actor: Some(actor), ..Origin::default() }, ..SendOptions::new() };
        let outcome = match client.send(tenant, &command, &options).await {
            Ok(_) => Outcome::Defined,
            Err(SendError::Refused { problem, .. }) => Outcome::of(problem),
            Err(error) => return Err(error),
        };
        seeded.push(Seeded { code, outcome });
    }
    Ok(seeded)
}

impl Outcome {
    /// Every metric is expected to be at version 0, so one that is at another is there already.
    fn of(problem: Box<Problem>) -> Self {
        if problem.code == RefusalCode::VersionConflict.as_str() {
            return Self::Present { version: problem.facts.get("current").cloned().unwrap_or_default() };
        }
        Self::Refused { problem }
    }
}

fn parse(text: &str) -> anyhow::Result<Vec<DefineMetric>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| serde_json::from_str(line).with_context(|| format!("line {number}"))).collect()
}

fn row(metric: &Seeded) -> Vec<String> {
    let outcome = match &metric.outcome {
        Outcome::Defined => "defined".to_owned(),
        Outcome::Present { version } => format!("there already, at version {version}"),
        Outcome::Refused { problem } => format!("refused: {problem}"),
    };
    vec![metric.code.to_string(), outcome]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_of_the_starter_set_has_a_code_of_its_own_a_description_and_a_formula() {
        let metrics = starter_set().unwrap();
        let codes: BTreeSet<&str> = metrics.iter().map(|metric| metric.code.as_str()).collect();
        assert_eq!(codes.len(), metrics.len());
        assert!(codes.contains("at_risk_customer"));
        assert!(metrics.iter().all(|metric| metric.formula.is_some() && !metric.description.as_str().is_empty()));
    }

    #[test]
    fn a_line_that_is_no_definition_is_named_by_its_number() {
        let error = parse("\n{\"code\": \"a\"}\n").unwrap_err();
        assert_eq!(format!("{error:#}"), "line 2: missing field `name` at line 1 column 13");
    }
}
