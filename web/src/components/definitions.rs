//! Facts: names and what they are.

use maud::{Markup, html};

/// A list of facts about one thing, in columns where there is room.
pub fn definitions<'a>(facts: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! {
        dl.definitions {
            @for (name, value) in facts {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}
