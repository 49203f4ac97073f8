//! All jobs together: how many stand how, how they fared, and the same by type.

use std::collections::BTreeMap;

use maud::{Markup, Render, html};
use plinth_events::{
    names::JobType,
    query::{
        job::JobStatus,
        job_statistics::{JobStatistics, StatusCounts, TypeCounts},
        queue::QueueStatus,
    },
};

use super::{
    charts,
    routes::{self, TYPE},
    words::{self, STATUSES, counted},
};
use crate::components::{
    Badge, Button, Column, Figure, Icon, Notice, PageHeader, Panel, Table, Tone, dialog_link, empty, figures, grouped,
    tag,
};

/// How often the page is fetched again, in seconds.
const REFRESH_SECONDS: u8 = 5;

/// How far back the charts go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Range {
    /// One hour.
    #[default]
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
}

impl Range {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// The range with a name; the shortest for all that names none.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.as_str() == name).unwrap_or_default()
    }

    /// How long it is.
    pub fn hours(self) -> u16 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Hour => "1 hour",
            Self::Day => "24 hours",
            Self::Week => "7 days",
        }
    }
}

/// How all jobs are and fare.
#[derive(Debug, Clone)]
pub struct OverviewView {
    /// How many there are, and how they fared.
    pub statistics: JobStatistics,
    /// The queues of which somebody said something.
    pub queues: Vec<QueueStatus>,
    /// How far back the charts go.
    pub range: Range,
    /// Whether the person may enqueue jobs.
    pub can_write: bool,
    /// Whether the person may pause and resume.
    pub can_operate: bool,
}

/// The body of the page.
pub fn overview(view: &OverviewView) -> Markup {
    html! {
        (PageHeader::new("Jobs").note(html! { "What runs in the background, how it goes, and what went wrong." })
            .actions(actions(view)))
        div #(super::LIVE).stack {
            (super::live(&routes::overview(view.range), REFRESH_SECONDS))
            (all_jobs(view))
            (status_figures(view.statistics.jobs))
            (ranges(view.range))
            div.panels {
                (Panel::new("Throughput", charts::throughput("throughput", &view.statistics).render()).note(&ended(&view.statistics)))
                (Panel::new("Latency", charts::latency("latency", &view.statistics).render()).note("How long attempts waited for a worker, and how long they ran."))
            }
            (Panel::new("By type", html! { (types(view)) }).flush())
        }
    }
}

fn actions(view: &OverviewView) -> Markup {
    html! {
        (Button::link("Bulk actions", routes::BULK))
        @if view.can_operate && !view.is_paused(None) {
            (dialog_link(&Button::link("Pause all", routes::PAUSE).icon(Icon::Pause)))
        }
        @if view.can_write { (Button::link("Enqueue a job", routes::NEW).icon(Icon::Plus).tone(Tone::Accent)) }
    }
}

/// What is to be known of all jobs together.
fn all_jobs(view: &OverviewView) -> Markup {
    let text = "All jobs are paused: those that run go on, and no other one starts.";
    html! {
        @if view.is_paused(None) {
            (Notice::new(Tone::Warning, text).more(html! { @if view.can_operate { (resume(None)) } }))
        }
    }
}

fn status_figures(jobs: StatusCounts) -> Markup {
    let shown = STATUSES.map(|status| (status, grouped(count(jobs, status)), routes::list(None, Some(status))));
    figures(shown.iter().map(|(status, value, href)| Figure {
        label: words::label(*status),
        value,
        note: None,
        href: Some(href),
    }))
}

fn count(jobs: StatusCounts, status: JobStatus) -> u64 {
    match status {
        JobStatus::Pending => jobs.pending,
        JobStatus::Processing => jobs.processing,
        JobStatus::Completed => jobs.completed,
        JobStatus::Failed => jobs.failed,
    }
}

fn ranges(current: Range) -> Markup {
    html! {
        nav.segments aria-label="How far back the charts go" {
            @for range in Range::ALL {
                a.button href=(routes::overview(range)) aria-current=[(range == current).then_some("page")] { (range.label()) }
            }
        }
    }
}

fn ended(statistics: &JobStatistics) -> String {
    let whole = statistics.whole;
    format!(
        "{} enqueued, {} completed, {} failed.",
        grouped(whole.enqueued),
        grouped(whole.completed),
        grouped(whole.failed)
    )
}

