//! The parts of the page about a metric.

use axum::response::Response;
use plinth_events::{
    Refusal,
    names::Code,
    query::{
        formula::{DiffMetric, GetMetricSql, Which},
        metric::{GetMetricHistory, ListMetricVersions},
    },
};
use plinth_web::{
    metrics::{
        self, Asked, DefinitionView, DifferencesView, HistoryView, SqlView, VersionsView,
        routes::{FROM, Part, part},
    },
    shell::Section,
};
use serde::Deserialize;

use super::{
    asked::Times,
    head::{Found, found, picture, rows},
};
use crate::{
    http::{
        access::scope::MetricsRead,
        api::parameters::{InPath, Parameters, parsed},
        pages::{people::people, visitor::Visitor},
        problem::Problem,
    },
    query::answer::QueryError,
};

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct From<T> {
    from: Option<T>,
}

/// Which versions are compared.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Compared {
    #[serde(deserialize_with = "parsed")]
    from: Option<Which>,
    #[serde(deserialize_with = "parsed")]
    to: Option<Which>,
}

/// GET: what it means.
pub async fn definition(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
) -> Result<Response, Problem> {
    let Found { head, version, deprecated_since } = found(&visitor, code, times.into()).await?;
    let picture = picture(&visitor, &head).await?;
    let people = people(&visitor, version.iter().filter_map(|row| row.created_by_id)).await?;
    let view = DefinitionView { head, picture, version, deprecated_since, people };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::definition(&view)))
}

/// GET: all versions.
pub async fn versions(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
    Parameters(From { from }): Parameters<From<u32>>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, times.into()).await?;
    let picture = picture(&visitor, &head).await?;
    let Asked { as_of, known_at } = head.asked;
    let mut versions = Vec::new();
    let mut more = None;
    if head.standing.is_some() {
        let query = ListMetricVersions { code: head.code.clone(), as_of, known_at, from };
        let found = visitor.site.queries.metric_versions(visitor.tenant, &query).await?;
        versions.extend(found.versions.into_iter().rev());
        more = found.next.map(|next| format!("{}?{FROM}={next}", part(&head.code, Part::Versions)));
    }
    let people = people(&visitor, versions.iter().filter_map(|row| row.created_by_id)).await?;
    let view = VersionsView { head, picture, versions, more, people };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::versions(&view)))
}

/// GET: what changed between two versions; the last two, unless others are named.
pub async fn differences(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
    Parameters(Compared { from, to }): Parameters<Compared>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, times.into()).await?;
    let known = Asked { as_of: None, ..head.asked };
    let latest = match head.standing {
        Some(_) => rows(&visitor, &head.code, known).await?.last().map_or(0, |row| row.version),
        None => 0,
    };
    let mut diff = None;
    if latest > 1 || from.is_some() && latest > 0 {
        let from = from.unwrap_or(Which::Version(latest - 1));
        let to = to.unwrap_or(Which::Version(latest));
        let query = DiffMetric { code: head.code.clone(), from, to, known_at: known.known_at };
        diff = Some(visitor.site.queries.metric_diff(visitor.tenant, &query).await?);
    }
    let view = DifferencesView { head, latest, diff };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::differences(&view)))
}

/// GET: how a database computes it.
pub async fn sql(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, times.into()).await?;
    let Asked { as_of, known_at } = head.asked;
    let query = GetMetricSql { code: head.code.clone(), as_of, known_at, dialect: Default::default() };
    let sql = refused_or(visitor.site.queries.metric_sql(visitor.tenant, &query).await)?;
    let view = SqlView { head, sql };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::sql(&view)))
}

/// GET: who did what, when and why.
pub async fn history(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(From { from }): Parameters<From<u64>>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, Asked::default()).await?;
    let query = GetMetricHistory { code: head.code.clone(), known_at: None, from };
    let history = visitor.site.queries.metric_history(visitor.tenant, &query).await?;
    let more = history.next.map(|next| format!("{}?{FROM}={next}", part(&head.code, Part::History)));
    let people = people(&visitor, history.events.iter().filter_map(|event| event.origin.actor)).await?;
    let view = HistoryView { head, history, more, people };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, metrics::history(&view)))
}

/// What was answered or refused; what failed is not shown but told.
pub(super) fn refused_or<T>(answer: Result<T, QueryError>) -> Result<Result<T, Refusal>, Problem> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(QueryError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    }
}
