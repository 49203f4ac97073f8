//! The table `MetricDefinition`: a row per version, with the window in which it governs.
//!
//! A new point can end the window of an earlier version, so the timelines are kept beside the rows, folded as
//! [`plinth_events::timeline`] says, and the rows whose window changed are written again.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use plinth_events::{
    Event, TenantId,
    event::metric::{MetricDefined, MetricEvent},
    ids::metric_definition_id,
    time::Instant,
    timeline::{Timeline, Window},
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{Entry, ProjectionError, tenant};

/// Brings rows and timelines up to date, and forgets the timelines of deleted tenants.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let batch = by_metric(entries);
    if !batch.is_empty() {
        fold(connection, &batch).await?;
    }
    // the rows themselves are deleted with their tenant
    tenant::forget(connection, entries, &["delete from metric_timeline where tenant_id = any($1)"]).await
}

/// The events of a batch by tenant and code, each with its entry, in their order.
type Batch<'a> = BTreeMap<(TenantId, &'a str), Vec<(&'a Entry, &'a MetricEvent)>>;

fn by_metric(entries: &[Entry]) -> Batch<'_> {
    let mut batch = Batch::new();
    for entry in entries {
        if let Event::Metric(event) = &entry.event {
            batch.entry((entry.tenant, event.code().as_str())).or_default().push((entry, event));
        }
    }
    batch
}

async fn fold(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), ProjectionError> {
    let metrics: Vec<_> = batch.keys().copied().collect();
    let mut timelines = timelines(connection, &metrics).await?;
    let (mut added, mut moved) = (AddedRows::default(), MovedRows::default());
    for ((metric, events), timeline) in batch.iter().zip(&mut timelines) {
        let before = windows(timeline);
        events.iter().for_each(|(_, event)| timeline.apply(event));
        let after = windows(timeline);
        added.collect(events, &after);
        moved.collect(*metric, &before, &after);
    }
    added.insert(connection).await?;
    moved.update(connection).await?;
    save(connection, batch, &timelines).await
}

/// Every version with its window.
type Windows = BTreeMap<u32, Window>;

fn windows(timeline: &Timeline) -> Windows {
    timeline.windows().collect()
}

/// The timelines of metrics so far, in their order.
pub(crate) async fn timelines(
    connection: &mut PgConnection,
    metrics: &[(TenantId, &str)],
) -> Result<Vec<Timeline>, ProjectionError> {
    let (tenants, codes): (Vec<Uuid>, Vec<&str>) = metrics.iter().map(|(tenant, code)| (tenant.0, *code)).unzip();
    let found: Vec<Option<String>> = sqlx::query_scalar(
        "select timeline::text
         from unnest($1::uuid[], $2::text[]) with ordinality as asked (tenant_id, code, place)
         left join metric_timeline using (tenant_id, code) order by place",
    )
    .bind(tenants)
    .bind(codes)
    .fetch_all(connection)
    .await?;
    metrics.iter().zip(found).map(|((tenant, code), timeline)| parse(*tenant, code, timeline)).collect()
}

fn parse(tenant: TenantId, code: &str, timeline: Option<String>) -> Result<Timeline, ProjectionError> {
    let Some(timeline) = timeline else {
        return Ok(Timeline::default());
    };
    serde_json::from_str(&timeline).map_err(|source| {
        let what = format!("{tenant}/{code}");
        ProjectionError::State { table: "metric_timeline", what, source }
    })
}

async fn save(connection: &mut PgConnection, batch: &Batch<'_>, timelines: &[Timeline]) -> Result<(), ProjectionError> {
    let (tenants, codes): (Vec<Uuid>, Vec<&str>) = batch.keys().map(|(tenant, code)| (tenant.0, *code)).unzip();
    let timelines: Vec<Json<&Timeline>> = timelines.iter().map(Json).collect();
    sqlx::query(
        "insert into metric_timeline (tenant_id, code, timeline)
         select tenant_id, code, timeline
         from unnest($1::uuid[], $2::text[], $3::jsonb[]) as folded (tenant_id, code, timeline)
         on conflict (tenant_id, code) do update set timeline = excluded.timeline",
    )
    .bind(tenants)
    .bind(codes)
    .bind(timelines)
    .execute(connection)
    .await?;
    Ok(())
}

