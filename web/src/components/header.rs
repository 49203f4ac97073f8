//! The top of a page's body: where one is, what it is, what can be done with it.

use maud::{Markup, Render, html};

/// A page on the way here.
#[derive(Debug, Clone, Copy)]
pub struct Crumb<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Where it is.
    pub href: &'a str,
}

/// The top of a page's body. It holds the page's one `h1`.
#[derive(Debug, Clone)]
pub struct PageHeader<'a> {
    title: &'a str,
    crumbs: &'a [Crumb<'a>],
    state: Option<Markup>,
    note: Option<Markup>,
    actions: Option<Markup>,
}

impl<'a> PageHeader<'a> {
    /// A heading.
    pub fn new(title: &'a str) -> Self {
        Self { title, crumbs: &[], state: None, note: None, actions: None }
    }

    /// With the pages on the way here.
    #[must_use]
    pub fn crumbs(self, crumbs: &'a [Crumb<'a>]) -> Self {
        Self { crumbs, ..self }
    }

    /// With badges beside the heading.
    #[must_use]
    pub fn state(self, state: Markup) -> Self {
        Self { state: Some(state), ..self }
    }

    /// With a sentence below the heading.
    #[must_use]
    pub fn note(self, note: Markup) -> Self {
        Self { note: Some(note), ..self }
    }

    /// With buttons, the main one last.
    #[must_use]
    pub fn actions(self, actions: Markup) -> Self {
        Self { actions: Some(actions), ..self }
    }
}

impl Render for PageHeader<'_> {
    fn render(&self) -> Markup {
        html! {
            header.page-header {
                div.page-header-text {
                    @if !self.crumbs.is_empty() {
                        nav.crumbs aria-label="Breadcrumbs" {
                            ol { @for crumb in self.crumbs { li { a href=(crumb.href) { (crumb.label) } } } }
                        }
                    }
                    div.page-title {
                        h1 { (self.title) }
                        @if let Some(state) = &self.state { (state) }
                    }
                    @if let Some(note) = &self.note { p.page-note { (note) } }
                }
                @if let Some(actions) = &self.actions { div.actions { (actions) } }
            }
        }
    }
}
