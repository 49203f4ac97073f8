//! Panels: one subject with its heading; and figures, the numbers that matter.

use maud::{Markup, Render, html};

/// One subject on a page.
#[derive(Debug, Clone)]
pub struct Panel<'a> {
    title: &'a str,
    note: Option<&'a str>,
    actions: Option<Markup>,
    is_flush: bool,
    body: Markup,
}

impl<'a> Panel<'a> {
    /// A panel with a heading.
    pub fn new(title: &'a str, body: Markup) -> Self {
        Self { title, note: None, actions: None, is_flush: false, body }
    }

    /// With a sentence below the heading.
    #[must_use]
    pub fn note(self, note: &'a str) -> Self {
        Self { note: Some(note), ..self }
    }

    /// With buttons beside the heading.
    #[must_use]
    pub fn actions(self, actions: Markup) -> Self {
        Self { actions: Some(actions), ..self }
    }

    /// Without room around the body: for a table that fills it.
    #[must_use]
    pub fn flush(self) -> Self {
        Self { is_flush: true, ..self }
    }
}

impl Render for Panel<'_> {
    fn render(&self) -> Markup {
        html! {
            section.panel {
                header.panel-header {
                    div {
                        h2 { (self.title) }
                        @if let Some(note) = self.note { p { (note) } }
                    }
                    @if let Some(actions) = &self.actions { div.actions { (actions) } }
                }
                div.panel-body.panel-flush[self.is_flush] { (self.body) }
            }
        }
    }
}

/// A number that matters.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// What is counted.
    pub label: &'a str,
    /// The number, as it is to be read.
    pub value: &'a str,
    /// Beside it: a unit, a change, a state.
    pub note: Option<&'a str>,
    /// Where to see what is behind it.
    pub href: Option<&'a str>,
}

/// Numbers in a row.
pub fn figures<'a>(figures: impl IntoIterator<Item = Figure<'a>>) -> Markup {
    html! {
        dl.figures {
            @for figure in figures {
                div.figure {
                    dt {
                        @if let Some(href) = figure.href { a href=(href) { (figure.label) } } @else { (figure.label) }
                    }
                    dd {
                        span.figure-value { (figure.value) }
                        @if let Some(note) = figure.note { span.figure-note { (note) } }
                    }
                }
            }
        }
    }
}
