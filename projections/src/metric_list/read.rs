//! What the list of metrics is asked. Another tenant's metrics are not in it.

use chrono::{DateTime, NaiveDateTime, Utc};
use plinth_events::{
    TenantId,
    json::Formula,
    names::Code,
    query::metric::{ListMetrics, MetricChange, MetricEntry},
    time::Instant,
    timeline::Standing,
};
use sqlx::{PgExecutor, Row, postgres::PgRow};

use crate::text;

/// A metric of the list, and the formula of its version, from which its sentence follows.
#[derive(Debug)]
pub struct Listed {
    /// The metric, without its sentence.
    pub entry: MetricEntry,
    /// The formula.
    pub formula: Option<Formula>,
    /// The formula with its types spelled out, where that says more.
    pub meaning: Option<Formula>,
}

/// How metrics stand at a time, by code: at most `limit`.
pub async fn list(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    query: &ListMetrics,
    as_of: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query(include_str!("page.sql"))
        .bind(tenant.0)
        .bind(query.after.as_ref().map(|code| code.as_str()))
        .bind(as_of.naive_utc())
        .bind(query.status.map(Standing::as_str))
        .bind(query.search.as_ref().map(|part| pattern(part.as_str())))
        .bind(i64::from(limit))
        .fetch_all(executor)
        .await?;
    rows.iter().map(listed).collect()
}

/// How some metrics stand at a time, in any order. Codes of which there is no metric are left out.
pub async fn of_codes(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    codes: &[Code],
    as_of: DateTime<Utc>,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query(include_str!("of_codes.sql"))
        .bind(tenant.0)
        .bind(codes.iter().map(Code::as_str).collect::<Vec<_>>())
        .bind(as_of.naive_utc())
        .fetch_all(executor)
        .await?;
    rows.iter().map(listed).collect()
}

/// The pattern of what has a part somewhere.
fn pattern(part: &str) -> String {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

fn listed(row: &PgRow) -> Result<Listed, sqlx::Error> {
    let number = |column| row.try_get(column).and_then(|number: i32| text::valid(number.try_into()));
    let time = |column| row.try_get(column).map(|time: Option<NaiveDateTime>| time.map(instant));
    let formula = |column| {
        let json: Option<&str> = row.try_get(column)?;
        text::valid(json.map(serde_json::from_str).transpose())
    };
    let next: Option<i32> = row.try_get("next_version")?;
    let next = text::valid(next.map(u32::try_from).transpose())?;
    let entry = MetricEntry {
        code: text::required(row, "code")?,
        status: text::one_of(row, "standing", Standing::ALL, Standing::as_str)?,
        version: number("version")?,
        name: text::required(row, "name")?,
        sentence: None,
        effective_at: instant(row.try_get("effectiveAt")?),
        deprecated_at: time("deprecatedAt")?,
        versions: number("versions")?,
        next_change: time("until_at")?.map(|at| MetricChange { at, version: next }),
    };
    Ok(Listed { entry, formula: formula("formula")?, meaning: formula("meaning")? })
}

fn instant(time: NaiveDateTime) -> Instant {
    time.and_utc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_looked_for_as_they_stand() {
        assert_eq!(pattern(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
