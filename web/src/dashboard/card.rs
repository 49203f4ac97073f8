//! One widget of the dashboard, to look at or to change.

use maud::{Markup, html};
use plinth_events::{command::dashboard::LayoutOp, layout::Size, names::WidgetType};

use super::{
    EditView, Scope, WidgetOrigins, WidgetView, content::content, draft, edit::BOOST, origin::origins, routes, settings,
};
use crate::components::{Badge, Button, Icon, Tone};

/// The form of edit mode, which most buttons submit from outside.
pub(super) const DRAFT_FORM: &str = "draft";

const SIZES: [(Size, &str, &str); 3] =
    [(Size::Small, "S", "Small"), (Size::Medium, "M", "Medium"), (Size::Large, "L", "Large")];

/// A widget to look at. Hidden ones are not there.
pub(super) fn card(widget: &WidgetView) -> Markup {
    let title_id = format!("title-{}", widget.widget_type);
    html! {
        li.widget id={ "widget-" (widget.widget_type) } data-size=(widget.size.as_str()) {
            article aria-labelledby=(title_id) {
                header.widget-header { h2 id=(title_id) { (widget.title) } }
                div.widget-body { (content(widget)) }
            }
        }
    }
}

/// A widget to change, at an index of the layout.
pub(super) fn edit_card(view: &EditView, index: usize) -> Markup {
    let widgets = &view.dashboard.widgets;
    let widget = &widgets[index];
    let (name, title) = (&widget.widget_type, &widget.title);
    let can_change = !widget.is_locked || view.draft.scope == Scope::Default;
    html! {
        li.widget.widget-editing id={ "widget-" (name) } data-size=(widget.size.as_str()) data-widget=(name)
            data-title=(title) .widget-hidden[!widget.is_visible] {
            header.widget-header {
                @if can_change {
                    button.handle.script-only id={ "handle-" (name) } type="button" aria-label={ "Move " (title) }
                        aria-describedby="handle-help" aria-pressed="false" { (Icon::Grip) }
                }
                h2 { (title) }
                (lock_state(widget))
                @if can_change {
                    @if let Some(known) = &widget.origins { (origins(title, known, view.draft.scope)) }
                }
            }
            @if can_change {
                (tools(view, index))
                @if view.draft.open.as_ref() == Some(name) { (settings_form(view, widget)) }
            }
            @if widget.is_visible {
                div.widget-body inert { (content(widget)) }
            } @else {
                p.widget-body.muted { "Hidden. It keeps its place." }
            }
        }
    }
}

fn lock_state(widget: &WidgetView) -> Markup {
    html! {
        @if widget.is_locked {
            (Badge::new(Tone::Warning, "Locked").icon(Icon::Lock).title("An administrator keeps it as it is"))
        }
    }
}

fn tools(view: &EditView, index: usize) -> Markup {
    let widgets = &view.dashboard.widgets;
    let widget = &widgets[index];
    let (name, title) = (&widget.widget_type, &widget.title);
    let before = index.checked_sub(1).and_then(|index| widgets.get(index));
    let up = before.map(|other| moved_before(name, &other.widget_type));
    let down = widgets.get(index + 1).map(|other| moved_after(name, &other.widget_type));
    html! {
        div.widget-tools role="group" aria-label={ "Change " (title) } {
            (tool("up", &format!("Move {title} up"), Icon::Up, name, up))
            (tool("down", &format!("Move {title} down"), Icon::Down, name, down))
            span.segments role="group" aria-label={ "Size of " (title) } {
                @for (size, letter, word) in SIZES {
                    (size_button(widget, size, letter, word))
                }
            }
            (visibility(widget))
            (settings_toggle(view, widget))
            @if can_reset(view, widget) {
                @let label = format!("Let {title} follow the default again");
                @let op = LayoutOp::ResetWidget { widget_type: name.clone() };
                (tool("reset", &label, Icon::Reset, name, Some(op)))
            }
            @if widget.is_removable {
                @let op = LayoutOp::Remove { widget_type: name.clone() };
                (tool("remove", &format!("Remove {title}"), Icon::Trash, name, Some(op)))
            }
        }
    }
}

