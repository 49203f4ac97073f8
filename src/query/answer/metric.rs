//! What metrics mean: at any time, as known at any time, with a sentence for each formula.

use std::collections::BTreeMap;

use bytes::Bytes;
use plinth_events::{
    AggregateKey, Event, RefusalCode, TenantId,
    envelope::RecordedEvent,
    event::metric::MetricEvent,
    history::History,
    names::Code,
    query::{
        KnownAt,
        metric::{
            GetMetric, GetMetricHistory, GetMetricTimeline, ListMetricVersions, MetricHistory, MetricPoint, MetricRow,
            MetricTimeline, MetricVersions,
        },
    },
};

use super::{Queries, QueryError, events_from, json, or_now, page, unknown};
use crate::{formulas::sentence, log::read};

impl Queries {
    pub(super) async fn metric(&self, tenant: TenantId, query: &GetMetric) -> Result<Bytes, QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        json(&worded(history.as_of(or_now(query.as_of))?))
    }

    pub(super) async fn metric_versions(
        &self,
        tenant: TenantId,
        query: &ListMetricVersions,
    ) -> Result<Bytes, QueryError> {
        let rows = self.history(tenant, &query.code, query.known_at).await?.versions(or_now(query.as_of))?;
        let from = query.from.unwrap_or(1);
        let (versions, next) = page(rows.into_iter().filter(|row| row.version >= from).map(worded))?;
        json(&MetricVersions { versions, next: next.map(|row| row.version) })
    }

    pub(super) async fn metric_timeline(
        &self,
        tenant: TenantId,
        query: &GetMetricTimeline,
    ) -> Result<Bytes, QueryError> {
        let history = self.history(tenant, &query.code, query.known_at).await?;
        let worded = |(place, point): (u32, MetricPoint)| {
            let definition = point.version.and_then(|version| history.definition(version));
            let sentence = definition.and_then(|says| sentence(says.formula.as_ref(), says.meaning.as_ref()));
            (place, MetricPoint { sentence, ..point })
        };
        let points = (0_u32..).zip(history.timeline(or_now(query.as_of))?).skip(query.from.unwrap_or(0) as usize);
        let (points, next) = page(points.map(worded))?;
        let points = points.into_iter().map(|(_, point)| point).collect();
        json(&MetricTimeline { points, next: next.map(|(place, _)| place) })
    }

    pub(super) async fn metric_history(&self, tenant: TenantId, query: &GetMetricHistory) -> Result<Bytes, QueryError> {
        let events = self.metric_events(tenant, &query.code).await?;
        if events.is_empty() {
            return Err(unknown(RefusalCode::UnknownMetric, format!("metric {} is unknown", query.code)));
        }
        let (events, next) = page(events_from(events, query.from).map(with_sentence))?;
        let next = next.map(|(event, _)| event.position);
        let sentences: BTreeMap<u64, String> =
            events.iter().filter_map(|(event, sentence)| Some((event.position, sentence.clone()?))).collect();
        json(&MetricHistory { events: events.into_iter().map(|(event, _)| event).collect(), sentences, next })
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
