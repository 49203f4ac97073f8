//! Fields of forms: a label, a control, a hint, and what is wrong with the value.

use maud::{Markup, Render, html};
use plinth_events::refusal::FieldError;
use serde_json::{Number, Value};

use super::{FieldErrors, Icon, problem::sentence};

/// The id of the control for a place in a request's body: `/config/title` is `field-config-title`.
pub fn field_id(pointer: &str) -> String {
    let tail: String =
        pointer.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    format!("field{tail}")
}

/// One of the values of a select field.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is read.
    pub label: &'a str,
}

#[derive(Debug, Clone)]
enum Control<'a> {
    Input { kind: &'a str, step: Option<&'a str> },
    Lines { rows: u8, is_code: bool },
    Select(Vec<Choice<'a>>),
    Checkbox,
}

/// A field of a form.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    label: &'a str,
    name: &'a str,
    control: Control<'a>,
    value: &'a str,
    pointer: Option<&'a str>,
    hint: Option<&'a str>,
    placeholder: Option<&'a str>,
    errors: Vec<&'a FieldError>,
    is_required: bool,
    form: Option<&'a str>,
    suggestions: &'a [String],
    least: Option<&'a Number>,
    most: Option<&'a Number>,
    longest: Option<u64>,
}

impl<'a> Field<'a> {
    /// A line of text.
    pub fn text(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Input { kind: "text", step: None })
    }

    /// A line of text that something is searched by.
    pub fn search(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Input { kind: "search", step: None })
    }

    /// A number.
    pub fn number(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Input { kind: "number", step: Some("any") })
    }

    /// A whole number.
    pub fn integer(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Input { kind: "number", step: Some("1") })
    }

    /// A date with a time, to the second, without a zone: the page says that it is UTC.
    pub fn moment(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Input { kind: "datetime-local", step: Some("1") })
    }

    /// Several lines of text.
    pub fn lines(name: &'a str, label: &'a str, rows: u8) -> Self {
        Self::new(name, label, Control::Lines { rows, is_code: false })
    }

    /// Several lines for a machine: JSON, records.
    pub fn code(name: &'a str, label: &'a str, rows: u8) -> Self {
        Self::new(name, label, Control::Lines { rows, is_code: true })
    }

    /// One of some values.
    pub fn select(name: &'a str, label: &'a str, choices: Vec<Choice<'a>>) -> Self {
        Self::new(name, label, Control::Select(choices))
    }

    /// Yes or no; sent as `true` or not at all. Its value is on when it is `true`.
    pub fn checkbox(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Control::Checkbox)
    }

    fn new(name: &'a str, label: &'a str, control: Control<'a>) -> Self {
        Self {
            label,
            name,
            control,
            value: "",
            pointer: None,
            hint: None,
            placeholder: None,
            errors: Vec::new(),
            is_required: false,
            form: None,
            suggestions: &[],
            least: None,
            most: None,
            longest: None,
        }
    }

    /// What stands in it: what was there, or what was sent and refused.
    #[must_use]
    pub fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// The place in the request's body that it becomes, and the errors about that place.
    #[must_use]
    pub fn at(self, pointer: &'a str, errors: &FieldErrors<'a>) -> Self {
        Self { pointer: Some(pointer), errors: errors.at(pointer).to_vec(), ..self }
    }

    /// How to fill it in.
    #[must_use]
    pub fn hint(self, hint: &'a str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// An example of a value. Never the only place where something is said.
    #[must_use]
    pub fn placeholder(self, placeholder: &'a str) -> Self {
        Self { placeholder: Some(placeholder), ..self }
    }

    /// Must not be empty.
    #[must_use]
    pub fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Belongs to the form of this id, wherever it stands.
    #[must_use]
    pub fn form(self, form: &'a str) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Values that are offered while typing.
    #[must_use]
    pub fn suggestions(self, suggestions: &'a [String]) -> Self {
        Self { suggestions, ..self }
    }

    /// Of a number: the least and the most that it may be, where they are numbers.
    #[must_use]
    pub fn between(self, least: &'a Value, most: &'a Value) -> Self {
        Self { least: least.as_number(), most: most.as_number(), ..self }
    }

    /// Of a text: how many characters it has at most.
    #[must_use]
    pub fn longest(self, longest: Option<u64>) -> Self {
        Self { longest, ..self }
    }

    fn id(&self) -> String {
        self.pointer.map_or_else(|| field_id(&format!("-{}", self.name)), field_id)
    }

    fn control(&self, ids: &Ids) -> Markup {
        let Self { name, value, form, placeholder, is_required, least, most, longest, .. } = self;
        let invalid = (!self.errors.is_empty()).then_some("true");
        let list = (!self.suggestions.is_empty()).then(|| format!("{}-list", ids.control));
        match &self.control {
            Control::Input { kind, step } => html! {
                input id=(ids.control) type=(kind) step=[*step] name=(name) value=(value) placeholder=[*placeholder]
                    list=[list] min=[*least] max=[*most] maxlength=[*longest] form=[*form] required[*is_required] aria-invalid=[invalid]
                    aria-describedby=[&ids.describers];
            },
            Control::Lines { rows, is_code } => html! {
                textarea id=(ids.control) .code-input[*is_code] name=(name) rows=(rows) placeholder=[*placeholder]
                    maxlength=[*longest] form=[*form] spellcheck=[is_code.then_some("false")] required[*is_required] aria-invalid=[invalid]
                    // The parser drops a line break right after the tag: one of the value needs another before it.
                    aria-describedby=[&ids.describers] { "\n" (value) }
            },
            Control::Select(choices) => html! {
                select id=(ids.control) name=(name) form=[*form] required[*is_required] aria-invalid=[invalid]
                    aria-describedby=[&ids.describers] {
                    @for choice in choices {
                        option value=(choice.value) selected[choice.value == *value] { (choice.label) }
                    }
                }
            },
            Control::Checkbox => html! {
                input id=(ids.control) type="checkbox" name=(name) value="true" checked[*value == "true"] form=[*form]
                    aria-invalid=[invalid] aria-describedby=[&ids.describers];
            },
        }
    }
}

/// The ids of a field's parts.
struct Ids {
    control: String,
    hint: String,
    error: String,
    /// Those that are there and say more about the control.
    describers: Option<String>,
}

impl Ids {
    fn of(field: &Field) -> Self {
        let control = field.id();
        let (hint, error) = (format!("{control}-hint"), format!("{control}-error"));
        let has_error = !field.errors.is_empty();
        let describers = match (field.hint, has_error) {
            (None, false) => None,
            (Some(_), false) => Some(hint.clone()),
            (None, true) => Some(error.clone()),
            (Some(_), true) => Some(format!("{error} {hint}")),
        };
        Self { control, hint, error, describers }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let ids = Ids::of(self);
        let is_checkbox = matches!(self.control, Control::Checkbox);
        html! {
            div.field.field-checkbox[is_checkbox].field-invalid[!self.errors.is_empty()] {
                label for=(ids.control) {
                    (self.label)
                    @if self.is_required { span.field-required { " required" } }
                }
                (self.control(&ids))
                @if !self.suggestions.is_empty() {
                    datalist id={ (ids.control) "-list" } { @for value in self.suggestions { option value=(value) {} } }
                }
                @if !self.errors.is_empty() {
                    div.field-error id=(ids.error) { @for error in &self.errors { (error_line(error)) } }
                }
                @if let Some(hint) = self.hint { p.field-hint id=(ids.hint) { (hint) } }
            }
        }
    }
}

/// What is wrong with a value.
pub(crate) fn error_line(error: &FieldError) -> Markup {
    html! {
        p {
            (Icon::Alert) span {
                (sentence(&error.message))
                @if let Some(suggestion) = &error.suggestion {
                    @let text = suggestion.as_str().map_or_else(|| suggestion.to_string(), str::to_owned);
                    " Did you mean " code { (text) } "?"
                }
            }
        }
    }
}
