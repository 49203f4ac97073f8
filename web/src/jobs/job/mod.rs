//! One job: how it stands, the picture of its life, what it was given and what came of it, and all that happened.

mod events;
mod facts;
mod history;
mod log;
mod outcome;
mod picture;

use maud::{Markup, html};
use plinth_events::{
    JobId,
    envelope::RecordedEvent,
    job_log::JobLogPage,
    query::job::{JobPhase, JobProgress, JobRow, JobStatus},
    time::Moment,
};

use self::history::History;
use super::{
    routes::{self, ALL},
    words,
};
use crate::components::{Badge, Button, Crumb, Icon, Notice, PageHeader, Panel, People, Time, Tone, dialog_link};

/// How often a job that has not ended is fetched again, in seconds.
const REFRESH_SECONDS: u8 = 2;

/// A job, with all that is known of it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// As it is, or as it was before it was archived; with its phase, where that is known.
    pub job: JobRow,
    /// When it was archived.
    pub archived_at: Option<Moment>,
    /// What happened to it, in order.
    pub events: Vec<RecordedEvent>,
    /// Whether there are events that did not fit.
    pub has_more_events: bool,
    /// Jobs that wait for its end.
    pub dependents: Vec<JobId>,
    /// Whether there are more of them.
    pub has_more_dependents: bool,
    /// What its workers wrote.
    pub log: JobLogPage,
    /// Whether everything is shown, also what is long.
    pub shows_all: bool,
    /// Those who did it.
    pub people: People,
    /// What time it is.
    pub now: Moment,
    /// Whether the person may cancel it and have it tried again.
    pub can_write: bool,
}

/// The body of the page.
pub fn job(view: &JobView) -> Markup {
    let history = History::of(&view.events);
    html! {
        div #(super::LIVE).stack {
            @if !view.has_ended() { (super::live(&view.address(), REFRESH_SECONDS)) }
            (header(view))
            @if let Some(time) = view.archived_at { (archived(time)) }
            @if let Some(running) = &view.job.progress { (Panel::new("Progress", progress(running))) }
            (Panel::new("Timeline", html! { (picture::picture(view, &history)) }).note("In UTC."))
            (outcome::error(view, &history))
            (Panel::new("Facts", facts::facts(view, &history)))
            (outcome::payload_and_result(view))
            (log::log(view))
            (events::events(view, &history))
        }
    }
}

/// How far an attempt says that it is.
pub(super) fn progress(progress: &JobProgress) -> Markup {
    html! {
        div.job-progress {
            @if let Some(percent) = progress.percent {
                progress max="100" value=(percent) aria-label="Progress" {}
                span { (percent) " %" }
            }
            @if let Some(message) = &progress.message { span.muted { (message) } }
        }
    }
}

fn header(view: &JobView) -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }, Crumb { label: "All jobs", href: routes::LIST }];
    let header = PageHeader::new(view.job.job_type.as_str())
        .crumbs(&crumbs)
        .state(state(view))
        .note(html! { code { (view.job.id) } })
        .actions(actions(view));
    html! { (header) }
}

fn state(view: &JobView) -> Markup {
    html! {
        (words::status(view.job.status))
        @match &view.job.phase {
            Some(JobPhase::Blocked { .. }) => (Badge::new(Tone::Neutral, "waits for other jobs").icon(Icon::Lock)),
            Some(JobPhase::Pending { run_at }) if run_at.utc() > view.now.utc() => {
                span.muted { "due " (Time::from_now(run_at.utc(), view.now.utc())) }
            }
            Some(JobPhase::Processing { cancel_reason: Some(_), .. }) => (Badge::new(Tone::Warning, "asked to stop")),
            _ => {}
        }
        @if view.archived_at.is_some() { (Badge::new(Tone::Neutral, "archived")) }
    }
}

fn actions(view: &JobView) -> Markup {
    if !view.can_write || view.archived_at.is_some() {
        return html! {};
    }
    match view.job.status {
        JobStatus::Completed => html! {},
        JobStatus::Pending | JobStatus::Processing => html! {
            (dialog_link(&Button::link("Cancel the job", &routes::cancel(view.job.id)).icon(Icon::Close)))
        },
        JobStatus::Failed => html! {
            form method="post" action=(routes::retry(view.job.id)) {
                (Button::submit("Try again").icon(Icon::Reset).tone(Tone::Accent))
            }
        },
    }
}

fn archived(time: Moment) -> Markup {
    let text = "This job ended, was kept for as long as its queues say, and was archived. Its history stays.";
    html! { (Notice::new(Tone::Info, text).more(html! { "Archived at " (Time::at(time.utc())) "." })) }
}

impl JobView {
    fn has_ended(&self) -> bool {
        matches!(self.job.status, JobStatus::Completed | JobStatus::Failed)
    }

    fn address(&self) -> String {
        routes::with_query(&routes::job(self.job.id), [(ALL, self.shows_all.then_some("true"))])
    }

    /// The address of the page with everything.
    fn whole(&self) -> String {
        routes::with_query(&routes::job(self.job.id), [(ALL, Some("true"))])
    }
}
