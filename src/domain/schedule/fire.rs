//! What comes of the next fire time of a schedule once it has come. One step at a time: what was missed is skipped by
//! one event, up to the first fire time that still gets its job, and each of those is a step of its own.

use plinth_events::{
    event::schedule::{ScheduleEvent, ScheduleFired, ScheduleSkipped},
    ids::scheduled_job_id,
    schedule::{Overlap, SkipReason},
    time::Instant,
};

use super::Defined;
use crate::{
    domain::{Context, Decision},
    timetable::Timetable,
};

/// How late a fire time may be before it counts as missed, in milliseconds: longer than another replica takes to go on
/// with what a dead one did.
const MISSED_AFTER_MS: i64 = 60_000;
/// Most missed fire times that one step looks at; the next step goes on from there.
const MISSED_AT_ONCE: usize = 10_000;

impl Defined {
    /// What to do for the next fire time; nothing as long as it has not come.
    pub(super) fn fire(
        &self,
        last_job_runs: bool,
        next_job_exists: bool,
        context: &Context,
    ) -> Decision<ScheduleEvent> {
        let (definition, now) = (&self.definition, context.now_millis());
        let Some(due) = definition.next_fire_at.filter(|due| *due <= now) else { return Ok(Vec::new()) };
        let timetable = Timetable::new(&definition.cron, &definition.time_zone)?;
        if let Some(missed) = self.missed(due, &timetable, now) {
            return Ok(vec![missed.into()]);
        }
        let (name, next_fire_at) = (definition.name.clone(), timetable.next_after(due));
        Ok(vec![match self.obstacle(last_job_runs, next_job_exists) {
            Some(reason) => ScheduleSkipped { name, from: due, until: due, count: 1, reason, next_fire_at }.into(),
            None => {
                let job_id = scheduled_job_id(context.tenant, &name, due);
                ScheduleFired { name, fire_time: due, job_id, next_fire_at }.into()
            }
        }])
    }

    /// The fire times that are skipped because there are more of them by now than the schedule catches up on. As long as
    /// the first one is hardly late, none counts as missed.
    fn missed(&self, due: Instant, timetable: &Timetable, now: Instant) -> Option<ScheduleSkipped> {
        if due.plus_millis(MISSED_AFTER_MS) >= now {
            return None;
        }
        let all = std::iter::once(due).chain(timetable.fires_after(due));
        let missed: Vec<Instant> = all.take_while(|time| *time <= now).take(MISSED_AT_ONCE).collect();
        let (skipped, kept) = missed.split_at(missed.len().saturating_sub(self.definition.catch_up as usize));
        let (from, until) = (*skipped.first()?, *skipped.last()?);
        Some(ScheduleSkipped {
            name: self.definition.name.clone(),
            from,
            until,
            count: skipped.len() as u32,
            reason: SkipReason::Misfire,
            next_fire_at: kept.first().copied().or_else(|| timetable.next_after(until)),
        })
    }

    fn obstacle(&self, last_job_runs: bool, next_job_exists: bool) -> Option<SkipReason> {
        if last_job_runs && self.definition.overlap == Overlap::Skip {
            return Some(SkipReason::Overlap);
        }
        next_job_exists.then_some(SkipReason::JobIdTaken)
    }
}
