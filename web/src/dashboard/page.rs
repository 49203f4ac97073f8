//! The dashboard to look at.

use maud::{Markup, html};
use plinth_events::event::dashboard::DashboardEvent;

use super::{DashboardView, Live, Scope, WidgetView, card::card, news::news, routes};
use crate::components::{Button, Icon, Notice, PageHeader, Tab, Tone, empty, tabs};

/// How often what widgets show is fetched again.
const REFRESH: &str = "every 10s";

const ENFORCED: &str = "An administrator shows everybody the default at the moment. Your own layout is kept.";

/// The body of the page.
pub fn view(view: &DashboardView) -> Markup {
    let visible: Vec<_> = view.widgets.iter().filter(|widget| widget.is_visible).collect();
    let address = routes::view(view.scope);
    html! {
        div #dashboard.dashboard data-mode="view" {
            (PageHeader::new("Dashboard").note(html! { (note(view)) }).actions(actions(view)))
            @if view.can_edit_default { (scopes(view.scope)) }
            (news(Tone::Info, &view.news, !view.news.is_empty(), &html! {}))
            @if view.is_enforced && view.scope == Scope::Mine {
                (Notice::new(Tone::Info, ENFORCED))
            }
            @if visible.is_empty() {
                (empty("Nothing on the dashboard", "Widgets that are added show here.", html! {}))
            } @else {
                ol #widgets.widgets role="list" data-hx-get=(address) data-hx-trigger=(REFRESH)
                    data-hx-select="#widgets" data-hx-swap="outerMorph" { @for widget in &visible { (card(widget)) } }
            }
            (hidden(&view.widgets))
            @if view.scope == Scope::Default { (administration(view)) }
            (live(view, &routes::since(routes::VIEW, view, view.version)))
        }
    }
}

/// What the script needs to hear of changes, and the address of the page that tells them.
pub(super) fn live(view: &DashboardView, news: &str) -> Markup {
    let types = DashboardEvent::TYPES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    html! {
        @if let Some(Live { address, user_id }) = &view.live {
            div #live hidden data-address=(address) data-user=[user_id] data-types=(types) data-own=(view.version)
                data-default=(view.default_version) data-news=(news) {}
        }
    }
}

/// Once a widget was moved, all of them stand in an order of one's own.
pub(super) fn own_order(view: &DashboardView) -> Markup {
    let is_placed = |widget: &WidgetView| widget.origins.as_ref().is_some_and(|origins| origins.place.is_own);
    // what one added has no place in the default
    let is_own = view.widgets.iter().any(|widget| !widget.is_removable && is_placed(widget));
    let reset = routes::of_scope(routes::RESET, view.scope);
    html! {
        @if view.scope == Scope::Mine && !view.is_enforced && is_own {
            " The order is yours; a " span data-dialog { a href=(reset) { "reset" } } " takes that back with all the rest."
        }
    }
}

fn note(view: &DashboardView) -> &'static str {
    match view.scope {
        Scope::Default => "The default: what everybody sees, except for what they changed themselves.",
        Scope::Mine if view.is_personal && !view.is_enforced => "Your layout, on top of the default.",
        Scope::Mine => "The default layout.",
    }
}

fn scopes(scope: Scope) -> Markup {
    let default = routes::view(Scope::Default);
    let tab = |label, href, of| Tab { label, href, is_current: scope == of, count: None };
    tabs("Layouts", &[tab("Mine", routes::VIEW, Scope::Mine), tab("Default", &default, Scope::Default)])
}

fn actions(view: &DashboardView) -> Markup {
    let undo = view.undo.as_ref().filter(|_| view.can_edit);
    let version = undo.map(|step| step.version.to_string()).unwrap_or_default();
    html! {
        (Button::link("History", &routes::of_scope(routes::HISTORY, view.scope)).icon(Icon::Clock).quiet())
        form method="post" {
            input type="hidden" name=(routes::SCOPE) value=(view.scope.as_str());
            @if let Some(step) = undo {
                (Button::submit("Undo").icon(Icon::Undo).quiet().shortcut("Control+Z").title(&step.sentence)
                    .action(routes::UNDO).name(routes::VERSION, &version))
            }
            @if view.can_edit && view.can_redo {
                (Button::submit("Redo").icon(Icon::Redo).quiet().shortcut("Control+Shift+Z").action(routes::REDO))
            }
        }
        @if view.can_edit {
            @let address = routes::of_scope(routes::EDIT, view.scope);
            (Button::link("Edit", &address).id("edit").icon(Icon::Edit).tone(Tone::Accent))
        }
    }
}

fn hidden(widgets: &[WidgetView]) -> Markup {
    let hidden: Vec<_> =
        widgets.iter().filter(|widget| !widget.is_visible).map(|widget| widget.title.as_str()).collect();
    html! { @if !hidden.is_empty() { p.muted { "Hidden: " (hidden.join(", ")) } } }
}

/// What only administrators do: keep widgets, or the whole layout, as they are.
fn administration(view: &DashboardView) -> Markup {
    html! {
        section.administration aria-labelledby="administration-title" {
            h2 #administration-title { "What users may change" }
            (switch(routes::ENFORCE, None, "Everybody sees the default; own layouts are kept meanwhile", view.is_enforced))
            div.locks {
                @for widget in &view.widgets {
                    (switch(routes::LOCK, Some(widget), &format!("{} is locked", widget.title), widget.is_locked))
                }
            }
        }
    }
}

fn switch(action: &str, widget: Option<&WidgetView>, label: &str, is_on: bool) -> Markup {
    let verb = if is_on { "Turn off" } else { "Turn on" };
    let name = format!("{verb}: {label}");
    html! {
        form.switch method="post" action=(action) {
            input type="hidden" name=(routes::SCOPE) value=(Scope::Default.as_str());
            @if let Some(widget) = widget { input type="hidden" name=(routes::WIDGET) value=(widget.widget_type); }
            input type="hidden" name=(routes::ON) value=(!is_on);
            button.toggle type="submit" role="switch" aria-checked=(is_on.to_string()) aria-label=(name) {}
            span aria-hidden="true" { (label) }
        }
    }
}
