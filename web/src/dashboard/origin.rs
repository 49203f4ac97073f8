//! Where the properties of a widget come from: the default, or the person's own, since when and by whom.

use maud::{Markup, html};

use super::{Origin, Scope, WidgetOrigins};
use crate::components::{Badge, Tone};

impl WidgetOrigins {
    fn named(&self) -> [(&'static str, &Origin); 4] {
        [("Place", &self.place), ("Size", &self.size), ("Visibility", &self.visibility), ("Settings", &self.settings)]
    }

    /// Whether anything is the user's own.
    pub(super) fn has_own(&self) -> bool {
        self.place.is_own || self.is_changed()
    }

    /// Whether anything of the widget itself is the user's own. Its place is not: all of an order is, once one moves.
    fn is_changed(&self) -> bool {
        [&self.size, &self.visibility, &self.settings].iter().any(|origin| origin.is_own)
    }
}

/// A badge that opens to tell about every property.
pub(super) fn origins(title: &str, origins: &WidgetOrigins, scope: Scope) -> Markup {
    let (tone, word) = match scope {
        Scope::Mine if origins.is_changed() => (Tone::Accent, "Yours"),
        Scope::Mine | Scope::Default => (Tone::Neutral, "Default"),
    };
    html! {
        details.menu.origins {
            summary aria-label={ (word) ": where " (title) " comes from" } { (Badge::new(tone, word)) }
            dl.menu-panel {
                @for (name, origin) in origins.named() { div { dt { (name) } dd { (told(origin)) } } }
            }
        }
    }
}

fn told(origin: &Origin) -> Markup {
    html! {
        @if origin.is_own { strong { "Yours" } } @else { "Default" }
        " since " (origin.since)
        @if let Some(by) = &origin.by { ", by " (by) }
    }
}
