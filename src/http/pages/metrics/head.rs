//! What all pages about one metric show: how it stands at a time, as known at a time, and the picture of its versions.

use chrono::Utc;
use plinth_events::{
    Event, Refusal, RefusalCode, Scope,
    envelope::RecordedEvent,
    event::metric::MetricEvent,
    names::Code,
    query::{
        KnownAt,
        metric::{GetMetric, GetMetricHistory, GetMetricTimeline, ListMetricVersions, MetricPoint, MetricRow},
    },
    time::{Instant, Moment},
    timeline::{Standing, Status},
};
use plinth_web::metrics::{Asked, Knowledge, MetricHead, Picture};

use crate::{
    http::{pages::visitor::Visitor, problem::Problem},
    query::answer::QueryError,
};

/// Most events that can be picked as what was known: the latest.
const KNOWLEDGE: usize = 100;

/// A metric as it was asked for.
pub struct Found {
    pub head: MetricHead,
    /// The version that stands for it: the one that governs; else the first that will, the last that did, or the last that was
    /// withdrawn. None: nothing was known of it.
    pub version: Option<MetricRow>,
    pub deprecated_since: Option<Instant>,
}

/// How a metric stands. One that is not known now is refused.
pub async fn found<S>(visitor: &Visitor<S>, code: Code, asked: Asked) -> Result<Found, Problem> {
    let Asked { as_of, known_at } = asked;
    let query = GetMetric { code: code.clone(), as_of, known_at };
    let governs = visitor.site.queries.metric(visitor.tenant, &query).await;
    let (standing, deprecated_since) = match &governs {
        Ok(_) => (Some(Standing::Effective), None),
        Err(QueryError::Refused(refusal)) => stands(refusal),
        Err(QueryError::Failed(_)) => (None, None),
    };
    let version = match (governs, standing) {
        (Ok(row), _) => Some(row),
        (Err(QueryError::Refused(_)), Some(standing)) => stand_in(&rows(visitor, &code, asked).await?, standing),
        (Err(QueryError::Refused(refusal)), None) if refusal.code == RefusalCode::UnknownMetric => None,
        (Err(error), _) => return Err(error.into()),
    };
    let named = match &version {
        Some(row) => Some(row.clone()),
        None => rows(visitor, &code, Asked::default()).await?.pop(),
    };
    let name = named.map_or_else(|| code.to_string(), |row| row.name.to_string());
    let can_write = visitor.require(Scope::MetricsWrite).is_ok();
    Ok(Found { head: MetricHead { code, name, standing, asked, can_write }, version, deprecated_since })
}

/// How a metric stands of which no version governs, and since when it is deprecated.
fn stands(refusal: &Refusal) -> (Option<Standing>, Option<Instant>) {
    let time = |fact: &str| refusal.facts.get(fact)?.as_str()?.parse().ok();
    match refusal.code {
        RefusalCode::Deprecated => (Some(Standing::Deprecated), time("deprecatedAt")),
        RefusalCode::NotEffective if time("firstEffectiveAt").is_some() => (Some(Standing::Scheduled), None),
        RefusalCode::NotEffective => (Some(Standing::Withdrawn), None),
        // unknown then, or at all: that shows when its name is looked for
        _ => (None, None),
    }
}

/// The version that stands for a metric of which none governs.
fn stand_in(rows: &[MetricRow], standing: Standing) -> Option<MetricRow> {
    let of = |status: &'static [Status]| rows.iter().filter(move |row| status.contains(&row.status));
    let found = match standing {
        Standing::Scheduled => of(&[Status::Scheduled]).min_by_key(|row| row.effective_at),
        _ => of(&[Status::Deprecated, Status::Superseded]).max_by_key(|row| row.effective_at),
    };
    found.or(rows.last()).cloned()
}

/// The versions of a metric, oldest first.
pub async fn rows<S>(
    visitor: &Visitor<S>,
    code: &Code,
    Asked { as_of, known_at }: Asked,
) -> Result<Vec<MetricRow>, Problem> {
    let query = ListMetricVersions { code: code.clone(), as_of, known_at, from: None };
    Ok(visitor.site.queries.metric_versions(visitor.tenant, &query).await?.versions)
}

/// The picture of a metric's versions.
pub async fn picture<S>(visitor: &Visitor<S>, head: &MetricHead) -> Result<Picture, Problem> {
    let known_now = points(visitor, head, None).await?;
    let then = match head.asked.known_at {
        None => None,
        Some(_) if head.standing.is_none() => Some(Vec::new()),
        known_at => Some(points(visitor, head, known_at).await?),
    };
    let query = GetMetricHistory { code: head.code.clone(), known_at: None, from: None };
    let events = visitor.site.queries.metric_history(visitor.tenant, &query).await?.events;
    let knowledge = events.iter().rev().take(KNOWLEDGE).filter_map(knowledge).collect();
    Ok(Picture { now: Moment::from(Utc::now()), points: known_now, then, knowledge })
}

async fn points<S>(
    visitor: &Visitor<S>,
    head: &MetricHead,
    known_at: Option<KnownAt>,
) -> Result<Vec<MetricPoint>, Problem> {
    let query = GetMetricTimeline { code: head.code.clone(), as_of: head.asked.as_of, known_at, from: None };
    Ok(visitor.site.queries.metric_timeline(visitor.tenant, &query).await?.points)
}

fn knowledge(recorded: &RecordedEvent) -> Option<Knowledge> {
    let what = match recorded.event().ok()? {
        Event::Metric(MetricEvent::MetricDefined(event)) => format!("version {} defined", event.version),
        Event::Metric(MetricEvent::MetricDeprecated(_)) => "deprecated".to_owned(),
        Event::Metric(MetricEvent::MetricVersionWithdrawn(event)) => format!("version {} withdrawn", event.version),
        _ => return None,
    };
    Some(Knowledge { position: recorded.position, recorded_at: recorded.recorded_at, what })
}
