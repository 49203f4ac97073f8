//! Settings to fill in, and to read.

use std::borrow::Cow;

use maud::{Markup, html};
use plinth_events::refusal::Problem;
use serde_json::{Map, Value};

use super::{Kind, Setting, SettingsInput, input::WHOLE, plain, settings};
use crate::{
    components::{Choice, Field, FieldErrors, error_line, field_id, sentence},
    dashboard::{WidgetView, routes},
};

/// Texts that may be this long, in characters, are written on several lines.
const LONG_TEXT: u64 = 200;

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
        return html! { (Field::code(routes::CONFIG, "Configuration (JSON)", 6).value(text).at(WHOLE, &errors)) };
    }
    let form = Form { input, errors };
    html! {
        (form.errors_at(WHOLE))
        (form.fields(&settings, Some(&widget.config)))
    }
}

/// The settings of a configuration, by their titles in the schema.
pub(in crate::dashboard) fn readable<'a>(
    schema: Option<&'a Value>,
    config: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a str, Markup)> {
    config.iter().map(move |(property, value)| {
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

/// A form on its way: what was sent of it, and what was wrong with that.
struct Form<'a> {
    input: Option<&'a SettingsInput>,
    errors: FieldErrors<'a>,
}

impl Form<'_> {
    fn fields(&self, settings: &[Setting], config: Option<&Map<String, Value>>) -> Markup {
        html! {
            @for setting in settings {
                @let present = config.and_then(|config| config.get(setting.property));
                @match &setting.kind {
                    Kind::Group(below) => (self.group(setting, below, present)),
                    _ => (self.field(setting, present)),
                }
            }
        }
    }

    fn group(&self, setting: &Setting, below: &[Setting], present: Option<&Value>) -> Markup {
        html! {
            fieldset.settings-group {
                legend { (setting.label()) }
                @if let Some(description) = setting.schema["description"].as_str() { p.field-hint { (description) } }
                (self.errors_at(&setting.pointer))
                (self.fields(below, present.and_then(Value::as_object)))
            }
        }
    }

    /// Errors about what has no field, where they are led to.
    fn errors_at(&self, pointer: &str) -> Markup {
        let errors = self.errors.at(pointer);
        html! {
            @if !errors.is_empty() {
                div.field-error id=(field_id(pointer)) tabindex="-1" { @for error in errors { (error_line(error)) } }
            }
        }
    }

    fn field(&self, setting: &Setting, present: Option<&Value>) -> Markup {
        let sent = self.input.map(|input| input.fields.get(setting.name()).cloned().unwrap_or_default());
        let value = sent.or_else(|| present.map(|value| setting.write(value))).unwrap_or_default();
        let (schema, hint) = (setting.schema, hint(setting));
        let field = control(setting, &value).value(&value).at(&setting.pointer, &self.errors);
        let field = field.between(&schema["minimum"], &schema["maximum"]).longest(schema["maxLength"].as_u64());
        let field = if setting.is_required { field.required() } else { field };
        html! { @if hint.is_empty() { (field) } @else { (field.hint(&hint)) } }
    }
}

fn control<'a>(setting: &'a Setting, value: &str) -> Field<'a> {
    let (name, label) = (setting.name(), setting.label());
    let is_long = value.contains('\n') || setting.schema["maxLength"].as_u64().is_some_and(|most| most >= LONG_TEXT);
    match &setting.kind {
        Kind::Text if is_long => Field::lines(name, label, 3),
        Kind::Text => Field::text(name, label),
        Kind::Number { is_integer: true } => Field::integer(name, label),
        Kind::Number { is_integer: false } => Field::number(name, label),
        Kind::Boolean => Field::checkbox(name, label),
        Kind::OneOf(values) => Field::select(name, label, choices(values, setting.is_required)),
        Kind::Words => Field::text(name, label).placeholder("one, two, three"),
        Kind::Group(_) | Kind::Json => Field::code(name, label, 4),
    }
}

/// How to fill it in: what the schema says of it, and what it allows.
fn hint(setting: &Setting) -> String {
    let schema = setting.schema;
    let allowed = match (&setting.kind, &schema["minimum"], &schema["maximum"], &schema["maxLength"]) {
        (Kind::Words, ..) => "With commas between them.".to_owned(),
        (Kind::Json, ..) => "As JSON.".to_owned(),
        (_, Value::Number(least), Value::Number(most), _) => format!("{least} to {most}."),
        (_, Value::Number(least), ..) => format!("At least {least}."),
        (_, _, Value::Number(most), _) => format!("At most {most}."),
        (_, _, _, Value::Number(most)) => format!("At most {most} characters."),
        _ => String::new(),
    };
    match schema["description"].as_str() {
        Some(description) => format!("{} {allowed}", sentence(description)).trim_end().to_owned(),
        None => allowed,
    }
}

fn choices<'a>(values: &'a [Cow<'a, str>], is_required: bool) -> Vec<Choice<'a>> {
    let none = (!is_required).then_some(Choice { value: "", label: "–" });
    none.into_iter().chain(values.iter().map(|value| Choice { value, label: value })).collect()
}
