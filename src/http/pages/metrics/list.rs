//! The list of metrics.

use axum::response::Response;
use plinth_events::{
    Scope,
    names::{Code, Snippet},
    query::metric::ListMetrics,
    timeline::Standing,
};
use plinth_web::{
    metrics::{ListView, list as list_page},
    shell::Section,
};
use serde::{Deserialize, Deserializer, de};

use crate::http::{access::scope::MetricsRead, api::parameters::Parameters, pages::visitor::Visitor, problem::Problem};

/// Metrics of a page.
const PAGE_ROWS: u32 = 50;

/// Which metrics.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    status: Option<Standing>,
    #[serde(deserialize_with = "snippet")]
    search: Option<Snippet>,
    after: Option<Code>,
}

/// An empty field searches for nothing.
fn snippet<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Snippet>, D::Error> {
    let text = String::deserialize(deserializer)?;
    (!text.is_empty()).then(|| text.parse()).transpose().map_err(de::Error::custom)
}

/// GET: metrics by code.
pub async fn list(
    visitor: Visitor<MetricsRead>,
    Parameters(Listed { status, search, after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let query = ListMetrics { status, search, as_of: None, limit: Some(PAGE_ROWS), after };
    let page = visitor.site.queries.metrics(visitor.tenant, &query).await?;
    let body = list_page(&ListView {
        page,
        status,
        search: query.search.map(|text| text.as_str().to_owned()).unwrap_or_default(),
        is_first: query.after.is_none(),
        can_write: visitor.require(Scope::MetricsWrite).is_ok(),
    });
    Ok(visitor.frame.page("Metrics", Section::Metrics, body))
}
