//! Which jobs the commands of a batch for schedules are about. That is known only once the schedules are: the ids of the
//! jobs are made of fire times. Decides nothing.

use plinth_events::{
    AggregateKey, Command, JobId, TenantId,
    command::schedule::BackfillSchedule,
    ids::scheduled_job_id,
    limits,
    names::{CronPattern, ScheduleName, TimeZoneName},
};

use super::{
    cache::Cache,
    parse::{Envelope, Task},
    states::State,
};
use crate::{domain::schedule::Schedule, timetable::Timetable};

/// The jobs that must be loaded beside what [`super::keys::needed`] says, which is loaded.
pub fn needed(envelopes: &[&Envelope], cache: &mut Cache) -> Vec<AggregateKey> {
    let mut keys = Vec::new();
    for (place, envelope) in envelopes.iter().enumerate() {
        let tenant = envelope.tenant;
        let jobs = match &envelope.task {
            Task::FireSchedule(name) => next_and_last(tenant, known(cache, tenant, name)),
            Task::Command(Command::BackfillSchedule(window)) => {
                let defined = known(cache, tenant, &window.name).and_then(Schedule::pattern);
                let defined_here =
                    envelopes[..place].iter().filter_map(|earlier| defined_by(earlier, envelope, window));
                let patterns = defined.map(|(cron, zone)| (cron.clone(), zone.clone())).into_iter().chain(defined_here);
                patterns.flat_map(|(cron, zone)| of_window(tenant, window, &cron, &zone)).collect()
            }
            _ => continue,
        };
        keys.extend(jobs.into_iter().map(|job| AggregateKey::Job(tenant, job)));
    }
    keys
}

fn known<'a>(cache: &'a mut Cache, tenant: TenantId, name: &ScheduleName) -> Option<&'a Schedule> {
    match &cache.get(&AggregateKey::Schedule(tenant, name.clone()))?.state {
        State::Schedule(schedule) => Some(schedule),
        _ => None,
    }
}

fn next_and_last(tenant: TenantId, schedule: Option<&Schedule>) -> Vec<JobId> {
    let Some(schedule) = schedule else { return Vec::new() };
    schedule.next_job(tenant).into_iter().chain(schedule.last_job()).collect()
}

/// What an earlier command of the batch makes of the schedule, if it defines it.
fn defined_by(
    earlier: &Envelope,
    envelope: &Envelope,
    window: &BackfillSchedule,
) -> Option<(CronPattern, TimeZoneName)> {
    match &earlier.task {
        Task::Command(Command::DefineSchedule(define))
            if (earlier.tenant, &define.name) == (envelope.tenant, &window.name) =>
        {
            Some((define.cron.clone(), define.time_zone.clone().unwrap_or_else(TimeZoneName::utc)))
        }
        _ => None,
    }
}

/// The jobs of the window's fire times, and of one more than are allowed.
fn of_window(tenant: TenantId, window: &BackfillSchedule, cron: &CronPattern, zone: &TimeZoneName) -> Vec<JobId> {
    let Ok(timetable) = Timetable::new(cron, zone) else { return Vec::new() };
    let times = timetable.fires_from(window.from).take_while(|time| *time < window.until);
    times.take(limits::BACKFILL_JOBS).map(|time| scheduled_job_id(tenant, &window.name, time)).collect()
}
