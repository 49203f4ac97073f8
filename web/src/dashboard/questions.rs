//! Pages beside the dashboard: what happened to a layout, and whether to drop all of one's own.

use maud::{Markup, html};

use super::{Scope, routes};
use crate::components::{
    Badge, Button, Column, Crumb, PageHeader, Pager, Panel, Question, Reason, Table, Time, Tone, empty, sentence,
};

/// What happened to a layout.
#[derive(Debug, Clone)]
pub struct HistoryView {
    /// Whose layout.
    pub scope: Scope,
    /// The newest first.
    pub entries: Vec<HistoryEntry>,
    /// Whether the person may change this layout now.
    pub can_edit: bool,
    /// The address of older changes.
    pub next: Option<String>,
}

/// Something that happened to a layout.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// The version that the layout got by it.
    pub version: u64,
    /// What happened: `moved Sales before Tasks`.
    pub sentence: String,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Time,
    /// Whether it was undone.
    pub is_undone: bool,
    /// Whether it can be undone.
    pub is_undoable: bool,
}

/// The body of the page about what happened to a layout.
pub fn history(view: &HistoryView) -> Markup {
    let dashboard = routes::view(view.scope);
    let columns = vec![
        Column::new("What"),
        Column::new("Version").number(),
        Column::new("Who"),
        Column::new("When"),
        Column::new("Undo").number().hidden_label(),
    ];
    let rows = view.entries.iter().map(|entry| row(entry, view));
    let table = Table::new("Changes", columns, rows).empty(empty(
        "Nothing was changed yet",
        "Every change of the layout shows here, with who made it.",
        html! {},
    ));
    let title = match view.scope {
        Scope::Mine => "Changes of your layout",
        Scope::Default => "Changes of the default layout",
    };
    let summary = format!("{} changes", view.entries.len());
    html! {
        (PageHeader::new("History").crumbs(&[Crumb { label: "Dashboard", href: &dashboard }]))
        (Panel::new(title, html! { (table) }).flush())
        @if view.next.is_some() { (Pager { summary: &summary, first: None, next: view.next.as_deref() }) }
    }
}

fn row(entry: &HistoryEntry, view: &HistoryView) -> Vec<Markup> {
    let label = format!("Undo version {}", entry.version);
    let version = entry.version.to_string();
    vec![
        html! { (sentence(&entry.sentence)) @if entry.is_undone { " " (Badge::new(Tone::Neutral, "undone")) } },
        html! { (entry.version) },
        html! { (entry.by) },
        html! { (entry.at) },
        html! {
            @if entry.is_undoable && view.can_edit {
                form method="post" action=(routes::UNDO) {
                    input type="hidden" name=(routes::SCOPE) value=(view.scope.as_str());
                    (Button::submit("Undo").quiet().title(&label).name(routes::VERSION, &version))
                }
            }
        },
    ]
}

/// The body of the page that asks whether to drop all that is one's own.
pub fn reset_question(scope: Scope, version: u64) -> Markup {
    let (title, text) = match scope {
        Scope::Mine => (
            "Reset your dashboard?",
            "Everything that you changed is dropped, the order too, and you see the default. It can be undone.",
        ),
        Scope::Default => {
            ("Reset the default dashboard?", "All widgets of the default are removed, for everybody. It can be undone.")
        }
    };
    let question = Question {
        title: title.to_owned(),
        text,
        action: routes::RESET,
        reason: Reason::NotAsked,
        problem: None,
        keep: ("Keep it", &routes::view(scope)),
        act: Button::submit("Reset").tone(Tone::Bad),
    };
    question.page(html! {
        input type="hidden" name=(routes::SCOPE) value=(scope.as_str());
        input type="hidden" name=(routes::BASE) value=(version);
    })
}
