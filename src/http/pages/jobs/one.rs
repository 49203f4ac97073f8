//! One job: as it is, or as it was before it was archived.

use axum::response::Response;
use chrono::Utc;
use plinth_events::{
    JobId, Refusal, RefusalCode, Scope,
    job_history::as_of,
    job_log::{GetJobLogs, JobLogPage},
    query::{
        KnownAt,
        events::EventPage,
        job::{GetJob, GetJobHistory, JobRow},
    },
    time::Moment,
};
use plinth_projections::job_queue::dependents;
use plinth_web::{
    jobs::{self, JobView},
    shell::Section,
};
use serde::Deserialize;

use crate::{
    http::{
        access::scope::JobsRead,
        api::parameters::{InPath, Parameters},
        pages::{people::people, visitor::Visitor},
        problem::Problem,
    },
    log::LogError,
    query::answer::QueryError,
};

/// Of the jobs that wait for it, so many are listed.
const DEPENDENTS: u32 = 50;

/// How much of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    all: bool,
}

/// GET: a job with all that happened to it.
pub async fn show(
    visitor: Visitor<JobsRead>,
    InPath(job_id): InPath<JobId>,
    Parameters(Shown { all }): Parameters<Shown>,
) -> Result<Response, Problem> {
    let history = GetJobHistory { job_id, known_at: None, from: None };
    let history = visitor.site.queries.job_history(visitor.tenant, &history).await?;
    let (job, archived_at) = row(&visitor, job_id, &history).await?;
    let log = match archived_at {
        None => {
            visitor.site.queries.job_logs(visitor.tenant, &GetJobLogs { job_id, attempt: None, after: None }).await?
        }
        Some(_) => JobLogPage { lines: Vec::new(), next: None },
    };
    let (dependents, has_more_dependents) = waiting_for(&visitor, job_id).await?;
    let people = people(&visitor, history.events.iter().filter_map(|event| event.origin.actor)).await?;
    let view = JobView {
        job,
        archived_at,
        events: history.events,
        has_more_events: history.next.is_some(),
        dependents,
        has_more_dependents,
        log,
        shows_all: all,
        people,
        now: Utc::now().into(),
        can_write: visitor.require(Scope::JobsWrite).is_ok(),
    };
    Ok(visitor.frame.page(view.job.job_type.as_str(), Section::Jobs, jobs::job(&view)))
}

/// The jobs that wait for its end, as far as they are listed, and whether there are more.
async fn waiting_for(visitor: &Visitor<JobsRead>, job_id: JobId) -> Result<(Vec<JobId>, bool), LogError> {
    let pool = visitor.site.database.pool();
    let mut jobs = dependents::of(pool, visitor.tenant, job_id, DEPENDENTS + 1).await?;
    let has_more = jobs.len() > DEPENDENTS as usize;
    jobs.truncate(DEPENDENTS as usize);
    Ok((jobs, has_more))
}

/// The row of a job with where exactly it stands, and when it was archived.
async fn row(
    visitor: &Visitor<JobsRead>,
    job_id: JobId,
    history: &EventPage,
) -> Result<(JobRow, Option<Moment>), Problem> {
    match visitor.site.queries.job(visitor.tenant, &GetJob { job_id, known_at: None }).await {
        Ok(mut row) => {
            let folded = as_of(&history.events, None).map_err(QueryError::from)?;
            // a page of a long history ends somewhere before now
            row.phase = folded.filter(|_| history.next.is_none()).and_then(|folded| folded.phase);
            Ok((row, None))
        }
        Err(QueryError::Refused(refusal)) if refusal.code == RefusalCode::JobArchived => {
            before_archived(history, refusal)
        }
        Err(error) => Err(error.into()),
    }
}

fn before_archived(history: &EventPage, refusal: Refusal) -> Result<(JobRow, Option<Moment>), Problem> {
    let fact = |name: &str| refusal.facts.get(name);
    let archived_at = fact("archivedAt").and_then(|time| time.as_str()?.parse().ok());
    let position = fact("position").and_then(|position| position.as_u64());
    let known_at = position.map(|position| KnownAt::Position(position.saturating_sub(1)));
    let row = as_of(&history.events, known_at).map_err(QueryError::from)?;
    row.map(|row| (row, archived_at)).ok_or(Problem(refusal))
}
