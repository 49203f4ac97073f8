//! The words for when schedules fire and how they stand.

use maud::{Markup, html};
use plinth_events::{query::schedule::ScheduleRow, schedule::Overlap, time::Moment};

use crate::{
    components::{Badge, Icon, Time, Tone},
    jobs,
};

/// The pattern as it stands, and the time zone that it is in.
pub(super) fn pattern(schedule: &ScheduleRow) -> Markup {
    html! { code { (schedule.cron) } " " span.muted { (schedule.time_zone) } }
}

/// How it stands, in a word.
pub(super) fn state(schedule: &ScheduleRow) -> Badge<'static> {
    match schedule.paused {
        true => Badge::new(Tone::Warning, "paused").icon(Icon::Pause),
        false => Badge::new(Tone::Good, "active"),
    }
}

/// When it got its job last, with a way to that job.
pub(super) fn last_fire(schedule: &ScheduleRow, now: Moment) -> Markup {
    let Some(time) = schedule.last_fire_time else { return html! { span.muted { "never yet" } } };
    let time = Time::from_now(time.utc(), now.utc());
    match schedule.last_job_id {
        Some(job) => html! { a href=(jobs::routes::job(job)) { (time) } },
        None => html! { (time) },
    }
}

/// What happens while the job of the last fire time has not ended: as forms send it, and in words.
pub(super) const OVERLAPS: [(Overlap, &str, &str); 3] = [
    (Overlap::Allow, "allow", "another job beside it"),
    (Overlap::Skip, "skip", "the fire time is skipped"),
    (Overlap::CancelPrevious, "cancelPrevious", "it is cancelled for another one"),
];
