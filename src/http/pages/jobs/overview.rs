//! All jobs together.

use axum::response::Response;
use chrono::{TimeDelta, Utc};
use plinth_events::{
    Scope,
    query::{job_statistics::GetJobStatistics, queue::ListQueues},
};
use plinth_web::{
    jobs::{self, OverviewView, Range},
    shell::Section,
};
use serde::Deserialize;

use crate::http::{access::scope::JobsRead, api::parameters::Parameters, pages::visitor::Visitor, problem::Problem};

/// How far back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    range: String,
}

/// GET: how many there are, and how they fared.
pub async fn overview(
    visitor: Visitor<JobsRead>,
    Parameters(Asked { range }): Parameters<Asked>,
) -> Result<Response, Problem> {
    let range = Range::named(&range);
    let from = Utc::now() - TimeDelta::hours(range.hours().into());
    let query = GetJobStatistics { from: Some(from.into()), ..GetJobStatistics::default() };
    let view = OverviewView {
        statistics: visitor.site.queries.job_statistics(visitor.tenant, &query).await?,
        queues: visitor.site.queries.queues(visitor.tenant, &ListQueues { after: None }).await?.queues,
        range,
        can_write: visitor.require(Scope::JobsWrite).is_ok(),
        can_operate: visitor.require(Scope::JobsOperate).is_ok(),
    };
    Ok(visitor.frame.page("Jobs", Section::Jobs, jobs::overview(&view)))
}