fn types(view: &OverviewView) -> Table<'_> {
    let columns = vec![
        Column::new("Type"),
        Column::new("Pending").number(),
        Column::new("Processing").number(),
        Column::new("Completed").number(),
        Column::new("Failed").number(),
        Column::new("Queue"),
        Column::new("Pause or resume").hidden_label(),
    ];
    let rows = view.by_type().into_iter().map(|(job_type, jobs)| row(view, job_type, jobs));
    let others = view.statistics.other_types.map(other_types);
    let nothing =
        empty("No jobs yet", "A job has a type, a payload for the worker, and keeps all that happens to it.", html! {});
    Table::new("Jobs by type", columns, rows.chain(others)).empty(nothing)
}

fn row(view: &OverviewView, job_type: &JobType, jobs: StatusCounts) -> Vec<Markup> {
    let name = html! { a href=(routes::list(Some(job_type), None)) { (job_type) } };
    let counts = STATUSES.map(|status| count_cell(count(jobs, status), job_type, status));
    let is_paused = view.is_paused(Some(job_type));
    let state = html! { (queue_state(view.queue(job_type))) };
    let act = html! {
        @if view.can_operate {
            div.actions.row-actions { @if is_paused { (resume(Some(job_type))) } @else { (pause(job_type)) } }
        }
    };
    std::iter::once(name).chain(counts).chain([state, act]).collect()
}

fn count_cell(count: u64, job_type: &JobType, status: JobStatus) -> Markup {
    html! {
        @if count == 0 {
            span.muted { "0" }
        } @else {
            a.plain href=(routes::list(Some(job_type), Some(status))) { (grouped(count)) }
        }
    }
}

fn other_types(jobs: StatusCounts) -> Vec<Markup> {
    let counts = STATUSES.map(|status| html! { (grouped(count(jobs, status))) });
    std::iter::once(html! { "other types" }).chain(counts).chain([html! {}, html! {}]).collect()
}

fn queue_state(queue: Option<&QueueStatus>) -> Markup {
    let Some(queue) = queue else { return html! { span.muted { "open" } } };
    html! {
        div.actions {
            @if queue.is_paused { (Badge::new(Tone::Warning, "paused").icon(Icon::Pause)) }
            @if let Some(most) = queue.settings.concurrency { (tag(&format!("at most {} at a time", grouped(most.into())))) }
            @if let Some(rate) = queue.settings.rate { (tag(&format!("{} in {} s", counted(rate.jobs.into(), "job"), rate.seconds))) }
            @if queue.settings.webhook.is_some() { (tag("by webhook")) }
        }
    }
}

fn pause(job_type: &JobType) -> Markup {
    let label = format!("Pause {job_type}");
    dialog_link(&Button::link(&label, &routes::pause(Some(job_type))).icon_only(Icon::Pause).quiet())
}

fn resume(job_type: Option<&JobType>) -> Markup {
    let label = job_type.map_or_else(|| "Resume".to_owned(), |job_type| format!("Resume {job_type}"));
    let button = Button::submit(&label);
    let button = if job_type.is_some() { button.icon_only(Icon::Play).quiet() } else { button.icon(Icon::Play) };
    html! {
        form method="post" action=(routes::RESUME) {
            @if let Some(job_type) = job_type { input type="hidden" name=(TYPE) value=(job_type); }
            (button)
        }
    }
}

impl OverviewView {
    fn queue(&self, job_type: &JobType) -> Option<&QueueStatus> {
        self.queues.iter().find(|queue| queue.job_type.as_ref() == Some(job_type))
    }

    /// Whether the jobs of a type pause, or all.
    fn is_paused(&self, job_type: Option<&JobType>) -> bool {
        self.queues.iter().any(|queue| queue.job_type.as_ref() == job_type && queue.is_paused)
    }

    /// Types that have jobs, those with the most first, and those that have none but pause.
    fn by_type(&self) -> Vec<(&JobType, StatusCounts)> {
        let mut paused: BTreeMap<&JobType, StatusCounts> = self
            .queues
            .iter()
            .filter(|queue| queue.is_paused)
            .filter_map(|queue| Some((queue.job_type.as_ref()?, StatusCounts::default())))
            .collect();
        let mut types: Vec<_> = Vec::new();
        for TypeCounts { job_type, jobs } in &self.statistics.types {
            paused.remove(job_type);
            types.push((job_type, *jobs));
        }
        types.extend(paused);
        types
    }
}
