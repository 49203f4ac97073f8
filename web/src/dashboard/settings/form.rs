//! Settings to fill in, and to read.

use std::borrow::Cow;

use maud::{Markup, html};
use plinth_events::refusal::Problem;
use serde_json::Value;

use super::{Kind, Setting, SettingsInput, plain, settings};
use crate::{
    components::{Choice, Field, FieldErrors},
    dashboard::{WidgetView, routes},
};

/// The fields for a widget's settings: with what was sent, or else with what there is.
pub(in crate::dashboard) fn fields(
    widget: &WidgetView,
    input: Option<&SettingsInput>,
    problem: Option<&Problem>,
) -> Markup {
    let errors = FieldErrors::of(problem);
    let settings = settings(widget.config_schema.as_ref());
    if settings.is_empty() {
        let text = serde_json::to_string_pretty(&widget.config).unwrap_or_default();
        let text = input.and_then(|input| input.fields.get(routes::CONFIG)).unwrap_or(&text);
        return html! { (Field::code(routes::CONFIG, "Configuration (JSON)", 6).value(text).at("/config", &errors)) };
    }
    html! { @for setting in &settings { (field(setting, widget, input, &errors)) } }
}

/// The settings that a widget has, by the titles in its schema.
pub(in crate::dashboard) fn readable(widget: &WidgetView) -> impl Iterator<Item = (&str, Markup)> {
    let schema = widget.config_schema.as_ref();
    widget.config.iter().map(move |(property, value)| {
        let title = schema.and_then(|schema| schema["properties"][property]["title"].as_str());
        (title.unwrap_or(property), readable_value(value))
    })
}

fn readable_value(value: &Value) -> Markup {
    match value {
        Value::Null => html! { "–" },
        Value::Bool(is_on) => html! { (if *is_on { "yes" } else { "no" }) },
        Value::Array(words) if words.iter().all(Value::is_string) => {
            html! { (words.iter().map(plain).collect::<Vec<_>>().join(", ")) }
        }
        Value::Array(_) | Value::Object(_) => html! { code { (value.to_string()) } },
        Value::String(_) | Value::Number(_) => html! { (plain(value)) },
    }
}

fn field(setting: &Setting, widget: &WidgetView, input: Option<&SettingsInput>, errors: &FieldErrors) -> Markup {
    let (name, pointer) = (setting.name(), setting.pointer());
    let sent = input.map(|input| input.fields.get(&name).cloned().unwrap_or_default());
    let value =
        sent.or_else(|| widget.config.get(setting.property).map(|value| setting.write(value))).unwrap_or_default();
    let label = setting.schema["title"].as_str().unwrap_or(setting.property);
    let field = match &setting.kind {
        Kind::Text => Field::text(&name, label),
        Kind::Number { is_integer: true } => Field::integer(&name, label),
        Kind::Number { is_integer: false } => Field::number(&name, label),
        Kind::Boolean => Field::checkbox(&name, label),
        Kind::OneOf(values) => Field::select(&name, label, choices(values, setting.is_required)),
        Kind::Words => Field::text(&name, label).placeholder("one, two, three"),
        Kind::Json => Field::code(&name, label, 4),
    };
    let field = field.value(&value).at(&pointer, errors);
    let field = if setting.is_required { field.required() } else { field };
    match (setting.schema["description"].as_str(), &setting.kind) {
        (Some(hint), _) => html! { (field.hint(hint)) },
        (None, Kind::Words) => html! { (field.hint("With commas between them.")) },
        (None, Kind::Json) => html! { (field.hint("As JSON.")) },
        (None, _) => html! { (field) },
    }
}

fn choices<'a>(values: &'a [Cow<'a, str>], is_required: bool) -> Vec<Choice<'a>> {
    let none = (!is_required).then_some(Choice { value: "", label: "–" });
    none.into_iter().chain(values.iter().map(|value| Choice { value, label: value })).collect()
}
