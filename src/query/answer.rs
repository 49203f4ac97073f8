//! The answer to each query. Another tenant's things are unknown.

mod api_key;
mod bulk;
mod dashboard;
mod evaluate;
mod formula;
mod job_statistics;
mod metric;
mod schedule;

use std::{num::NonZeroUsize, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use plinth_events::{
    AggregateKey, Event, JobId, Refusal, RefusalCode, TenantId, UserId,
    envelope::RecordedEvent,
    event::{job::JobEvent, user::UserEvent},
    job_history,
    job_log::{GetJobLogs, JobLogLine, JobLogPage},
    limits,
    query::{
        KnownAt, Query,
        events::{EventPage, ReadEvents},
        job::{GetJob, GetJobHistory, JobPage, JobPlace, JobRow, JobStatus, ListJobs},
        known,
        queue::{ListQueues, QueuePage},
    },
    time::Moment,
};
use plinth_projections::{job, job_log, job_queue::lease, queue};
use serde::Serialize;
use tokio::sync::Semaphore;

pub use self::dashboard::DashboardOverview;
use crate::log::{Database, LogError, head, read};

/// Events per read of the log, until a page is full.
const READ_EVENTS: u32 = 100;
/// Rows of an answer when the query does not say how many.
const DEFAULT_LIMIT: u32 = 100;

/// Answers queries.
#[derive(Debug, Clone)]
pub struct Queries {
    database: Database,
    /// How many evaluations there may be at a time.
    processors: Arc<Semaphore>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The caller's mistake, or nothing there.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Ours.
    #[error(transparent)]
    Failed(#[from] LogError),
}

impl From<plinth_projections::ProjectionError> for QueryError {
    fn from(error: plinth_projections::ProjectionError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<plinth_events::event::UnknownEvent> for QueryError {
    fn from(error: plinth_events::event::UnknownEvent) -> Self {
        Self::Failed(error.into())
    }
}

impl Queries {
    /// On a database.
    pub fn new(database: Database) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { database, processors: Arc::new(Semaphore::new(processors)) }
    }

    /// The answer to a query as JSON.
    pub async fn answer(&self, tenant: TenantId, query: &Query) -> Result<Bytes, QueryError> {
        match query {
            Query::ListMetrics(query) => json(&self.metrics(tenant, query).await?),
            Query::GetMetric(query) => json(&self.metric(tenant, query).await?),
            Query::ListMetricVersions(query) => json(&self.metric_versions(tenant, query).await?),
            Query::GetMetricTimeline(query) => json(&self.metric_timeline(tenant, query).await?),
            Query::GetMetricHistory(query) => json(&self.metric_history(tenant, query).await?),
            Query::DiffMetric(query) => json(&self.metric_diff(tenant, query).await?),
            Query::GetMetricSql(query) => json(&self.metric_sql(tenant, query).await?),
            Query::GetMetricFields(query) => json(&self.metric_fields(tenant, query).await?),
            Query::EvaluateMetric(query) => json(&self.metric_evaluation(tenant, query).await?),
            Query::PreviewMetric(query) => json(&self.metric_preview(tenant, query).await?),
            Query::GetDashboard(query) => json(&self.dashboard(tenant, query).await?),
            Query::GetDashboardHistory(query) => json(&self.dashboard_history(tenant, query).await?),
            Query::ListWidgetTypes(query) => json(&self.widget_types(tenant, query).await?),
            Query::GetJob(query) => json(&self.job(tenant, query).await?),
            Query::ListJobs(query) => json(&self.jobs(tenant, query).await?),
            Query::GetJobHistory(query) => json(&self.job_history(tenant, query).await?),
            Query::GetJobLogs(query) => json(&self.job_logs(tenant, query).await?),
            Query::CountJobs(query) => json(&self.job_count(tenant, query).await?),
            Query::GetJobStatistics(query) => json(&self.job_statistics(tenant, query).await?),
            Query::GetBulkAction(query) => json(&self.bulk_action(tenant, query).await?),
            Query::ListBulkActions(query) => json(&self.bulk_actions(tenant, query).await?),
            Query::ListApiKeys(query) => json(&self.api_keys(tenant, query).await?),
            Query::ListQueues(query) => json(&self.queues(tenant, query).await?),
            Query::GetSchedule(query) => json(&self.schedule(tenant, query).await?),
            Query::ListSchedules(query) => json(&self.schedules(tenant, query).await?),
            Query::ReadEvents(query) => json(&self.events(tenant, query).await?),
        }
    }

    /// Waits for what was recorded by a time and is still being committed: otherwise it would turn up later in what was
    /// known at that time. A position has nothing before it that is still to come.
    async fn settle(&self, known_at: Option<KnownAt>) -> Result<(), LogError> {
        match known_at {
            Some(KnownAt::Time(time)) => head::settle(self.database.pool(), time).await,
            _ => Ok(()),
        }
    }

    async fn check_user(&self, tenant: TenantId, user: UserId) -> Result<(), QueryError> {
        let events = read::of_aggregate(self.database.pool(), &AggregateKey::User(tenant, user)).await?;
        match events.last().map(RecordedEvent::event).transpose()? {
            None | Some(Event::User(UserEvent::UserDeleted(_) | UserEvent::UserErased(_))) => {
                Err(unknown(RefusalCode::UnknownUser, format!("user {user} is unknown")))
            }
            Some(_) => Ok(()),
        }
    }

    /// One job, as it is or as it was.
    pub async fn job(&self, tenant: TenantId, query: &GetJob) -> Result<JobRow, QueryError> {
        let row = match query.known_at {
            None => self.job_now(tenant, query.job_id).await?,
            known_at => {
                self.settle(known_at).await?;
                job_history::as_of(&self.job_events(tenant, query.job_id).await?, known_at)?
            }
        };
        match row {
            Some(row) => Ok(row),
            None => Err(self.no_job(tenant, query.job_id, query.known_at).await?),
        }
    }

    async fn job_now(&self, tenant: TenantId, job: JobId) -> Result<Option<JobRow>, LogError> {
        let pool = self.database.pool();
        let Some(mut row) = job::find(pool, tenant, job).await? else { return Ok(None) };
        if row.status == JobStatus::Processing {
            row.progress = lease::progress(pool, tenant, &[job]).await?.remove(&job);
        }
        Ok(Some(row))
    }

    /// What workers wrote about a job.
    pub async fn job_logs(&self, tenant: TenantId, query: &GetJobLogs) -> Result<JobLogPage, QueryError> {
        let pool = self.database.pool();
        if job::find(pool, tenant, query.job_id).await.map_err(LogError::from)?.is_none() {
            return Err(self.no_job(tenant, query.job_id, None).await?);
        }
        let found = job_log::read(pool, tenant, query).await.map_err(LogError::from)?;
        let (lines, cut) = page(found.lines)?;
        let next = cut.and(lines.last()).map(JobLogLine::place).or(found.next);
        Ok(JobLogPage { lines, next })
    }

    /// All events of a job.
    pub async fn job_history(&self, tenant: TenantId, query: &GetJobHistory) -> Result<EventPage, QueryError> {
        self.settle(query.known_at).await?;
        let mut events = self.job_events(tenant, query.job_id).await?;
        events.truncate(known(&events, query.known_at).count());
        if events.is_empty() {
            return Err(unknown_job(query.job_id));
        }
        event_page(events, query.from)
    }

    /// Why there is no row of a job: it is archived, or unknown.
    async fn no_job(&self, tenant: TenantId, job: JobId, known_at: Option<KnownAt>) -> Result<QueryError, QueryError> {
        let events = self.job_events(tenant, job).await?;
        let Some(last) = known(&events, known_at).last() else { return Ok(unknown_job(job)) };
        let Event::Job(JobEvent::JobArchived(_)) = last.event()? else { return Ok(unknown_job(job)) };
        let RecordedEvent { recorded_at, position, .. } = last;
        let detail =
            format!("job {job} was archived at {recorded_at}: `plinth job history {job}` shows what happened to it");
        let refusal = Refusal::new(RefusalCode::JobArchived, detail);
        Ok(refusal.fact("archivedAt", recorded_at.to_string()).fact("position", *position).into())
    }

    async fn job_events(&self, tenant: TenantId, job: JobId) -> Result<Vec<RecordedEvent>, QueryError> {
        Ok(read::of_aggregate(self.database.pool(), &AggregateKey::Job(tenant, job)).await?)
    }

    /// Jobs, newest first.
    pub async fn jobs(&self, tenant: TenantId, query: &ListJobs) -> Result<JobPage, QueryError> {
        let mut connection = self.database.pool().acquire().await.map_err(LogError::from)?;
        let found = job::list(&mut connection, tenant, query).await.map_err(LogError::from)?;
        let (jobs, cut) = page(found.jobs)?;
        let next = match (cut, jobs.last()) {
            (Some(_), Some(last)) => Some(JobPlace { created_at: last.created_at, job_id: last.id }),
            _ => found.next,
        };
        Ok(JobPage { jobs, next })
    }

    /// The settings of queues.
    pub async fn queues(&self, tenant: TenantId, query: &ListQueues) -> Result<QueuePage, QueryError> {
        Ok(queue::list(self.database.pool(), tenant, query).await.map_err(LogError::from)?)
    }

    /// Events of the tenant, in order.
    pub async fn events(&self, tenant: TenantId, query: &ReadEvents) -> Result<EventPage, QueryError> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT) as usize;
        let mut from = query.from.unwrap_or(1);
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let read = read::of_tenant(self.database.pool(), tenant, from, READ_EVENTS).await?;
            let is_end = read.len() < READ_EVENTS as usize;
            events.extend(read);
            let bytes: usize = events.iter().map(|event| event.data.get().len()).sum();
            if is_end || events.len() > limit || bytes > limits::PAGE_BYTES {
                break;
            }
            from = events.last().map_or(from, |last| last.position + 1);
        }
        let beyond = events.get(limit).map(|event| event.position);
        events.truncate(limit);
        let (events, cut) = page(events)?;
        Ok(EventPage { events, next: cut.map(|event| event.position).or(beyond) })
    }
}

