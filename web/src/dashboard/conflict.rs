//! What two people changed at the same time, side by side: how it was, theirs, yours; and the choice between them.

use std::collections::BTreeSet;

use maud::{Markup, html};
use plinth_events::{
    layout::{EffectiveWidget, Property, Touched},
    names::WidgetType,
};
use serde_json::{Map, Value};

use super::{Change, Draft, EditView, card::DRAFT_FORM, edit::BOOST, news::told, routes, settings};
use crate::components::{Button, Tone};

/// Something that two people changed at the same time.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Of which widget.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: String,
    /// What its configuration must be like, if its type says so.
    pub config_schema: Option<Value>,
    /// What of it: one property, or all, where one of the two added, removed or reset it.
    pub properties: BTreeSet<Property>,
    /// The widget before both; none: it was not in the layout.
    pub before: Option<EffectiveWidget>,
    /// As somebody else saved it.
    pub theirs: Option<EffectiveWidget>,
    /// As the draft has it.
    pub yours: Option<EffectiveWidget>,
    /// Whether the draft can still have it so.
    pub is_possible: bool,
    /// What the other one did, if that is still known.
    pub change: Option<Change>,
}

/// All of them as one form, which drops or keeps what is in the draft and saves the rest.
pub(super) fn conflicts(view: &EditView) -> Markup {
    let on_newest = Draft { base: None, ..view.draft.clone() };
    let rebase = Button::submit("Put all of mine on top").name(routes::STEP, routes::STEP_REBASE);
    html! {
        section.conflicts aria-labelledby="conflicts-title" tabindex="-1" autofocus {
            h2 #conflicts-title { "Somebody else was quicker" }
            p.muted { "Both of you changed the following. Choose what is kept; everything else of yours is saved with it." }
            form method="post" action=(routes::SAVE) data-hx-boost=(BOOST) data-hx-sync="this:drop" {
                (on_newest.fields(view.dashboard.version))
                @for conflict in &view.conflicts { (choice(conflict)) }
                div.actions {
                    (Button::link("Discard mine and view", &routes::view(view.draft.scope)))
                    (rebase.form(DRAFT_FORM))
                    (Button::submit("Save what is chosen").tone(Tone::Accent))
                }
            }
        }
    }
}

fn choice(conflict: &Conflict) -> Markup {
    let name = field_name(conflict);
    let said = conflict.change.as_ref().map(told);
    html! {
        fieldset.conflict {
            legend { (conflict.title) @if let Some(property) = single(conflict) { ": " (property_name(property)) } }
            div.sides {
                div.side { span.side-title { "It was" } (state(conflict, conflict.before.as_ref())) }
                (side(&name, routes::KEEP_THEIRS, "Theirs", &html! {
                    (state(conflict, conflict.theirs.as_ref()))
                    @if let Some(said) = said { span.side-note { (said) } }
                }))
                @if conflict.is_possible {
                    (side(&name, routes::KEEP_YOURS, "Yours", &state(conflict, conflict.yours.as_ref())))
                } @else {
                    div.side { span.side-title { "Yours" } span.muted { "Cannot be done any more" } }
                }
            }
        }
    }
}

/// One of the two that can be kept; theirs unless somebody chooses.
fn side(name: &str, value: &str, title: &str, body: &Markup) -> Markup {
    let id = format!("{name}.{value}");
    html! {
        label.side for=(id) {
            span.side-title {
                input id=(id) type="radio" name=(name) value=(value) checked[value == routes::KEEP_THEIRS];
                (title)
            }
            (body)
        }
    }
}

/// What is in question of a widget, as one of the three has it.
fn state(conflict: &Conflict, widget: Option<&EffectiveWidget>) -> Markup {
    let Some(widget) = widget else { return line(None, &html! { "not in the layout" }) };
    let (is_all, in_question) = (single(conflict).is_none(), in_question(conflict));
    let name = |property| is_all.then(|| property_name(property));
    html! {
        @if in_question.is_empty() { (line(None, &html! { "in the layout" })) }
        @for property in in_question {
            @match property {
                Property::Position => (line(name(property), &html! { (widget.position + 1) })),
                Property::Size => (line(name(property), &html! { (widget.size.as_str()) })),
                Property::IsVisible => {
                    (line(name(property), &html! { (if widget.is_visible { "shown" } else { "hidden" }) }))
                },
                Property::Config => {
                    @let config = settings_in_question(conflict, widget);
                    @for (title, value) in settings::readable(conflict.config_schema.as_ref(), &config) {
                        (line(Some(title), &value))
                    }
                },
            }
        }
    }
}

fn line(name: Option<&str>, value: &Markup) -> Markup {
    html! { span.side-line { @if let Some(name) = name { span.muted { (name) ": " } } (value) } }
}

/// The one property that it is about; none: it is about the whole widget.
fn single(conflict: &Conflict) -> Option<Property> {
    let mut properties = conflict.properties.iter().copied();
    properties.next().filter(|_| properties.next().is_none())
}

fn property_name(property: Property) -> &'static str {
    match property {
        Property::Position => "place",
        Property::Size => "size",
        Property::IsVisible => "visibility",
        Property::Config => "settings",
    }
}

/// The name of the choice, as [`named`] reads it.
fn field_name(conflict: &Conflict) -> String {
    let property = single(conflict).map(|property| format!(".{}", property_name(property)));
    format!("{}{}{}", routes::KEEP, conflict.widget_type, property.unwrap_or_default())
}

/// What a choice is about, by its name.
pub(super) fn named(name: &str) -> Option<Touched> {
    let subject = name.strip_prefix(routes::KEEP)?;
    let (widget_type, property) = subject.split_once('.').unwrap_or((subject, ""));
    let is_meant = |it: &Property| property.is_empty() || property_name(*it) == property;
    let properties: Vec<_> = Property::ALL.into_iter().filter(is_meant).collect();
    (!properties.is_empty()).then_some(Touched::of(&widget_type.parse().ok()?, &properties))
}

fn sides(conflict: &Conflict) -> impl Iterator<Item = &EffectiveWidget> {
    [&conflict.before, &conflict.theirs, &conflict.yours].into_iter().flatten()
}

/// The one property, or of all those that the three do not agree on.
fn in_question(conflict: &Conflict) -> Vec<Property> {
    let is_single = single(conflict).is_some();
    conflict.properties.iter().copied().filter(|property| is_single || differs(conflict, *property)).collect()
}

fn differs(conflict: &Conflict, property: Property) -> bool {
    let value = |widget: &EffectiveWidget| match property {
        Property::Position => widget.position.to_string(),
        Property::Size => widget.size.as_str().to_owned(),
        Property::IsVisible => widget.is_visible.to_string(),
        Property::Config => serde_json::to_string(&widget.config).unwrap_or_default(),
    };
    sides(conflict).map(value).collect::<BTreeSet<_>>().len() > 1
}

/// The settings that the three do not agree on, as one of them has them.
fn settings_in_question(conflict: &Conflict, widget: &EffectiveWidget) -> Map<String, Value> {
    let setting = |widget: &EffectiveWidget, name: &str| {
        widget.config.as_ref().and_then(|config| config.0.get(name)).cloned().unwrap_or_default()
    };
    let names = sides(conflict).filter_map(|side| side.config.as_ref()).flat_map(|config| config.0.keys());
    let differs = |name: &&String| sides(conflict).any(|side| setting(side, name) != setting(widget, name));
    names.filter(differs).map(|name| (name.clone(), setting(widget, name))).collect()
}
