//! The question whether it is meant: what would be done to how many jobs.

use maud::{Markup, html};
use plinth_events::bulk::{RecordedAction, RecordedFilter};

use super::{BulkFields, words};
use crate::{
    components::{Button, Notice, Tone, definitions, dialog_page},
    jobs::{
        routes::{self, DO, DO_CHANGE, DO_START},
        words::counted,
    },
};

/// What would be done.
#[derive(Debug, Clone)]
pub struct BulkConfirmView {
    /// The form as it was sent.
    pub fields: BulkFields,
    /// What.
    pub action: RecordedAction,
    /// To which jobs.
    pub filter: RecordedFilter,
    /// How many jobs that are now.
    pub jobs: u64,
}

/// The body of the page.
pub fn bulk_confirm(view: &BulkConfirmView) -> Markup {
    let what = format!("{} {}", words::verb(&view.action), counted(view.jobs, "job"));
    let facts = [
        ("Which jobs", words::filter(&view.filter)),
        ("What happens", words::effect(&view.action)),
        ("Why", html! { (view.fields.reason) }),
    ];
    let tone = if view.action == (RecordedAction::Cancel {}) { Tone::Bad } else { Tone::Accent };
    let body = html! {
        @if view.jobs == 0 { (Notice::new(Tone::Warning, "No job is like this just now.")) }
        (definitions(facts))
        p.muted { "It runs in the background. Jobs that it cannot do this to any more are left as they are." }
        form method="post" action=(routes::BULK_NEW) {
            @for (name, value) in view.fields.pairs() { input type="hidden" name=(name) value=(value); }
            div.actions {
                (Button::submit("Change").name(DO, DO_CHANGE))
                (Button::submit(&what).name(DO, DO_START).tone(tone))
            }
        }
    };
    dialog_page(&format!("{what}?"), body)
}