/// The events from a position on, as many as fit one message.
fn event_page(events: Vec<RecordedEvent>, from: Option<u64>) -> Result<EventPage, QueryError> {
    let (events, next) = page(events_from(events, from))?;
    Ok(EventPage { events, next: next.map(|event| event.position) })
}

fn events_from(events: Vec<RecordedEvent>, from: Option<u64>) -> impl Iterator<Item = RecordedEvent> {
    let from = from.unwrap_or(1);
    events.into_iter().filter(move |event| event.position >= from)
}

/// As many rows as fit one message, at least one, and the first that does not.
fn page<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<(Vec<R>, Option<R>), QueryError> {
    let mut bytes = 0;
    let mut fitting = Vec::new();
    for row in rows {
        bytes += serde_json::to_string(&row).map_err(LogError::from)?.len();
        if bytes > limits::PAGE_BYTES && !fitting.is_empty() {
            return Ok((fitting, Some(row)));
        }
        fitting.push(row);
    }
    Ok((fitting, None))
}

fn or_now(time: Option<Moment>) -> DateTime<Utc> {
    time.map_or_else(Utc::now, Moment::utc)
}

fn json(answer: &impl Serialize) -> Result<Bytes, QueryError> {
    Ok(serde_json::to_vec(answer).map(Bytes::from).map_err(LogError::from)?)
}

fn unknown_job(job: JobId) -> QueryError {
    unknown(RefusalCode::UnknownJob, format!("job {job} is unknown"))
}

fn unknown(code: RefusalCode, detail: String) -> QueryError {
    QueryError::Refused(Refusal::new(code, detail))
}
