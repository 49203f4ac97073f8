//! The end of a job made final: after it nothing happens to the job any more, and only its history is kept.
//!
//! For how long a job is kept is no business of the job: its queues say it (`domain/queue/retention`).

use plinth_events::{
    Refusal, RefusalCode,
    event::job::{JobArchived, JobEvent},
    time::Instant,
};

use super::{Enqueued, Phase};
use crate::domain::Decision;

impl Enqueued {
    /// Only the end that somebody saw: of a job that was retried since, or that goes on, it is not the last event.
    pub(super) fn archive(&self, is_last_event: bool, ended_at: Instant) -> Decision<JobEvent> {
        let has_ended = matches!(self.phase, Phase::Completed | Phase::Failed) && !self.is_archived;
        if !has_ended || !is_last_event {
            return Err(Refusal::new(RefusalCode::StaleLease, format!("the job did not end for good at {ended_at}")));
        }
        Ok(vec![JobArchived { job_id: self.job_id, job_type: self.job_type.clone(), ended_at }.into()])
    }

    /// Refuses what would begin again with a job of which only the history is left.
    pub(super) fn check_not_archived(&self) -> Result<(), Refusal> {
        if !self.is_archived {
            return Ok(());
        }
        let detail = format!("the job was {}, and is archived: only its history is left", self.status());
        Err(Refusal::new(RefusalCode::JobArchived, detail))
    }
}
