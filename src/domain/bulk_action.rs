//! A bulk action: the same, done to many jobs. It runs until it is finished or cancelled; what it does to a job is decided
//! by that job.

use plinth_events::{
    BulkActionId, Refusal, RefusalCode,
    bulk::{BulkAction as Action, BulkCounts},
    command::bulk::{CancelBulkAction, StartBulkAction},
    event::bulk::{BulkActionCancelled, BulkActionFinished, BulkActionStarted, BulkEvent},
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};

/// Where a bulk action stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAction {
    /// Never started.
    #[default]
    Unknown,
    /// Working through its jobs.
    Running,
    /// Finished or cancelled.
    Ended,
}

/// What can be asked of a bulk action.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkCommand {
    /// Let it begin.
    Start {
        /// Its id, given or minted.
        action_id: BulkActionId,
        /// What it is; the id in it is not looked at.
        start: StartBulkAction,
    },
    /// Let the rest of the jobs alone.
    Cancel(CancelBulkAction),
    /// All jobs are done.
    Finish {
        /// Which action.
        action_id: BulkActionId,
        /// How many jobs.
        counts: BulkCounts,
    },
}

aggregate!(BulkAction, "bulk-action", BulkCommand => BulkEvent, Context);

impl BulkAction {
    /// What a command comes to.
    pub fn decide(&self, command: &BulkCommand, context: &Context) -> Decision<BulkEvent> {
        match command {
            BulkCommand::Start { action_id, start } => self.start(*action_id, start, context),
            BulkCommand::Cancel(CancelBulkAction { action_id, reason }) => {
                self.check_runs(*action_id)?;
                Ok(vec![BulkActionCancelled { action_id: *action_id, reason: reason.clone() }.into()])
            }
            BulkCommand::Finish { action_id, counts } => {
                self.check_runs(*action_id)?;
                Ok(vec![BulkActionFinished { action_id: *action_id, counts: *counts }.into()])
            }
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: BulkEvent) {
        *self = match event {
            BulkEvent::BulkActionStarted(_) => Self::Running,
            BulkEvent::BulkActionCancelled(_) | BulkEvent::BulkActionFinished(_) => Self::Ended,
        };
    }

    /// Whether there is anything left to do for it.
    pub fn check_runs(&self, action: BulkActionId) -> Result<(), Refusal> {
        match self {
            Self::Running => Ok(()),
            Self::Unknown => {
                Err(Refusal::new(RefusalCode::UnknownBulkAction, format!("bulk action {action} is unknown")))
            }
            Self::Ended => Err(Refusal::new(RefusalCode::AlreadyEnded, format!("bulk action {action} is over"))),
        }
    }

    fn start(&self, action_id: BulkActionId, start: &StartBulkAction, context: &Context) -> Decision<BulkEvent> {
        if *self != Self::Unknown {
            let detail = format!("the bulk action id {action_id} is taken");
            return Err(Refusal::new(RefusalCode::BulkActionIdTaken, detail).at("/actionId"));
        }
        if let Action::Reschedule { run_at } = start.action {
            context.check_not_too_far_ahead("action/runAt", run_at)?;
        }
        let StartBulkAction { action, filter, reason, .. } = start.clone();
        Ok(vec![BulkActionStarted { action_id, action: action.into(), filter: filter.into(), reason }.into()])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::Recorded;

    const ACTION: BulkActionId = BulkActionId(Uuid::from_u128(7));

    fn given(events: Vec<BulkEvent>) -> AggregateTestExecutor<BulkAction> {
        TestFramework::with(Context::sample()).given(events.into_iter().map(Recorded).collect())
    }

    fn start(action: serde_json::Value) -> BulkCommand {
        let body = json!({ "action": action, "filter": { "type": "export" }, "reason": "the partner is down" });
        BulkCommand::Start { action_id: ACTION, start: serde_json::from_value(body).unwrap() }
    }

    fn started() -> BulkEvent {
        let data = json!({
            "actionId": ACTION, "action": { "kind": "cancel" }, "filter": { "type": "export" },
            "reason": "the partner is down",
        });
        BulkEvent::BulkActionStarted(serde_json::from_value(data).unwrap())
    }

    fn cancel() -> BulkCommand {
        BulkCommand::Cancel(CancelBulkAction { action_id: ACTION, reason: "it is back".parse().unwrap() })
    }

    fn finish() -> BulkCommand {
        BulkCommand::Finish { action_id: ACTION, counts: BulkCounts { matched: 3, changed: 2, refused: 1 } }
    }

    fn cancelled() -> BulkEvent {
        BulkActionCancelled { action_id: ACTION, reason: "it is back".parse().unwrap() }.into()
    }

    #[track_caller]
    fn refused(given: Vec<BulkEvent>, command: BulkCommand) -> RefusalCode {
        self::given(given).when(command).inspect_result().unwrap_err().code
    }

    #[test]
    fn an_action_is_started_once() {
        given(Vec::new()).when(start(json!({ "kind": "cancel" }))).then_expect_events(vec![Recorded(started())]);
        assert_eq!(refused(vec![started()], start(json!({ "kind": "retry" }))), RefusalCode::BulkActionIdTaken);
    }

    #[test]
    fn a_running_action_is_finished_or_cancelled_and_neither_again() {
        given(vec![started()]).when(cancel()).then_expect_events(vec![Recorded(cancelled())]);
        assert_eq!(refused(vec![started(), cancelled()], finish()), RefusalCode::AlreadyEnded);
        assert_eq!(refused(vec![started(), cancelled()], cancel()), RefusalCode::AlreadyEnded);
        assert_eq!(refused(Vec::new(), cancel()), RefusalCode::UnknownBulkAction);
    }

    #[test]
    fn a_time_that_is_too_far_ahead_is_refused_before_it_is_refused_for_every_job() {
        let far = start(json!({ "kind": "reschedule", "runAt": "2046-07-01T12:00:00Z" }));
        assert_eq!(refused(Vec::new(), far), RefusalCode::TooFarAhead);
    }
}
