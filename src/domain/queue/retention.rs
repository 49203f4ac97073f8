//! How long jobs that ended are kept: as the most specific of their queues says that says it, and for ever when none does.

use plinth_events::{
    Refusal, RefusalCode, TenantId,
    event::job::JobArchived,
    time::{Instant, Moment},
};

use super::admission::Admission;

impl Admission {
    /// Refuses to archive a job that is to be kept for longer, or for ever: its queues may have been told so since somebody
    /// found it.
    pub fn check_kept(&self, tenant: TenantId, archived: &JobArchived, now: Moment) -> Result<(), Refusal> {
        let JobArchived { job_id, job_type, ended_at } = archived;
        let Some(seconds) = self.settings_of(tenant, job_type).find_map(|settings| settings.keep_finished_seconds)
        else {
            return Err(Refusal::new(RefusalCode::NotDue, format!("job {job_id} is kept for ever")));
        };
        let until = ended_at.plus_millis(i64::from(seconds) * 1_000);
        if until > Instant::from(now) {
            return Err(Refusal::new(RefusalCode::NotDue, format!("job {job_id} is kept until {until}")));
        }
        Ok(())
    }
}
