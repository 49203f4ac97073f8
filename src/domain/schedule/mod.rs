//! A schedule: it enqueues a job at every fire time of a cron pattern, until it is paused or deleted.
//!
//! ```text
//!                 Define            Pause             Delete
//!     (unknown) ─────────► active ─────────► paused ─────────► (unknown)
//!                          │    ◄───────────   │
//!                   Fire ◄─┘       Resume      └─► Define: stays paused
//! ```
//!
//! When it is due next is a matter of events: a fire time is left behind by the one event that says what came of it, so
//! nobody fires it twice. What that is, `fire` decides; the jobs themselves are aggregates of their own.

mod fire;
#[cfg(test)]
mod tests;

use plinth_events::{
    JobId, Refusal, RefusalCode, TenantId,
    command::{
        job::EnqueueJob,
        schedule::{BackfillSchedule, DefineSchedule, DeleteSchedule, PauseSchedule, ResumeSchedule},
    },
    event::schedule::{
        ScheduleBackfilled, ScheduleDefined, ScheduleDeleted, ScheduleEvent, SchedulePaused, ScheduleResumed,
    },
    ids::scheduled_job_id,
    limits,
    names::{CronPattern, ScheduleName, TimeZoneName},
    schedule::Overlap,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};
use crate::timetable::Timetable;

/// How many missed fire times get their jobs late when nobody says so.
const DEFAULT_CATCH_UP: u32 = 1;

/// Where a schedule stands: nothing while it is not defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule(Option<Defined>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Defined {
    /// As it was last defined, but for the next fire time, which moves on.
    definition: ScheduleDefined,
    is_paused: bool,
    /// The job of the last fire time that got one.
    last_job: Option<JobId>,
}

/// What can be asked of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleCommand {
    /// Let it be like this.
    Define(DefineSchedule),
    /// Stop firing.
    Pause(PauseSchedule),
    /// Fire again.
    Resume(ResumeSchedule),
    /// Let it be gone.
    Delete(DeleteSchedule),
    /// Its clock struck: do what is to be done for the next fire time, if that has come.
    Fire {
        /// Whether [`Schedule::last_job`] has not ended.
        last_job_runs: bool,
        /// Whether there is a job with the id of [`Schedule::next_job`].
        next_job_exists: bool,
    },
    /// Jobs of past fire times were enqueued.
    Backfill {
        /// Which were asked for.
        window: BackfillSchedule,
        /// How many.
        jobs: u32,
    },
}

aggregate!(Schedule, "schedule", ScheduleCommand => ScheduleEvent, Context);

impl Schedule {
    /// When it is due next, if it is.
    pub fn next_fire_at(&self) -> Option<Instant> {
        self.0.as_ref()?.definition.next_fire_at
    }

    /// The id of the job of the next fire time.
    pub fn next_job(&self, tenant: TenantId) -> Option<JobId> {
        let definition = &self.0.as_ref()?.definition;
        Some(scheduled_job_id(tenant, &definition.name, definition.next_fire_at?))
    }

    /// The job of the last fire time that got one.
    pub fn last_job(&self) -> Option<JobId> {
        self.0.as_ref()?.last_job
    }

    /// The job that it enqueues.
    pub fn job(&self) -> Option<EnqueueJob> {
        Some(self.0.as_ref()?.definition.job.enqueue())
    }

    /// The fire times of a window that are in the past and not about to be fired.
    pub fn past_fire_times(&self, window: &BackfillSchedule, now: Instant) -> Result<Vec<Instant>, Refusal> {
        let BackfillSchedule { name, from, until } = window;
        let definition = &self.defined(name)?.definition;
        if from >= until {
            let detail = format!("until {until} must be later than from {from}");
            return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/until"));
        }
        let timetable = Timetable::new(&definition.cron, &definition.time_zone)?;
        let end = definition.next_fire_at.map_or(now, |next| next.min(now)).min(*until);
        let most = limits::BACKFILL_JOBS.min(limits::BACKFILL_BYTES / definition.job.payload.as_str().len().max(1));
        let times: Vec<Instant> = timetable.fires_from(*from).take_while(|time| *time < end).take(most + 1).collect();
        if times.len() > most {
            let detail =
                format!("schedule {name} has more fire times from {from} until {end} than one backfill takes, {most}");
            return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/until"));
        }
        Ok(times)
    }

    /// When it fires: its pattern and where.
    pub fn pattern(&self) -> Option<(&CronPattern, &TimeZoneName)> {
        let definition = &self.0.as_ref()?.definition;
        Some((&definition.cron, &definition.time_zone))
    }

    /// Whether the job of the last fire time is to be cancelled when the next one fires.
    pub fn cancels_last_job(&self) -> bool {
        self.0.as_ref().is_some_and(|defined| defined.definition.overlap == Overlap::CancelPrevious)
    }