/// A button that adds an operation to the draft; without one it can be reached but does nothing.
fn tool(verb: &str, label: &str, icon: Icon, name: &WidgetType, op: Option<LayoutOp>) -> Markup {
    let id = format!("{verb}-{name}");
    let value = op.as_ref().map(draft::json);
    let button = Button::submit(label).icon_only(icon).quiet().id(&id).form(DRAFT_FORM).disabled(value.is_none());
    html! { (button.name(routes::DO, value.as_deref().unwrap_or_default())) }
}

fn moved_before(name: &WidgetType, other: &WidgetType) -> LayoutOp {
    LayoutOp::Move { widget_type: name.clone(), to_position: None, before: Some(other.clone()), after: None }
}

fn moved_after(name: &WidgetType, other: &WidgetType) -> LayoutOp {
    LayoutOp::Move { widget_type: name.clone(), to_position: None, before: None, after: Some(other.clone()) }
}

fn size_button(widget: &WidgetView, size: Size, letter: &str, word: &str) -> Markup {
    let name = &widget.widget_type;
    let id = format!("{}-{name}", size.as_str());
    let value = draft::json(&LayoutOp::Resize { widget_type: name.clone(), size });
    let button = Button::submit(word).letter(letter).id(&id).form(DRAFT_FORM).name(routes::DO, &value);
    html! { (button.pressed(widget.size == size)) }
}

fn visibility(widget: &WidgetView) -> Markup {
    let (name, title) = (&widget.widget_type, &widget.title);
    let widget_type = name.clone();
    let (label, icon, op) = if widget.is_visible {
        (format!("Hide {title}"), Icon::Eye, LayoutOp::Hide { widget_type })
    } else {
        (format!("Show {title}"), Icon::EyeOff, LayoutOp::Show { widget_type })
    };
    tool("visibility", &label, icon, name, Some(op))
}

fn settings_toggle(view: &EditView, widget: &WidgetView) -> Markup {
    let name = &widget.widget_type;
    let is_open = view.draft.open.as_ref() == Some(name);
    let (id, label) = (format!("settings-{name}"), format!("Settings of {}", widget.title));
    let value = if is_open { "" } else { name.as_str() };
    let button = Button::submit(&label).icon_only(Icon::Gear).quiet().id(&id).form(DRAFT_FORM);
    html! { (button.name(routes::TOGGLE, value).pressed(is_open)) }
}

/// What is not saved yet has no known origin, but may well be undone by following the default.
fn can_reset(view: &EditView, widget: &WidgetView) -> bool {
    let has_own = widget.origins.as_ref().is_none_or(WidgetOrigins::has_own);
    view.draft.scope == Scope::Mine && !widget.is_removable && has_own
}

fn settings_form(view: &EditView, widget: &WidgetView) -> Markup {
    let name = widget.widget_type.as_str();
    let input = view.draft.settings.as_ref().filter(|input| input.widget_type == widget.widget_type);
    html! {
        // what is wrong is told by the service, in one way for all that a schema can say
        form.widget-settings method="post" action=(routes::EDIT) novalidate data-hx-boost=(BOOST)
            data-hx-sync="this:drop" {
            (view.draft.fields(view.dashboard.version))
            h3 { "Settings of " (widget.title) }
            @if let Some(description) = &widget.description { p.muted { (description) } }
            (settings::fields(widget, input, view.problem.as_ref()))
            div.actions {
                (Button::submit("Use these settings").tone(Tone::Accent).name(routes::CONFIGURE, name))
                (Button::submit("Close").form(DRAFT_FORM).name(routes::TOGGLE, ""))
            }
        }
    }
}
