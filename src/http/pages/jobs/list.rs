//! The list of jobs.

use axum::response::Response;
use chrono::Utc;
use plinth_events::{
    Scope,
    names::JobType,
    query::{
        job::{JobPlace, JobRow, JobStatus, ListJobs},
        job_statistics::GetJobStatistics,
    },
};
use plinth_projections::job_queue::lease;
use plinth_web::{
    jobs::{self, ListView},
    shell::Section,
};
use serde::{Deserialize, Deserializer, de};

use crate::{
    http::{
        access::scope::JobsRead,
        api::{page::Cursor, parameters::Parameters},
        pages::visitor::Visitor,
        problem::Problem,
    },
    log::LogError,
};

/// Jobs of a page.
const PAGE_JOBS: u32 = 50;

/// Which jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    #[serde(rename = "type", deserialize_with = "job_type")]
    pub(super) job_type: Option<JobType>,
    pub(super) status: Option<JobStatus>,
    after: Option<Cursor<JobPlace>>,
}

/// An empty field asks for every type.
pub(super) fn job_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobType>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse()).transpose().map_err(de::Error::custom)
}

/// GET: jobs, newest first.
pub async fn list(
    visitor: Visitor<JobsRead>,
    Parameters(Listed { job_type, status, after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let after = after.map(|Cursor(place)| place);
    let query = ListJobs { job_type: job_type.clone(), status, limit: Some(PAGE_JOBS), after };
    let mut page = visitor.site.queries.jobs(visitor.tenant, &query).await?;
    add_progress(&visitor, &mut page.jobs).await?;
    let counts = GetJobStatistics { job_type: job_type.clone(), ..GetJobStatistics::default() };
    let view = ListView {
        next: page.next.clone().map(|place| Cursor(place).to_string()),
        page,
        job_type,
        status,
        statistics: visitor.site.queries.job_statistics(visitor.tenant, &counts).await?,
        is_first: query.after.is_none(),
        now: Utc::now().into(),
        can_write: visitor.require(Scope::JobsWrite).is_ok(),
        can_operate: visitor.require(Scope::JobsOperate).is_ok(),
    };
    Ok(visitor.frame.page("Jobs", Section::Jobs, jobs::list(&view)))
}

/// How far those are that run.
async fn add_progress(visitor: &Visitor<JobsRead>, jobs: &mut [JobRow]) -> Result<(), LogError> {
    let running: Vec<_> = jobs.iter().filter(|job| job.status == JobStatus::Processing).map(|job| job.id).collect();
    if running.is_empty() {
        return Ok(());
    }
    let mut progress = lease::progress(visitor.site.database.pool(), visitor.tenant, &running).await?;
    for job in jobs {
        job.progress = progress.remove(&job.id);
    }
    Ok(())
}
