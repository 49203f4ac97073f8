//! Notices: something about the page that a person should know first.

use maud::{Markup, Render, html};

use super::Tone;

/// A sentence in a box, with what can be done about it.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    tone: Tone,
    text: &'a str,
    more: Option<Markup>,
}

impl<'a> Notice<'a> {
    /// A sentence in a box.
    pub fn new(tone: Tone, text: &'a str) -> Self {
        Self { tone, text, more: None }
    }

    /// With more below the sentence: details, buttons.
    #[must_use]
    pub fn more(self, more: Markup) -> Self {
        Self { more: Some(more), ..self }
    }
}

impl Render for Notice<'_> {
    fn render(&self) -> Markup {
        html! {
            div.notice.(self.tone.class()) {
                (self.tone.icon())
                div {
                    p { (self.text) }
                    @if let Some(more) = &self.more { div.notice-more { (more) } }
                }
            }
        }
    }
}
