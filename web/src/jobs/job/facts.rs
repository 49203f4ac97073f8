//! What is to be known of a job, in a few words each.

use maud::{Markup, html};
use plinth_events::{JobId, event::job::JobEnqueued, query::job::JobPhase};

use super::{JobView, history::History};
use crate::{
    components::{Time, definitions},
    jobs::{routes, words::seconds},
    schedules,
};

/// Of the jobs that it depends on, so many are listed.
const DEPENDENCIES: usize = 20;

/// The facts.
pub(super) fn facts(view: &JobView, history: &History) -> Markup {
    let job = &view.job;
    let mut facts = vec![
        ("Type", html! { a href=(routes::list(Some(&job.job_type), None)) { (job.job_type) } }),
        ("Attempts", html! { (job.attempts) " of " (job.max_attempts) }),
        ("Enqueued", html! { (Time::precise(job.created_at.utc())) }),
        ("Last change", html! { (Time::precise(job.updated_at.utc())) }),
    ];
    facts.extend(history.priority().map(|priority| ("Priority", html! { (priority) })));
    facts.extend(job.phase.as_ref().map(phase_facts).unwrap_or_default());
    if let (Some(JobPhase::Processing { .. }), Some(attempt)) = (&job.phase, history.attempts.last()) {
        let lease = seconds(attempt.started.lease_seconds);
        facts.push(("Lease", html! { (lease) ", and again with each heartbeat" }));
        facts.extend(attempt.started.deadline.map(|time| ("Must end by", html! { (Time::precise(time.utc())) })));
    }
    if let Some(enqueued) = history.enqueued() {
        facts.extend(enqueued_facts(enqueued));
    }
    if !view.dependents.is_empty() {
        facts.push(("Waiting for it", dependents(view)));
    }
    definitions(facts)
}

fn phase_facts(phase: &JobPhase) -> Vec<(&'static str, Markup)> {
    match phase {
        JobPhase::Blocked { run_at } | JobPhase::Pending { run_at } => {
            vec![("Due", html! { (Time::precise(run_at.utc())) })]
        }
        JobPhase::Processing { worker, started_at, cancel_reason, .. } => {
            let mut facts = vec![
                ("Worker", html! { code { (worker) } }),
                ("Running since", html! { (Time::precise(started_at.utc())) }),
            ];
            facts.extend(cancel_reason.as_ref().map(|reason| ("Asked to stop", html! { (reason) })));
            facts
        }
        JobPhase::Completed | JobPhase::Failed => Vec::new(),
    }
}

fn enqueued_facts(event: &JobEnqueued) -> Vec<(&'static str, Markup)> {
    let key = |key: &plinth_events::names::JobKey| html! { code { (key) } };
    let facts = [
        ("Longest attempt", event.timeout_seconds.map(|timeout| html! { (seconds(timeout)) })),
        ("Expires", event.expires_at.map(|time| html! { (Time::precise(time.utc())) })),
        ("Concurrency key", event.concurrency_key.as_ref().map(key)),
        ("Sequence key", event.sequence_key.as_ref().map(key)),
        ("Unique key", event.unique_key.as_ref().map(key)),
        ("Schedule", event.schedule.as_ref().map(|it| html! {
            a href=(schedules::routes::schedule(&it.name)) { (it.name) } ", for " (Time::precise(it.fire_time.utc()))
        })),
        ("Depends on", (!event.depends_on.is_empty()).then(|| dependencies(&event.depends_on))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn dependencies(jobs: &[JobId]) -> Markup {
    let more = jobs.len().saturating_sub(DEPENDENCIES);
    html! {
        (links(jobs.iter().take(DEPENDENCIES)))
        @if more > 0 { p.muted { "and " (more) " more" } }
    }
}

fn dependents(view: &JobView) -> Markup {
    html! {
        (links(view.dependents.iter()))
        @if view.has_more_dependents { p.muted { "and more" } }
    }
}

fn links<'a>(jobs: impl Iterator<Item = &'a JobId>) -> Markup {
    html! { ul { @for job in jobs { li { a href=(routes::job(*job)) { code { (job) } } } } } }
}
