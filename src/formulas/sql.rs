//! A version of a metric as an expression of SQL.

use plinth_events::{
    Refusal, RefusalCode,
    query::{
        formula::{BindSource, Dialect, MetricSql, SqlBind},
        metric::MetricRow,
    },
};
use plinth_formula::{Formula, sentence, sql::Bind};

use super::read;

/// The formula of a version as a dialect of SQL has it.
///
/// # Errors
/// When it has none that Plinth can compute.
pub fn sql(row: &MetricRow, dialect: Dialect) -> Result<MetricSql, Refusal> {
    let formula = computable(row)?;
    let Dialect::Postgres = dialect;
    let sql = plinth_formula::sql(&formula).ok_or_else(|| not_computable(row))?;
    Ok(MetricSql {
        code: row.code.clone(),
        version: row.version,
        sentence: sentence(&formula),
        dialect,
        // it is made of fixed pieces, and no value stands in it
        text: sql.text.replace("metric_", "plinth.metric_"),
        binds: sql.binds.into_iter().map(bind).collect(),
        is_aggregate: sql.is_aggregate,
    })
}

/// The formula of a version.
///
/// # Errors
/// When there is none, or it is in another language.
pub fn computable(row: &MetricRow) -> Result<Formula, Refusal> {
    match read(row.formula.as_ref(), row.meaning.as_ref()) {
        None | Some(Formula::Opaque(_)) => Err(not_computable(row)),
        Some(formula) => Ok(formula),
    }
}

fn not_computable(row: &MetricRow) -> Refusal {
    let what = if row.formula.is_some() { "a formula in another language" } else { "no formula" };
    let detail = format!("version {} of metric {} has {what}", row.version, row.code);
    Refusal::new(RefusalCode::NotComputable, detail)
}

fn bind(bind: Bind) -> SqlBind {
    let sql_type = bind.sql_type().to_owned();
    match bind {
        Bind::AsOf => SqlBind { sql_type, of: BindSource::AsOf, value: None },
        Bind::Zone => SqlBind { sql_type, of: BindSource::Zone, value: None },
        Bind::Constant { text, .. } => SqlBind { sql_type, of: BindSource::Formula, value: Some(text) },
    }
}
