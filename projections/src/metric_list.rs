//! `metric_list` and `metric_meaning`: how metrics stand when, and what their formulas mean beyond what `MetricDefinition`
//! says. Follows from the timelines that are kept beside that table.

pub mod read;

use chrono::NaiveDateTime;
use plinth_events::{
    Event, TenantId,
    event::metric::{MetricDefined, MetricEvent},
    timeline::{Stretch, Timeline},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    Entry, ProjectionError,
    metric_definition::{naive, timelines},
    tenant,
};

/// Brings both tables up to date with a batch, behind `MetricDefinition` and the timelines.
pub(crate) async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let metrics = changed(entries);
    if !metrics.is_empty() {
        keep_meanings(connection, entries).await?;
        list(connection, &metrics).await?;
    }
    let statements =
        ["delete from metric_list where tenant_id = any($1)", "delete from metric_meaning where tenant_id = any($1)"];
    tenant::forget(connection, entries, &statements).await
}

/// The metrics that something happened to, each once.
fn changed(entries: &[Entry]) -> Vec<(TenantId, &str)> {
    let mut metrics: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Metric(event) => Some((entry.tenant, event.code().as_str())),
            _ => None,
        })
        .collect();
    metrics.sort_unstable();
    metrics.dedup();
    metrics
}

async fn keep_meanings(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for entry in entries {
        let Event::Metric(MetricEvent::MetricDefined(MetricDefined { code, version, meaning: Some(meaning), .. })) =
            &entry.event
        else {
            continue;
        };
        sqlx::query(
            "insert into metric_meaning (tenant_id, code, version, meaning) values ($1, $2, $3::bigint, $4::json)",
        )
        .bind(entry.tenant.0)
        .bind(code.as_str())
        .bind(i64::from(*version))
        .bind(meaning.as_str())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Lists metrics anew.
async fn list(connection: &mut PgConnection, metrics: &[(TenantId, &str)]) -> Result<(), ProjectionError> {
    let (tenants, codes): (Vec<Uuid>, Vec<&str>) = metrics.iter().map(|(tenant, code)| (tenant.0, *code)).unzip();
    sqlx::query(
        "delete from metric_list using unnest($1::uuid[], $2::text[]) as changed (tenant_id, code)
         where metric_list.tenant_id = changed.tenant_id and metric_list.code = changed.code",
    )
    .bind(tenants)
    .bind(codes)
    .execute(&mut *connection)
    .await?;
    let mut rows = Rows::default();
    for ((tenant, code), timeline) in metrics.iter().zip(timelines(connection, metrics).await?) {
        timeline.stretches().iter().for_each(|stretch| rows.push(*tenant, code, &timeline, stretch));
    }
    rows.insert(connection).await
}

/// Stretches, column by column.
#[derive(Default)]
struct Rows<'a> {
    tenants: Vec<Uuid>,
    codes: Vec<&'a str>,
    from: Vec<Option<NaiveDateTime>>,
    until: Vec<Option<NaiveDateTime>>,
    standings: Vec<&'static str>,
    versions: Vec<i64>,
    latest: Vec<i64>,
    next: Vec<Option<i64>>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, tenant: TenantId, code: &'a str, timeline: &Timeline, stretch: &Stretch) {
        self.tenants.push(tenant.0);
        self.codes.push(code);
        self.from.push(stretch.from.map(naive));
        self.until.push(stretch.until.map(naive));
        self.standings.push(stretch.standing.as_str());
        self.versions.push(stretch.version.into());
        self.latest.push(timeline.latest_version().into());
        self.next.push(stretch.next.map(i64::from));
    }

    async fn insert(self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        sqlx::query(
            r#"insert into metric_list
                   (tenant_id, code, from_at, until_at, standing, version, name, versions, next_version)
               select tenant_id, listed.code, coalesce(from_at, '-infinity'), coalesce(until_at, 'infinity'), standing,
                   "version", lower("name"), versions, next_version
               from unnest($1::uuid[], $2::text[], $3::timestamp[], $4::timestamp[], $5::text[], $6::bigint[],
                   $7::bigint[], $8::bigint[])
                   as listed (tenant_id, code, from_at, until_at, standing, number, versions, next_version)
               join "MetricDefinition" as definition
                   on definition."tenantId" = tenant_id and definition."code" = listed.code
                       and definition."version" = number"#,
        )
        .bind(self.tenants)
        .bind(self.codes)
        .bind(self.from)
        .bind(self.until)
        .bind(self.standings)
        .bind(self.versions)
        .bind(self.latest)
        .bind(self.next)
        .execute(connection)
        .await?;
        Ok(())
    }
}
