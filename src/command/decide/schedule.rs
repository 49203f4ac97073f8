//! Schedules: commands for them, and the jobs that come with what they decide.

use plinth_events::{
    AggregateKey, JobId, Refusal,
    command::{
        job::EnqueueJob,
        schedule::{BackfillSchedule, DefineSchedule, DeleteSchedule, PauseSchedule, ResumeSchedule},
    },
    event::schedule::{ScheduleEvent, ScheduleFired},
    ids::scheduled_job_id,
    names::{Reason, ScheduleName},
    reply::{Backfill, ScheduleDue},
    schedule::ScheduledFor,
    time::Instant,
};

use super::{Decision, Outcome, answer, decide};
use crate::{
    command::states::State,
    domain::{
        job::JobCommand,
        schedule::{Schedule, ScheduleCommand},
    },
};

impl Decision<'_, '_> {
    pub(super) async fn define_schedule(&mut self, command: &DefineSchedule) -> Outcome {
        self.change(&command.name, ScheduleCommand::Define(command.clone())).await?;
        answer(&ScheduleDue { next_fire_at: self.schedule(&command.name).next_fire_at() })
    }

    pub(super) async fn pause_schedule(&mut self, command: &PauseSchedule) -> Outcome {
        self.change(&command.name, ScheduleCommand::Pause(command.clone())).await?;
        answer(&())
    }

    pub(super) async fn resume_schedule(&mut self, command: &ResumeSchedule) -> Outcome {
        self.change(&command.name, ScheduleCommand::Resume(command.clone())).await?;
        answer(&ScheduleDue { next_fire_at: self.schedule(&command.name).next_fire_at() })
    }

    pub(super) async fn delete_schedule(&mut self, command: &DeleteSchedule) -> Outcome {
        self.change(&command.name, ScheduleCommand::Delete(command.clone())).await?;
        answer(&())
    }

    /// A fire time whose job is there already is left alone.
    pub(super) async fn backfill_schedule(&mut self, window: &BackfillSchedule) -> Outcome {
        let schedule = self.schedule(&window.name);
        let now = self.context().now_millis();
        let times = schedule.past_fire_times(window, now)?;
        let (mut enqueued, mut present) = (0, 0);
        for fire_time in times {
            let job_id = scheduled_job_id(self.envelope.tenant, &window.name, fire_time);
            if self.exists(job_id) {
                present += 1;
            } else {
                self.enqueue_for(&schedule, &window.name, fire_time, job_id).await?;
                enqueued += 1;
            }
        }
        self.change(&window.name, ScheduleCommand::Backfill { window: window.clone(), jobs: enqueued }).await?;
        answer(&Backfill { enqueued, present })
    }

    /// Fire time, job and the end of the job before are one command: all of them happen, or none.
    pub(super) async fn fire(&mut self, name: &ScheduleName) -> Outcome {
        self.check_tenant()?;
        let schedule = self.schedule(name);
        let last_job = schedule.last_job().filter(|job| self.is_open(*job));
        let command = ScheduleCommand::Fire {
            last_job_runs: last_job.is_some(),
            next_job_exists: schedule.next_job(self.envelope.tenant).is_some_and(|job| self.exists(job)),
        };
        for event in self.change(name, command).await? {
            let ScheduleEvent::ScheduleFired(ScheduleFired { fire_time, job_id, .. }) = event else { continue };
            if let Some(last_job) = last_job.filter(|_| schedule.cancels_last_job()) {
                self.job(last_job, JobCommand::Cancel { reason: Reason::overtaken(name, fire_time) }).await?;
            }
            self.enqueue_for(&schedule, name, fire_time, job_id).await?;
        }
        answer(&())
    }

    async fn change(&mut self, name: &ScheduleName, command: ScheduleCommand) -> Result<Vec<ScheduleEvent>, Refusal> {
        let (key, context) = (AggregateKey::Schedule(self.envelope.tenant, name.clone()), self.context());
        let mut entry = self.entry(&key);
        let State::Schedule(state) = &mut entry.state else { return Ok(Vec::new()) };
        let events = decide(&mut **state, command, &context).await?;
        self.keep(key, entry, events.clone());
        Ok(events)
    }

    async fn enqueue_for(
        &mut self,
        schedule: &Schedule,
        name: &ScheduleName,
        fire_time: Instant,
        job_id: JobId,
    ) -> Result<(), Refusal> {
        let Some(job) = schedule.job() else { return Ok(()) };
        let schedule = Some(ScheduledFor { name: name.clone(), fire_time });
        self.enqueue(&EnqueueJob { job_id: Some(job_id), schedule, ..job }, "/job").await?;
        Ok(())
    }

    /// The present state of a schedule, as this command has left it so far.
    fn schedule(&mut self, name: &ScheduleName) -> Schedule {
        match self.entry(&AggregateKey::Schedule(self.envelope.tenant, name.clone())).state {
            State::Schedule(schedule) => *schedule,
            _ => Schedule::default(),
        }
    }

    fn exists(&mut self, job: JobId) -> bool {
        self.entry(&AggregateKey::Job(self.envelope.tenant, job)).sequence > 0
    }

    fn is_open(&mut self, job: JobId) -> bool {
        let state = self.entry(&AggregateKey::Job(self.envelope.tenant, job)).state;
        matches!(state, State::Job(job) if job.is_open())
    }
}