    /// What a command comes to.
    pub fn decide(&self, command: &ScheduleCommand, context: &Context) -> Decision<ScheduleEvent> {
        match command {
            ScheduleCommand::Define(command) => self.define(command, context.now_millis()),
            ScheduleCommand::Pause(command) => self.pause(command),
            ScheduleCommand::Resume(command) => self.resume(command, context.now_millis()),
            ScheduleCommand::Delete(command) => self.delete(command),
            ScheduleCommand::Fire { last_job_runs, next_job_exists } => match &self.0 {
                Some(defined) => defined.fire(*last_job_runs, *next_job_exists, context),
                None => Ok(Vec::new()),
            },
            ScheduleCommand::Backfill { jobs: 0, .. } => Ok(Vec::new()),
            ScheduleCommand::Backfill { window: BackfillSchedule { name, from, until }, jobs } => {
                Ok(vec![ScheduleBackfilled { name: name.clone(), from: *from, until: *until, jobs: *jobs }.into()])
            }
        }
    }

    /// With the same fire times, one that has come and was not fired yet is not lost.
    fn define(&self, command: &DefineSchedule, now: Instant) -> Decision<ScheduleEvent> {
        let time_zone = command.time_zone.clone().unwrap_or_else(TimeZoneName::utc);
        let timetable = Timetable::new(&command.cron, &time_zone)?;
        let next_fire_at = match &self.0 {
            Some(Defined { is_paused: true, .. }) => None,
            Some(Defined { definition, .. })
                if (&definition.cron, &definition.time_zone) == (&command.cron, &time_zone) =>
            {
                definition.next_fire_at
            }
            _ => timetable.next_after(now),
        };
        let definition = ScheduleDefined {
            name: command.name.clone(),
            cron: command.cron.clone(),
            time_zone,
            job: command.job.clone().into(),
            catch_up: command.catch_up.unwrap_or(DEFAULT_CATCH_UP),
            overlap: command.overlap.unwrap_or_default(),
            description: command.description.clone(),
            next_fire_at,
        };
        let is_known = self.0.as_ref().is_some_and(|defined| defined.definition == definition);
        Ok(if is_known { Vec::new() } else { vec![definition.into()] })
    }

    fn pause(&self, PauseSchedule { name, reason }: &PauseSchedule) -> Decision<ScheduleEvent> {
        if self.defined(name)?.is_paused {
            return Ok(Vec::new());
        }
        Ok(vec![SchedulePaused { name: name.clone(), reason: reason.clone() }.into()])
    }

    fn resume(&self, ResumeSchedule { name }: &ResumeSchedule, now: Instant) -> Decision<ScheduleEvent> {
        let Defined { definition, is_paused, .. } = self.defined(name)?;
        if !is_paused {
            return Ok(Vec::new());
        }
        let timetable = Timetable::new(&definition.cron, &definition.time_zone)?;
        Ok(vec![ScheduleResumed { name: name.clone(), next_fire_at: timetable.next_after(now) }.into()])
    }

    fn delete(&self, DeleteSchedule { name, reason }: &DeleteSchedule) -> Decision<ScheduleEvent> {
        self.defined(name)?;
        Ok(vec![ScheduleDeleted { name: name.clone(), reason: reason.clone() }.into()])
    }

    fn defined(&self, name: &ScheduleName) -> Result<&Defined, Refusal> {
        let unknown = || Refusal::new(RefusalCode::UnknownSchedule, format!("schedule {name} is unknown")).at("/name");
        self.0.as_ref().ok_or_else(unknown)
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: ScheduleEvent) {
        match event {
            ScheduleEvent::ScheduleDefined(definition) => match &mut self.0 {
                Some(defined) => defined.definition = definition,
                None => self.0 = Some(Defined { definition, is_paused: false, last_job: None }),
            },
            ScheduleEvent::ScheduleDeleted(_) => self.0 = None,
            event => {
                if let Some(defined) = &mut self.0 {
                    defined.evolve(event);
                }
            }
        }
    }
}

impl Defined {
    fn evolve(&mut self, event: ScheduleEvent) {
        let next_fire_at = &mut self.definition.next_fire_at;
        match event {
            ScheduleEvent::SchedulePaused(_) => (self.is_paused, *next_fire_at) = (true, None),
            ScheduleEvent::ScheduleResumed(event) => (self.is_paused, *next_fire_at) = (false, event.next_fire_at),
            ScheduleEvent::ScheduleFired(event) => {
                (self.last_job, *next_fire_at) = (Some(event.job_id), event.next_fire_at);
            }
            ScheduleEvent::ScheduleSkipped(event) => *next_fire_at = event.next_fire_at,
            ScheduleEvent::ScheduleDefined(_)
            | ScheduleEvent::ScheduleDeleted(_)
            | ScheduleEvent::ScheduleBackfilled(_) => {}
        }
    }
}
