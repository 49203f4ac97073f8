//! Bulk actions: worked off a page at a time, each page a command of Plinth's own. What becomes of a job is decided by the
//! job, as for any command.
//!
//! A page is known by its jobs: after a crash it is sent again under the same command id, and gets its first answer.

use std::{sync::Arc, time::Duration};

use plinth_events::{CommandId, JobId, Refusal, RefusalCode, envelope::Origin, reply::Reply};
use plinth_projections::bulk_action::work::{self, OpenAction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    command::{
        Submitter,
        answer::Verdict,
        decide::bulk::{BulkPage, BulkPageDone},
        parse::{Envelope, Task},
    },
    duty::wait,
    log::{Database, LogError, read},
};

/// How often the table is looked at while nothing is to be done.
const POLL: Duration = Duration::from_millis(200);
/// Actions that are worked on in turns; others wait until one of them is over.
const ACTIONS: u32 = 10;
/// Jobs per page: half of a batch, so that other commands have room beside them.
const PAGE: u32 = 500;

/// Works off bulk actions.
pub struct BulkActions {
    database: Database,
    submitter: Submitter,
}

/// Why an action did not get on.
#[derive(Debug, thiserror::Error)]
enum BulkError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Failed(String),
}

impl From<sqlx::Error> for BulkError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl BulkActions {
    /// On a database; what is done to jobs goes through the writer like every command.
    pub fn new(database: Database, submitter: Submitter) -> Self {
        Self { database, submitter }
    }

    /// Works until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.round().await {
                Ok(actions) if actions > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(error = %error, "bulk actions could not be looked at"),
            }
            wait(POLL, &stop).await;
        }
    }

    /// One step of each action that has something left to do; how many got on.
    async fn round(&self) -> Result<usize, LogError> {
        let mut advanced = 0;
        for action in work::open(self.database.pool(), ACTIONS).await? {
            match self.step(&action).await {
                Ok(()) => advanced += 1,
                Err(error) => {
                    let id = action.action_id;
                    tracing::warn!(tenant.id = %action.tenant, action.id = %id, error = %error,
                        "a bulk action did not get on");
                }
            }
        }
        Ok(advanced)
    }

    async fn step(&self, action: &OpenAction) -> Result<(), BulkError> {
        let mut connection = self.database.pool().acquire().await?;
        if !action.is_running {
            return Ok(work::forget(&mut connection, action).await?);
        }
        if !action.is_listed {
            return Ok(work::list(&mut connection, action).await?);
        }
        let jobs = work::page(&mut *connection, action, PAGE).await?;
        if jobs.is_empty() {
            let finish = Task::FinishBulkAction(action.action_id, action.counts);
            self.submit(action, finish, "finish".as_bytes()).await?;
            return Ok(());
        }
        let Some(reply) = self.act(action, &jobs).await? else { return Ok(()) };
        let BulkPageDone { changed } = reply.result_as().map_err(LogError::from)?;
        Ok(work::done(&mut connection, action, &jobs, changed).await?)
    }

    async fn act(&self, action: &OpenAction, jobs: &[JobId]) -> Result<Option<Arc<Reply>>, BulkError> {
        let page = BulkPage {
            action_id: action.action_id,
            action: action.action.clone(),
            reason: action.reason.clone(),
            jobs: jobs.to_vec(),
        };
        let name: Vec<u8> = jobs.iter().flat_map(|job| job.0.into_bytes()).collect();
        self.submit(action, Task::BulkPage(page), &name).await
    }

    /// Has the writer carry out a step that is known by its name; none: the action was over meanwhile.
    async fn submit(&self, action: &OpenAction, task: Task, name: &[u8]) -> Result<Option<Arc<Reply>>, BulkError> {
        let envelope = Envelope {
            command_id: CommandId(Uuid::new_v5(&action.action_id.0, name)),
            is_minted: false,
            origin: self.origin(action).await?,
            ..Envelope::own(action.tenant, task)
        };
        match self.submitter.submit(envelope).await {
            Verdict::Accepted(reply) => Ok(Some(reply)),
            Verdict::Refused(refusal) if refusal.code == RefusalCode::AlreadyEnded => Ok(None),
            Verdict::Refused(refusal) => Err(refusal.into()),
            Verdict::Failed(failure) => Err(BulkError::Failed(failure.cause)),
        }
    }

    /// It is done by whoever started the action, and because of that.
    async fn origin(&self, action: &OpenAction) -> Result<Origin, LogError> {
        let started = read::of_tenant(self.database.pool(), action.tenant, action.position, 1).await?;
        let Some(started) = started.into_iter().next() else { return Ok(Origin::default()) };
        Ok(Origin { causation_id: Some(started.id.0.to_string()), ..started.origin })
    }
}
