//! What metrics mean: at any time, as known at any time, with a sentence for each formula.

use std::collections::BTreeMap;

use plinth_events::{
    AggregateKey, Event, RefusalCode, TenantId,
    envelope::RecordedEvent,
    event::metric::MetricEvent,
    history::History,
    names::Code,
    query::{
        KnownAt, known,
        metric::{
            GetMetric, GetMetricHistory, GetMetricTimeline, ListMetricVersions, ListMetrics, MetricEntry,
            MetricHistory, MetricPage, MetricPoint, MetricRow, MetricTimeline, MetricVersions,
        },
    },
};

use plinth_projections::metric_list::read::{Listed, list, of_codes};

use super::{DEFAULT_LIMIT, Queries, QueryError, events_from, or_now, page, unknown};
use crate::{
    formulas::sentence,
    log::{LogError, read},
};

impl Queries {
    /// Metrics, by code.
    pub async fn metrics(&self, tenant: TenantId, query: &ListMetrics) -> Result<MetricPage, QueryError> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        let found = list(self.database.pool(), tenant, query, or_now(query.as_of), limit + 1).await;
        let mut found = found.map_err(LogError::from)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let (metrics, cut) = page(found.into_iter().map(entry))?;
        let next = metrics.last().filter(|_| more || cut.is_some()).map(|last| last.code.clone());
        Ok(MetricPage { metrics, next })
    }

    /// How some metrics stand now, in any order; those that there are.
    pub async fn metrics_of(&self, tenant: TenantId, codes: &[Code]) -> Result<Vec<MetricEntry>, QueryError> {
        let found = of_codes(self.database.pool(), tenant, codes, or_now(None)).await.map_err(LogError::from)?;
        Ok(found.into_iter().map(entry).collect())
    }

    /// The version of a metric that governs at a time, as known at a time.
    pub async fn metric(&self, tenant: TenantId, query: &GetMetric) -> Result<MetricRow, QueryError> {
        Ok(self.metric_with_latest(tenant, query).await?.0)
    }

    /// The same, with the number of the latest version: the one that changes are made against.
    pub async fn metric_with_latest(
        &self,
        tenant: TenantId,
        query: &GetMetric,
    ) -> Result<(MetricRow, u32), QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        Ok((worded(history.as_of(or_now(query.as_of))?), history.latest_version()))
    }

    /// All versions of a metric.
    pub async fn metric_versions(
        &self,
        tenant: TenantId,
        query: &ListMetricVersions,
    ) -> Result<MetricVersions, QueryError> {
        let rows = self.history(tenant, &query.code, query.known_at).await?.versions(or_now(query.as_of))?;
        let from = query.from.unwrap_or(1);
        let (versions, next) = page(rows.into_iter().filter(|row| row.version >= from).map(worded))?;
        Ok(MetricVersions { versions, next: next.map(|row| row.version) })
    }

    /// Which version governs when.
    pub async fn metric_timeline(
        &self,
        tenant: TenantId,
        query: &GetMetricTimeline,
    ) -> Result<MetricTimeline, QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        let worded = |(place, point): (u32, MetricPoint)| {
            let definition = point.version.and_then(|version| history.definition(version));
            let sentence = definition.and_then(|says| sentence(says.formula.as_ref(), says.meaning.as_ref()));
            (place, MetricPoint { sentence, ..point })
        };
        let points = (0_u32..).zip(history.timeline(or_now(query.as_of))?).skip(query.from.unwrap_or(0) as usize);
        let (points, next) = page(points.map(worded))?;
        let points = points.into_iter().map(|(_, point)| point).collect();
        Ok(MetricTimeline { points, next: next.map(|(place, _)| place) })
    }

    /// All events of a metric.
    pub async fn metric_history(
        &self,
        tenant: TenantId,
        query: &GetMetricHistory,
    ) -> Result<MetricHistory, QueryError> {
        self.settle(query.known_at).await?;
        let mut events = self.metric_events(tenant, &query.code).await?;
        events.truncate(known(&events, query.known_at).count());
        if events.is_empty() {
            return Err(unknown(RefusalCode::UnknownMetric, format!("metric {} is unknown", query.code)));
        }
        let (events, next) = page(events_from(events, query.from).map(with_sentence))?;
        let next = next.map(|(event, _)| event.position);
        let sentences: BTreeMap<u64, String> =
            events.iter().filter_map(|(event, sentence)| Some((event.position, sentence.clone()?))).collect();
        Ok(MetricHistory { events: events.into_iter().map(|(event, _)| event).collect(), sentences, next })
    }

    /// What was known of a metric.
    pub(super) async fn history(
        &self,
        tenant: TenantId,
        code: &Code,
        known_at: Option<KnownAt>,
    ) -> Result<History, QueryError> {
        self.settle(known_at).await?;
        let events = self.metric_events(tenant, code).await?;
        Ok(History::of(code.clone(), &events, known_at)?)
    }

    async fn metric_events(&self, tenant: TenantId, code: &Code) -> Result<Vec<RecordedEvent>, QueryError> {
        let key = AggregateKey::Metric(tenant, code.clone());
        Ok(read::of_aggregate(self.database.pool(), &key).await?)
    }
}

/// The metric with what its formula says.
fn entry(Listed { entry, formula, meaning }: Listed) -> MetricEntry {
    MetricEntry { sentence: sentence(formula.as_ref(), meaning.as_ref()), ..entry }
}

/// The row with what its formula says.
pub(super) fn worded(row: MetricRow) -> MetricRow {
    MetricRow { sentence: sentence(row.formula.as_ref(), row.meaning.as_ref()), ..row }
}

/// An event with what the formula says that it defines, if it defines one. What does not parse has none.
fn with_sentence(recorded: RecordedEvent) -> (RecordedEvent, Option<String>) {
    let sentence = match recorded.event() {
        Ok(Event::Metric(MetricEvent::MetricDefined(event))) => {
            sentence(event.formula.as_ref(), event.meaning.as_ref())
        }
        _ => None,
    };
    (recorded, sentence)
}