/// New versions, column by column.
#[derive(Default)]
struct AddedRows<'a> {
    ids: Vec<Uuid>,
    tenants: Vec<Uuid>,
    codes: Vec<&'a str>,
    names: Vec<&'a str>,
    descriptions: Vec<&'a str>,
    formulas: Vec<Option<&'a str>>,
    versions: Vec<i64>,
    effective: Vec<NaiveDateTime>,
    deprecated: Vec<Option<NaiveDateTime>>,
    authors: Vec<Option<Uuid>>,
    created: Vec<NaiveDateTime>,
}

impl<'a> AddedRows<'a> {
    fn collect(&mut self, events: &[(&'a Entry, &'a MetricEvent)], after: &Windows) {
        for (entry, event) in events {
            if let MetricEvent::MetricDefined(defined) = event {
                self.push(entry, defined, after.get(&defined.version));
            }
        }
    }

    fn push(&mut self, entry: &Entry, defined: &'a MetricDefined, window: Option<&Window>) {
        self.ids.push(metric_definition_id(entry.tenant, defined.code.as_str(), defined.version));
        self.tenants.push(entry.tenant.0);
        self.codes.push(defined.code.as_str());
        self.names.push(defined.name.as_str());
        self.descriptions.push(defined.description.as_str());
        self.formulas.push(defined.formula.as_ref().map(|formula| formula.as_str()));
        self.versions.push(defined.version.into());
        self.effective.push(naive(defined.effective_at));
        self.deprecated.push(window.and_then(|window| window.until).map(naive));
        self.authors.push(entry.actor.map(|actor| actor.0));
        self.created.push(entry.recorded_at_millis().naive_utc());
    }

    async fn insert(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            r#"insert into "MetricDefinition" ("id", "tenantId", "code", "name", "description", "formula", "version",
                   "effectiveAt", "deprecatedAt", "createdById", "createdAt")
               select id, tenant_id, code, name, description, formula::jsonb, version::integer,
                   effective_at, deprecated_at, created_by_id, created_at
               from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                   $8::timestamp[], $9::timestamp[], $10::uuid[], $11::timestamp[])
               as added (id, tenant_id, code, name, description, formula, version,
                   effective_at, deprecated_at, created_by_id, created_at)"#,
        )
        .bind(self.ids)
        .bind(self.tenants)
        .bind(self.codes)
        .bind(self.names)
        .bind(self.descriptions)
        .bind(self.formulas)
        .bind(self.versions)
        .bind(self.effective)
        .bind(self.deprecated)
        .bind(self.authors)
        .bind(self.created)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Older versions whose window ends at another time than before.
#[derive(Default)]
struct MovedRows {
    ids: Vec<Uuid>,
    deprecated: Vec<Option<NaiveDateTime>>,
}

impl MovedRows {
    fn collect(&mut self, (tenant, code): (TenantId, &str), before: &Windows, after: &Windows) {
        for (version, window) in after {
            if before.get(version).is_some_and(|before| before != window) {
                self.ids.push(metric_definition_id(tenant, code, *version));
                self.deprecated.push(window.until.map(naive));
            }
        }
    }

    async fn update(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            r#"update "MetricDefinition" set "deprecatedAt" = moved.deprecated_at
               from unnest($1::uuid[], $2::timestamp[]) as moved (id, deprecated_at)
               where "MetricDefinition"."id" = moved.id"#,
        )
        .bind(self.ids)
        .bind(self.deprecated)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// As a `timestamp(3)` column has it: in UTC, which is what the table promises.
pub(crate) fn naive(time: Instant) -> NaiveDateTime {
    time.utc().naive_utc()
}
