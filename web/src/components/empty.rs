//! What stands where there is nothing yet.

use maud::{Markup, html};

/// Nothing is here: why, and what to do about it. `action` is often a button, or empty.
pub fn empty(title: &str, text: &str, action: Markup) -> Markup {
    html! {
        div.empty {
            p.empty-title { (title) }
            p { (text) }
            (action)
        }
    }
}
