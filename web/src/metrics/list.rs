//! The list of all metrics.

use form_urlencoded::Serializer;
use maud::{Markup, html};
use plinth_events::{
    names::Code,
    query::metric::{MetricEntry, MetricPage},
    timeline::Standing,
};

use super::{
    routes::{self, AFTER, SEARCH, STATUS},
    words,
};
use crate::components::{
    Button, Column, Field, Icon, PageHeader, Pager, Panel, Tab, Table, Time, Tone, empty, tabs, tag,
};

/// The ways in which metrics stand, in the order of the tabs.
const STANDINGS: [Standing; 4] = [Standing::Effective, Standing::Scheduled, Standing::Deprecated, Standing::Withdrawn];

/// Metrics, and how they were looked for.
#[derive(Debug, Clone)]
pub struct ListView {
    /// The metrics.
    pub page: MetricPage,
    /// Only those that stand so.
    pub status: Option<Standing>,
    /// Only those with this in their code or name; empty: all.
    pub search: String,
    /// Whether there are none before them.
    pub is_first: bool,
    /// Whether the person may define metrics.
    pub can_write: bool,
}

/// The body of the page.
pub fn list(view: &ListView) -> Markup {
    html! {
        (PageHeader::new("Metrics").note(html! { "What is measured, what it means, and since when." }).actions(actions(view.can_write)))
        (standings(view))
        (search(view))
        (Panel::new("Definitions", html! { (table(view)) }).flush())
        (pager(view))
    }
}

fn actions(can_write: bool) -> Markup {
    html! { @if can_write { (Button::link("Define a metric", routes::NEW).icon(Icon::Plus).tone(Tone::Accent)) } }
}

fn standings(view: &ListView) -> Markup {
    let address = |status| view.address(status, None);
    let all = address(None);
    let others = STANDINGS.map(|standing| (standing, address(Some(standing))));
    let tab = |label, href, status| Tab { label, href, is_current: view.status == status, count: None };
    let others = others.iter().map(|(standing, href)| tab(label(*standing), href, Some(*standing)));
    tabs("How metrics stand", &std::iter::once(tab("All", &all, None)).chain(others).collect::<Vec<_>>())
}

fn label(standing: Standing) -> &'static str {
    match standing {
        Standing::Effective => "Effective",
        Standing::Scheduled => "Scheduled",
        Standing::Deprecated => "Deprecated",
        Standing::Withdrawn => "Withdrawn",
    }
}

fn search(view: &ListView) -> Markup {
    html! {
        form.filters role="search" method="get" action=(routes::LIST) {
            @if let Some(status) = view.status { input type="hidden" name=(STATUS) value=(status.as_str()); }
            (Field::search(SEARCH, "Code or name").value(&view.search).placeholder("customer"))
            (Button::submit("Search").icon(Icon::Search))
        }
    }
}

fn table(view: &ListView) -> Table<'static> {
    let columns = vec![
        Column::new("Metric"),
        Column::new("Status"),
        Column::new("Says"),
        Column::new("Version"),
        Column::new("Next change"),
    ];
    Table::new("Metrics", columns, view.page.metrics.iter().map(row)).empty(nothing(view))
}

fn row(entry: &MetricEntry) -> Vec<Markup> {
    vec![
        html! { div.metric-name { a href=(routes::metric(&entry.code)) { (entry.name) } code { (entry.code) } } },
        html! { (words::standing(entry.status)) },
        html! {
            @match &entry.sentence {
                Some(sentence) => (sentence),
                None => span.muted { "–" },
            }
        },
        html! { (tag(&format!("v{}", entry.version))) @if entry.versions > 1 { span.muted { " of " (entry.versions) } } },
        html! { (next_change(entry)) },
    ]
}

fn next_change(entry: &MetricEntry) -> Markup {
    html! {
        @match &entry.next_change {
            None => span.muted { "–" },
            Some(change) => {
                @match change.version {
                    Some(version) => { "v" (version) " from " },
                    None => "ends ",
                }
                (Time::at(change.at.utc()))
            }
        }
    }
}

fn nothing(view: &ListView) -> Markup {
    if view.status.is_some() || !view.search.is_empty() || !view.is_first {
        return empty("No such metric", "No metric is like this.", html! { (Button::link("Show all", routes::LIST)) });
    }
    let text = "A metric has a name, a meaning in words and a formula, and keeps every version that it ever had.";
    empty("No metrics yet", text, actions(view.can_write))
}

fn pager(view: &ListView) -> Markup {
    let first = (!view.is_first).then(|| view.address(view.status, None));
    let next = view.page.next.as_ref().map(|code| view.address(view.status, Some(code)));
    let summary = match view.page.metrics.as_slice() {
        [] => String::new(),
        [only] => format!("Only {}", only.code),
        [first, .., last] => format!("{} metrics, {} to {}", view.page.metrics.len(), first.code, last.code),
    };
    let is_all = first.is_none() && next.is_none();
    html! { @if !is_all { (Pager { summary: &summary, first: first.as_deref(), next: next.as_deref() }) } }
}

impl ListView {
    /// The address of the list with the same search.
    fn address(&self, status: Option<Standing>, after: Option<&Code>) -> String {
        let search = Some(self.search.as_str()).filter(|text| !text.is_empty());
        let pairs = [(STATUS, status.map(Standing::as_str)), (SEARCH, search), (AFTER, after.map(Code::as_str))];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        match Serializer::new(String::new()).extend_pairs(pairs).finish() {
            query if query.is_empty() => routes::LIST.to_owned(),
            query => format!("{}?{query}", routes::LIST),
        }
    }
}
