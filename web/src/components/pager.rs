//! Pages of a list by keys: there is a way on and one to the beginning, and no number of pages.

use maud::{Markup, Render, html};

use super::Icon;

/// The ways on from one page of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pager<'a> {
    /// What is on this page: `50 jobs`, `1–50 of 312`.
    pub summary: &'a str,
    /// The address of the first page, on all but that one.
    pub first: Option<&'a str>,
    /// The address of the page after.
    pub next: Option<&'a str>,
}

impl Render for Pager<'_> {
    fn render(&self) -> Markup {
        html! {
            nav.pager aria-label="Pages" {
                p { (self.summary) }
                div.pager-ways {
                    (way(self.first, None, html! { (Icon::Left) "First page" }))
                    (way(self.next, Some("next"), html! { "Next page" (Icon::Right) }))
                }
            }
        }
    }
}

fn way(href: Option<&str>, rel: Option<&str>, content: Markup) -> Markup {
    html! { @if let Some(href) = href { a.button.tone-neutral href=(href) rel=[rel] { (content) } } }
}
