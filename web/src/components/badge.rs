//! Badges: a state in a word.

use maud::{Markup, Render, html};

use super::{Icon, Tone};

/// A state in a word: the colour repeats what the word says.
#[derive(Debug, Clone, Copy)]
pub struct Badge<'a> {
    tone: Tone,
    text: &'a str,
    icon: Option<Icon>,
    title: Option<&'a str>,
}

impl<'a> Badge<'a> {
    /// A badge with a dot in its colour.
    pub fn new(tone: Tone, text: &'a str) -> Self {
        Self { tone, text, icon: None, title: None }
    }

    /// With an icon in place of the dot.
    #[must_use]
    pub fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// Says more when a pointer rests on it. Only what stands elsewhere on the page as well.
    #[must_use]
    pub fn title(self, title: &'a str) -> Self {
        Self { title: Some(title), ..self }
    }
}

impl Render for Badge<'_> {
    fn render(&self) -> Markup {
        html! {
            span.badge.(self.tone.class()) title=[self.title] {
                @if let Some(icon) = self.icon { (icon) } @else { span.badge-dot aria-hidden="true" {} }
                (self.text)
            }
        }
    }
}

/// A word without a state: a type, a tag, a version.
pub fn tag(text: &str) -> Markup {
    html! { span.tag { (text) } }
}
