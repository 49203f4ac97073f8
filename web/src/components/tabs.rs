//! Tabs that are links: each is a page of its own.

use maud::{Markup, html};

use super::grouped;

/// One of several views of the same thing.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Where it is.
    pub href: &'a str,
    /// Whether it is the one that shows.
    pub is_current: bool,
    /// How much is behind it.
    pub count: Option<u64>,
}

/// Views of the same thing, `label` being what they are views of.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            ul {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.is_current.then_some("page")] {
                            (tab.label)
                            @if let Some(count) = tab.count { span.tabs-count { (grouped(count)) } }
                        }
                    }
                }
            }
        }
    }
}
