//! Edit mode: the layout as the draft has it, with everything that changes it further.

use maud::{Markup, html};
use plinth_events::{command::dashboard::LayoutOp, refusal::Problem};

use super::{
    Conflict, DashboardView, Draft, Offer, Scope,
    card::{DRAFT_FORM, edit_card},
    conflict::conflicts,
    draft,
    news::news,
    page, routes,
    said::said,
};
use crate::components::{Button, Icon, PageHeader, Tone, dialog_link, problem_banner};

/// A layout in edit mode.
#[derive(Debug, Clone)]
pub struct EditView {
    /// The layout as it would be.
    pub dashboard: DashboardView,
    /// What is not saved yet.
    pub draft: Draft,
    /// What can be added: the types that are not in the layout.
    pub offers: Vec<Offer>,
    /// Why the last button, or saving, did not do what it was to do.
    pub problem: Option<Problem>,
    /// What was not saved because somebody else changed the same meanwhile.
    pub conflicts: Vec<Conflict>,
}

impl EditView {
    /// Whether the layout was changed elsewhere since the draft began.
    fn is_behind(&self) -> bool {
        self.draft.base.is_some_and(|base| base != self.dashboard.version)
    }
}

/// With scripts, a form of edit mode changes the page in place: what stays keeps its focus.
pub(super) const BOOST: &str = "select:\"#main\" target:\"#main\" swap:\"outerMorph\"";

/// The body of the page in edit mode.
pub fn edit(view: &EditView) -> Markup {
    let (dashboard, widgets) = (&view.dashboard, &view.dashboard.widgets);
    let seen = view.draft.base.unwrap_or(dashboard.version);
    html! {
        div #dashboard.dashboard data-mode="edit" data-unsaved[!view.draft.ops.is_empty()] {
            (header(dashboard))
            (toolbar(view))
            p #said.visually-hidden role="status" {
                @if let Some(pressed) = &view.draft.pressed { (said(pressed, widgets)) }
            }
            @if let Some(problem) = &view.problem { (problem_banner(problem)) }
            @if !view.conflicts.is_empty() { (conflicts(view)) }
            (changed_notice(view))
            p #handle-help hidden { "Press Enter to lift, arrow keys to move, Enter to drop, Escape to put back." }
            ol #widgets.widgets role="list" data-sortable {
                @for index in 0..widgets.len() { (edit_card(view, index)) }
            }
            (offers(&view.offers))
            (page::live(dashboard, &routes::since(routes::EDIT, dashboard, seen)))
        }
    }
}

fn header(view: &DashboardView) -> Markup {
    let (title, note) = match view.scope {
        Scope::Mine => ("Edit your dashboard", "Only you see what you change. Everything else follows the default."),
        Scope::Default => {
            ("Edit the default dashboard", "Everybody sees the default, except for what they changed themselves.")
        }
    };
    html! { (PageHeader::new(title).note(html! { (note) (page::own_order(view)) })) }
}

fn toolbar(view: &EditView) -> Markup {
    let Draft { ops, scope, .. } = &view.draft;
    let reset = routes::of_scope(routes::RESET, *scope);
    let save = Button::submit("Save").id("save").tone(Tone::Accent).form(DRAFT_FORM).action(routes::SAVE);
    html! {
        div.toolbar role="region" aria-label="Changes" tabindex="-1" {
            form.visually-hidden id=(DRAFT_FORM) method="post" action=(routes::EDIT) data-hx-boost=(BOOST)
                data-hx-sync="this:drop" {
                (view.draft.fields(view.dashboard.version))
                // Gestures press it.
                button #gesture type="submit" name=(routes::DO) value="" hidden {}
            }
            p.toolbar-state { (state(ops.len())) }
            div.actions {
                (undo(view))
                (redo(view))
                @if view.dashboard.is_personal {
                    (dialog_link(&Button::link("Reset all", &reset).icon(Icon::Reset).quiet()))
                }
                (Button::link("Cancel", &routes::view(*scope)).id("cancel"))
                (save.disabled(ops.is_empty()))
            }
        }
    }
}

fn state(count: usize) -> String {
    match count {
        0 => "No changes yet".to_owned(),
        1 => "1 change not saved".to_owned(),
        _ => format!("{count} changes not saved"),
    }
}

/// Takes back what is not saved; when there is nothing, what was saved last.
fn undo(view: &EditView) -> Markup {
    let button = Button::submit("Undo").icon(Icon::Undo).quiet().id("undo").shortcut("Control+Z").form(DRAFT_FORM);
    let has_saved = view.dashboard.undo.is_some() && view.draft.undone.is_empty();
    html! {
        @match (view.draft.ops.last(), &view.dashboard.undo) {
            (None, Some(step)) if has_saved => {
                (button.action(routes::UNDO).name(routes::VERSION, &step.version.to_string()).title(&step.sentence))
            },
            (op, _) => (button.name(routes::STEP, routes::STEP_UNDO).disabled(op.is_none())),
        }
    }
}

fn redo(view: &EditView) -> Markup {
    let button =
        Button::submit("Redo").icon(Icon::Redo).quiet().id("redo").shortcut("Control+Shift+Z").form(DRAFT_FORM);
    let is_untouched = view.draft.ops.is_empty() && view.draft.undone.is_empty();
    html! {
        @if is_untouched && view.dashboard.can_redo {
            (button.action(routes::REDO))
        } @else {
            (button.name(routes::STEP, routes::STEP_REDO).disabled(view.draft.undone.is_empty()))
        }
    }
}

/// What others changed since the draft began, and what to do about it.
fn changed_notice(view: &EditView) -> Markup {
    let rebase = Button::submit("Put mine on top").tone(Tone::Accent).name(routes::STEP, routes::STEP_REBASE);
    let choice = html! {
        div.actions {
            (Button::link("Discard mine and view", &routes::view(view.draft.scope)))
            (rebase.form(DRAFT_FORM))
        }
    };
    let changes = &view.dashboard.news;
    // what collides says it already, and asks more
    let is_shown = view.conflicts.is_empty() && (view.is_behind() || !changes.is_empty());
    news(Tone::Warning, changes, is_shown, &choice)
}

fn offers(offers: &[Offer]) -> Markup {
    html! {
        section.offers aria-labelledby="offers-title" {
            h2 #offers-title { "Add a widget" }
            @if offers.is_empty() {
                p.muted { "Everything that can be shown is in the layout." }
            } @else {
                ul { @for offer in offers { (offer_card(offer)) } }
            }
        }
    }
}

fn offer_card(offer: &Offer) -> Markup {
    let Offer { widget_type, title, description } = offer;
    let op =
        LayoutOp::Add { widget_type: widget_type.clone(), position: None, size: None, is_visible: None, config: None };
    let (id, label, value) = (format!("add-{widget_type}"), format!("Add {title}"), draft::json(&op));
    html! {
        li.offer {
            div {
                h3 { (title) }
                @if let Some(description) = description { p.muted { (description) } }
            }
            (Button::submit(&label).icon_only(Icon::Plus).id(&id).form(DRAFT_FORM).name(routes::DO, &value))
        }
    }
}
