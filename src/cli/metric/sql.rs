//! `plinth metric sql`: the formula of a metric for databases and other programs.

use clap::{Args, ValueEnum};
use plinth_events::{
    Refusal, RefusalCode,
    names::Code,
    query::{
        formula::{BindSource, Dialect, MetricSql, SqlBind},
        metric::MetricRow,
    },
    time::Moment,
};
use plinth_formula::{NotExpressible, semantic_expression, sql::FUNCTIONS};

use super::application::Application;
use crate::{
    cli::{
        output,
        remote::{Remote, Tenant},
    },
    evaluation::Terms,
    formulas::{computable, sql},
};

/// Print the formula of a metric as SQL, or in the language of another program.
#[derive(Args)]
pub(super) struct Sql {
    /// The metric, such as at_risk_customer
    code: Code,
    /// The dialect of SQL
    #[arg(long, value_enum, default_value_t = SqlDialect::Postgres)]
    dialect: SqlDialect,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// With --format psql, the table whose column `record` (jsonb) holds the records
    #[arg(long, default_value = "records")]
    table: String,
    #[command(flatten)]
    application: Application,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, ValueEnum)]
enum SqlDialect {
    /// That of Postgres, from version 15 on
    Postgres,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The SQL and what its places stand for
    Json,
    /// A script for psql, with the functions that it needs
    Psql,
    /// A rule of JsonLogic, for the time of the evaluation
    JsonLogic,
    /// The expression object of the open semantic interchange form
    Semantic,
}

impl Sql {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        Ok(output::print(self.text().await?)?)
    }

    async fn text(&self) -> anyhow::Result<String> {
        let as_of = self.application.as_of();
        let terms = Terms::new(as_of, self.application.zone.clone())?;
        let client = self.remote.client().await?;
        let version = self.application.version(&client, self.tenant.id, &self.code, as_of).await?;
        let SqlDialect::Postgres = self.dialect;
        Ok(match self.format {
            Format::Json => serde_json::to_string(&sql(&version, Dialect::Postgres)?)?,
            Format::Psql => script(&sql(&version, Dialect::Postgres)?, &self.table, as_of, terms.zone().as_str()),
            Format::JsonLogic => terms.json_logic(&computable(&version)?).map_err(|error| cannot(&version, error))?,
            Format::Semantic => {
                let expression = semantic_expression(&computable(&version)?);
                expression.map_err(|error| cannot(&version, error))?.to_string()
            }
        })
    }
}

fn cannot(version: &MetricRow, error: NotExpressible) -> Refusal {
    let detail = format!("version {} of metric {}: {error}", version.version, version.code);
    Refusal::new(RefusalCode::NotComputable, detail)
}

/// Creates the functions, and asks for the verdict on every record of a table, or for the one value of all of them.
fn script(sql: &MetricSql, table: &str, as_of: Moment, zone: &str) -> String {
    let MetricSql { code, version, sentence, text, binds, is_aggregate, .. } = sql;
    let as_of = as_of.to_string();
    let table: Vec<String> = table.split('.').map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let columns = if *is_aggregate { format!("{text} as value") } else { format!("record, {text} as verdict") };
    let types = listed(binds, |bind| bind.sql_type.clone());
    let values = listed(binds, |bind| literal(value(bind, &as_of, zone)));
    [
        format!("-- {code}, version {version}: {}", output::printable(sentence)),
        "create schema if not exists plinth;".to_owned(),
        FUNCTIONS.replace("metric_", "plinth.metric_"),
        format!("prepare metric{types} as select {columns} from {};", table.join(".")),
        format!("execute metric{values};"),
    ]
    .join("\n")
}

/// A list in parentheses; nothing for an empty one.
fn listed(binds: &[SqlBind], shown: impl Fn(&SqlBind) -> String) -> String {
    match binds {
        [] => String::new(),
        binds => format!(" ({})", binds.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

fn value<'a>(bind: &'a SqlBind, as_of: &'a str, zone: &'a str) -> &'a str {
    match bind.of {
        BindSource::Formula => bind.value.as_deref().unwrap_or_default(),
        BindSource::AsOf => as_of,
        BindSource::Zone => zone,
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
