//! Bulk actions: commands for them, and what one does to a page of its jobs.

use plinth_events::{
    AggregateKey, BulkActionId, JobId, Refusal, bulk::RecordedAction, command::bulk::StartBulkAction, names::Reason,
    reply::BulkActionStarted,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Decision, Outcome, answer, decide};
use crate::{
    command::states::State,
    domain::{
        bulk_action::{BulkAction, BulkCommand},
        job::JobCommand,
    },
};

/// A page of the jobs of a bulk action, and what is to be done to them.
#[derive(Debug, Clone)]
pub struct BulkPage {
    /// Which action.
    pub action_id: BulkActionId,
    /// What is done to each job.
    pub action: RecordedAction,
    /// Why.
    pub reason: Reason,
    /// The jobs.
    pub jobs: Vec<JobId>,
}

/// What a page came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPageDone {
    /// How many of its jobs were changed.
    pub changed: u64,
}

impl Decision<'_, '_> {
    pub(super) async fn start_bulk_action(&mut self, start: &StartBulkAction) -> Outcome {
        let action_id = start.action_id.unwrap_or_else(|| BulkActionId(Uuid::now_v7()));
        self.bulk_action(action_id, BulkCommand::Start { action_id, start: start.clone() }).await?;
        answer(&BulkActionStarted { action_id })
    }

    pub(super) async fn bulk_action(&mut self, action_id: BulkActionId, command: BulkCommand) -> Outcome {
        let (key, context) = (AggregateKey::BulkAction(self.envelope.tenant, action_id), self.context());
        let mut entry = self.entry(&key);
        if let State::BulkAction(state) = &mut entry.state {
            let events = decide(state, command, &context).await?;
            self.keep(key, entry, events);
        }
        answer(&())
    }

    /// Job by job, with the decisions that any command for one job would get.
    pub(super) async fn bulk_page(&mut self, page: &BulkPage) -> Outcome {
        self.check_tenant()?;
        self.check_bulk_action_runs(page.action_id)?;
        let mut changed = 0;
        for job in &page.jobs {
            let events = self.events.len();
            let acted = self.job(*job, command(page)).await;
            changed += u64::from(acted.is_ok() && self.events.len() > events);
        }
        answer(&BulkPageDone { changed })
    }

    fn check_bulk_action_runs(&mut self, action_id: BulkActionId) -> Result<(), Refusal> {
        match self.entry(&AggregateKey::BulkAction(self.envelope.tenant, action_id)).state {
            State::BulkAction(state) => state.check_runs(action_id),
            _ => BulkAction::Unknown.check_runs(action_id),
        }
    }
}

fn command(page: &BulkPage) -> JobCommand {
    let reason = page.reason.clone();
    match page.action {
        RecordedAction::Cancel {} => JobCommand::Cancel { reason },
        RecordedAction::Retry {} => JobCommand::Retry { reason: Some(reason) },
        RecordedAction::Reschedule { run_at } => JobCommand::Reschedule { run_at, reason: Some(reason) },
        RecordedAction::Prioritize { priority } => JobCommand::Prioritize { priority, reason: Some(reason) },
    }
}
