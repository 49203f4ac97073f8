//! Jobs one by one, newest first.

use maud::{Markup, html};
use plinth_events::{
    names::JobType,
    query::{
        job::{JobPage, JobRow, JobStatus},
        job_statistics::{JobStatistics, StatusCounts},
    },
    time::Moment,
};

use super::{
    routes::{self, AFTER, LIST, STATUS, TYPE},
    words::{self, STATUSES, counted},
};
use crate::components::{Button, Column, Crumb, Field, Icon, PageHeader, Pager, Panel, Tab, Table, Time, empty, tabs};

/// Of what went wrong, so many letters stand in a row.
const ERROR_LETTERS: usize = 100;

/// Jobs, and how they were looked for.
#[derive(Debug, Clone)]
pub struct ListView {
    /// The jobs.
    pub page: JobPage,
    /// Where the next page begins, as it stands in addresses.
    pub next: Option<String>,
    /// Only those of this type.
    pub job_type: Option<JobType>,
    /// Only those in this status.
    pub status: Option<JobStatus>,
    /// How many there are; of the type, if one was asked for.
    pub statistics: JobStatistics,
    /// Whether there are none before them.
    pub is_first: bool,
    /// What time it is.
    pub now: Moment,
    /// Whether the person may enqueue jobs.
    pub can_write: bool,
    /// Whether the person may do something to many jobs.
    pub can_operate: bool,
}

/// The body of the page.
pub fn list(view: &ListView) -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }];
    let title = view.job_type.as_ref().map_or("All jobs", JobType::as_str);
    html! {
        (PageHeader::new(title).crumbs(&crumbs).note(html! { "Newest first." }).actions(actions(view)))
        (statuses(view))
        (filters(view))
        (Panel::new("Jobs", html! { (table(view)) }).flush())
        (pager(view))
    }
}

fn actions(view: &ListView) -> Markup {
    html! {
        @if view.can_operate {
            (Button::link("Do something to all of these", &routes::bulk_new(view.job_type.as_ref(), view.status)))
        }
        @if view.can_write { (Button::link("Enqueue a job", routes::NEW).icon(Icon::Plus)) }
    }
}

fn statuses(view: &ListView) -> Markup {
    let StatusCounts { pending, processing, completed, failed } = view.statistics.jobs;
    let counts = [pending, processing, completed, failed];
    let all = routes::list(view.job_type.as_ref(), None);
    let each = STATUSES.map(|status| (status, routes::list(view.job_type.as_ref(), Some(status))));
    let tab = |label, href, status, count| Tab { label, href, is_current: view.status == status, count: Some(count) };
    let each =
        each.iter().zip(counts).map(|((status, href), count)| tab(words::label(*status), href, Some(*status), count));
    let all = tab("All", &all, None, counts.iter().sum());
    tabs("How jobs stand", &std::iter::once(all).chain(each).collect::<Vec<_>>())
}

fn filters(view: &ListView) -> Markup {
    let known: Vec<String> = view.statistics.types.iter().map(|counts| counts.job_type.to_string()).collect();
    let value = view.job_type.as_ref().map_or("", JobType::as_str);
    html! {
        form.filters role="search" method="get" action=(LIST) {
            @if let Some(status) = view.status { input type="hidden" name=(STATUS) value=(status.as_str()); }
            (Field::search(TYPE, "Type").value(value).placeholder("send_invoice").suggestions(&known))
            (Button::submit("Show").icon(Icon::Search))
        }
    }
}

fn table(view: &ListView) -> Table<'_> {
    let columns = vec![
        Column::new("Job"),
        Column::new("Status"),
        Column::new("Attempts").number(),
        Column::new("Enqueued"),
        Column::new("Last change"),
        Column::new("How far, or what went wrong"),
    ];
    Table::new("Jobs", columns, view.page.jobs.iter().map(|job| row(job, view.now))).empty(nothing(view))
}

fn row(job: &JobRow, now: Moment) -> Vec<Markup> {
    let ago = |time: plinth_events::time::Instant| Time::from_now(time.utc(), now.utc());
    vec![
        html! { div.job-name { a href=(routes::job(job.id)) { (job.job_type) } code { (job.id) } } },
        html! { (words::status(job.status)) },
        html! { (job.attempts) " of " (job.max_attempts) },
        html! { (ago(job.created_at)) },
        html! { (ago(job.updated_at)) },
        html! { (outcome(job)) },
    ]
}

fn outcome(job: &JobRow) -> Markup {
    if let Some(progress) = &job.progress {
        return super::job::progress(progress);
    }
    match &job.error {
        Some(error) => html! { span.job-error title=(error) { (beginning(error)) } },
        None => html! { span.muted { "–" } },
    }
}

/// The first line, if that is not too long.
fn beginning(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(ERROR_LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn nothing(view: &ListView) -> Markup {
    if view.page.next.is_some() {
        return empty("None here", "Among the newest jobs is none like this. There are older ones.", html! {});
    }
    if view.job_type.is_some() || view.status.is_some() || !view.is_first {
        return empty("No such job", "No job is like this.", html! { (Button::link("Show all", LIST)) });
    }
    let text = "A job has a type, a payload for the worker, and keeps all that happens to it.";
    empty("No jobs yet", text, html! { @if view.can_write { (Button::link("Enqueue a job", routes::NEW)) } })
}

fn pager(view: &ListView) -> Markup {
    let first = (!view.is_first).then(|| routes::list(view.job_type.as_ref(), view.status));
    let next = view.next.as_deref().map(|next| view.address(next));
    let summary = counted(view.page.jobs.len() as u64, "job");
    let is_all = first.is_none() && next.is_none();
    html! { @if !is_all { (Pager { summary: &summary, first: first.as_deref(), next: next.as_deref() }) } }
}

impl ListView {
    /// The address of the page that begins at a place, with the same search.
    fn address(&self, after: &str) -> String {
        let status = self.status.map(JobStatus::as_str);
        let job_type = self.job_type.as_ref().map(JobType::as_str);
        routes::with_query(LIST, [(TYPE, job_type), (STATUS, status), (AFTER, Some(after))])
    }
}
