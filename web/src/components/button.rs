//! Buttons: what does something (a submit button of a form) or leads somewhere (a link that looks like one).

use maud::{Markup, Render, html};

use super::{Icon, Tone};

/// A button.
#[derive(Debug, Clone)]
pub struct Button<'a> {
    label: &'a str,
    href: Option<&'a str>,
    tone: Tone,
    icon: Option<Icon>,
    is_icon_only: bool,
    letter: Option<&'a str>,
    is_quiet: bool,
    is_disabled: bool,
    pressed: Option<bool>,
    id: Option<&'a str>,
    form: Option<&'a str>,
    action: Option<&'a str>,
    name: Option<(&'a str, &'a str)>,
    shortcut: Option<&'a str>,
    title: Option<&'a str>,
}

impl<'a> Button<'a> {
    /// A button that submits the form around it.
    pub fn submit(label: &'a str) -> Self {
        Self {
            label,
            href: None,
            tone: Tone::Neutral,
            icon: None,
            is_icon_only: false,
            letter: None,
            is_quiet: false,
            is_disabled: false,
            pressed: None,
            id: None,
            form: None,
            action: None,
            name: None,
            shortcut: None,
            title: None,
        }
    }

    /// A link that looks like a button.
    pub fn link(label: &'a str, href: &'a str) -> Self {
        Self { href: Some(href), ..Self::submit(label) }
    }

    /// [`Tone::Accent`] for the main action of a page, [`Tone::Bad`] for what does away with something.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// With an icon in front of the label.
    #[must_use]
    pub fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// With an icon in place of the label, which is still what the button is called.
    #[must_use]
    pub fn icon_only(self, icon: Icon) -> Self {
        Self { icon: Some(icon), is_icon_only: true, ..self }
    }

    /// With a letter in place of the label, which is still what the button is called.
    #[must_use]
    pub fn letter(self, letter: &'a str) -> Self {
        Self { letter: Some(letter), ..self }
    }

    /// Without a border, for what is beside the point.
    #[must_use]
    pub fn quiet(self) -> Self {
        Self { is_quiet: true, ..self }
    }

    /// Cannot be used now. It keeps its place and its focus.
    #[must_use]
    pub fn disabled(self, is_disabled: bool) -> Self {
        Self { is_disabled, ..self }
    }

    /// One of several, of which one is on.
    #[must_use]
    pub fn pressed(self, is_pressed: bool) -> Self {
        Self { pressed: Some(is_pressed), ..self }
    }

    /// With an id, so that the focus finds it again after the page changed.
    #[must_use]
    pub fn id(self, id: &'a str) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Submits the form of this id instead of the one around it.
    #[must_use]
    pub fn form(self, form: &'a str) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Submits to here instead of where the form does.
    #[must_use]
    pub fn action(self, action: &'a str) -> Self {
        Self { action: Some(action), ..self }
    }

    /// Sends this name and value with the form.
    #[must_use]
    pub fn name(self, name: &'a str, value: &'a str) -> Self {
        Self { name: Some((name, value)), ..self }
    }

    /// Is pressed by a key too, as `aria-keyshortcuts` writes it: `Control+Z`.
    #[must_use]
    pub fn shortcut(self, shortcut: &'a str) -> Self {
        Self { shortcut: Some(shortcut), ..self }
    }

    /// Says more when a pointer rests on it; an icon alone says its label unless told otherwise.
    #[must_use]
    pub fn title(self, title: &'a str) -> Self {
        Self { title: Some(title), ..self }
    }

    fn class(&self) -> String {
        let quiet = if self.is_quiet { " button-quiet" } else { "" };
        let icon = if self.is_short() { " button-icon" } else { "" };
        format!("button {}{quiet}{icon}", self.tone.class())
    }

    fn is_short(&self) -> bool {
        self.is_icon_only || self.letter.is_some()
    }

    fn content(&self) -> Markup {
        html! {
            @if let Some(icon) = self.icon { (icon) }
            @if let Some(letter) = self.letter {
                span { (letter) }
            } @else if !self.is_icon_only {
                span { (self.label) }
            }
        }
    }
}

impl Render for Button<'_> {
    fn render(&self) -> Markup {
        let label = self.is_short().then_some(self.label);
        let title = self.title.or(label);
        if let Some(href) = self.href {
            return html! {
                a id=[self.id] class=(self.class()) href=(href) aria-label=[label] title=[title] { (self.content()) }
            };
        }
        if self.is_disabled {
            return html! {
                button id=[self.id] class=(self.class()) type="button" aria-disabled="true" aria-label=[label]
                    title=[title] { (self.content())
                }
            };
        }
        html! {
            button id=[self.id] class=(self.class()) type="submit" form=[self.form] formaction=[self.action]
                name=[self.name.map(|(name, _)| name)] value=[self.name.map(|(_, value)| value)]
                aria-label=[label] title=[title] aria-pressed=[self.pressed.map(|on| on.to_string())]
                aria-keyshortcuts=[self.shortcut] { (self.content()) }
        }
    }
}
