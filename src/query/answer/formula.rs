//! The formulas of metrics: what changed between versions, how a database computes one, which fields they are checked
//! against.

use plinth_events::{
    AggregateKey, Event, Refusal, RefusalCode, TenantId,
    event::tenant::TenantEvent,
    history::History,
    limits,
    query::{
        KnownAt,
        formula::{DiffMetric, GetMetricFields, GetMetricSql, MetricDiff, MetricFields, MetricSql, Which},
        known,
        metric::MetricRow,
    },
};
use serde::Serialize;

use super::{Queries, QueryError, metric::worded, or_now, unknown};
use crate::{
    formulas::{diff, sql},
    log::{LogError, read},
};

impl Queries {
    /// What changed between two versions of a metric.
    pub async fn metric_diff(&self, tenant: TenantId, query: &DiffMetric) -> Result<MetricDiff, QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        let (from, to) = (version(&history, query, query.from)?, version(&history, query, query.to)?);
        let (class, mut differences) = diff(&from, &to);
        let (from, to) = (worded(from), worded(to));
        let mut room = limits::PAGE_BYTES.saturating_sub(bytes(&from)? + bytes(&to)?);
        let mut fitting = 0;
        for difference in &differences {
            let Some(rest) = room.checked_sub(bytes(difference)?) else { break };
            (room, fitting) = (rest, fitting + 1);
        }
        let more = u32::try_from(differences.len() - fitting).unwrap_or(u32::MAX);
        differences.truncate(fitting);
        Ok(MetricDiff { class, differences, more, from, to })
    }

    /// A metric as an expression of a database.
    pub async fn metric_sql(&self, tenant: TenantId, query: &GetMetricSql) -> Result<MetricSql, QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        Ok(sql(&history.as_of(or_now(query.as_of))?, query.dialect)?)
    }

    /// The fields that formulas are checked against.
    pub async fn metric_fields(&self, tenant: TenantId, query: &GetMetricFields) -> Result<MetricFields, QueryError> {
        self.declared_fields(tenant, query.known_at).await
    }

    /// The fields that a tenant declared, as far as that was known.
    pub(super) async fn declared_fields(
        &self,
        tenant: TenantId,
        known_at: Option<KnownAt>,
    ) -> Result<MetricFields, QueryError> {
        self.settle(known_at).await?;
        let events = read::of_aggregate(self.database.pool(), &AggregateKey::Tenant(tenant)).await?;
        let mut declared = None;
        for recorded in known(&events, known_at) {
            let Event::Tenant(event) = recorded.event()? else { continue };
            declared = match event {
                TenantEvent::TenantDeleted(_) | TenantEvent::TenantErased(_) => None,
                TenantEvent::FieldsDeclared(event) => {
                    let (fields, undeclared) = (event.fields, event.undeclared);
                    Some(MetricFields { fields, undeclared, position: Some(recorded.position) })
                }
                _ => Some(declared.unwrap_or_default()),
            };
        }
        declared.ok_or_else(|| unknown(RefusalCode::UnknownTenant, format!("tenant {tenant} is not registered")))
    }
}

/// One of the versions of a metric, as it stands now.
fn version(history: &History, query: &DiffMetric, which: Which) -> Result<MetricRow, Refusal> {
    let number = match which {
        Which::At(time) => return history.as_of(time.utc()),
        Which::Version(number) => number,
    };
    let found = history.versions(or_now(None))?.into_iter().find(|row| row.version == number);
    found.ok_or_else(|| {
        let detail = format!("metric {} has no version {number}", query.code);
        Refusal::new(RefusalCode::UnknownVersion, detail)
    })
}

/// How long something is as JSON.
fn bytes(part: &impl Serialize) -> Result<usize, LogError> {
    Ok(serde_json::to_string(part)?.len())
}
