//! Questions before something happens. Each is a page of its own; with scripts it opens above the page that asks.

use maud::{Markup, html};

use super::Button;

/// A link to a page made by [`dialog_page`], which the script opens in a `<dialog>` instead of going there.
pub fn dialog_link(button: &Button) -> Markup {
    html! { span.dialog-link data-dialog { (button) } }
}

/// The body of a page that asks: a heading, a form with its buttons. Its form goes to a page of its own again.
pub fn dialog_page(title: &str, body: Markup) -> Markup {
    html! {
        section.dialog-page data-dialog-content aria-labelledby="dialog-title" {
            h1 #dialog-title { (title) }
            (body)
        }
    }
}
