//! Styles, scripts and the font: compiled in, served under a name that changes when any of them does.
//!
//! htmx is version 4 for its morphing swaps: what stays on a page keeps its focus. SortableJS drags; keys are our own.

use std::sync::LazyLock;

use maud::{Markup, html};
use sha2::{Digest, Sha256};

use crate::{
    components::{PageHeader, code_block},
    routes,
};

/// A file of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name, without a path.
    pub name: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// Its media type.
    pub content_type: &'static str,
}

/// The styles, in the order in which they may overrule each other.
const STYLES: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/shell.css"),
    include_str!("../assets/css/components.css"),
    include_str!("../assets/css/forms.css"),
    include_str!("../assets/css/table.css"),
    include_str!("../assets/css/chart.css"),
    include_str!("../assets/css/dashboard.css"),
    include_str!("../assets/css/metrics.css"),
    include_str!("../assets/css/jobs.css"),
    include_str!("../assets/css/api-docs.css"),
);

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// All of them.
pub const ALL: &[Asset] = &[
    Asset { name: "plinth.css", bytes: STYLES.as_bytes(), content_type: "text/css; charset=utf-8" },
    script("plinth.js", include_bytes!("../assets/js/plinth.js")),
    script("dashboard.js", include_bytes!("../assets/js/dashboard.js")),
    script("formula.js", include_bytes!("../assets/js/formula.js")),
    script("htmx.min.js", include_bytes!("../assets/vendor/htmx.min.js")),
    script("sortable.min.js", include_bytes!("../assets/vendor/sortable.min.js")),
    Asset {
        name: "inter-latin.woff2",
        bytes: include_bytes!("../assets/vendor/inter-latin.woff2"),
        content_type: "font/woff2",
    },
    Asset { name: "favicon.svg", bytes: include_bytes!("../assets/favicon.svg"), content_type: "image/svg+xml" },
];

const fn script(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, bytes, content_type: JAVASCRIPT }
}

/// Names this edition of the assets: the start of the digest over all of them. One for all, so that they can name each
/// other by relative addresses.
pub static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in ALL {
        digest.update(asset.name);
        digest.update(asset.bytes);
    }
    hex::encode(&digest.finalize()[..8])
});

/// The address of an asset. It never changes what it answers, so it may be kept for ever.
pub fn url(name: &str) -> String {
    format!("{}{}/{name}", routes::ASSETS, *EDITION)
}

/// What was found under an address.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The file.
    pub asset: Asset,
    /// Whether the address is of this edition. If not (a page of another replica's edition asks), it must not be kept.
    pub is_immutable: bool,
}

/// The asset under a path below [`routes::ASSETS`]: `<edition>/<name>`.
pub fn find(path: &str) -> Option<Found> {
    let (edition, name) = path.split_once('/')?;
    let asset = ALL.iter().find(|asset| asset.name == name)?;
    Some(Found { asset: *asset, is_immutable: edition == *EDITION })
}

/// Whose work the pages contain: title and text of the licences.
const LICENSES: [(&str, &str); 3] = [
    ("htmx, Zero-Clause BSD", include_str!("../assets/vendor/htmx.LICENSE")),
    ("SortableJS, MIT", include_str!("../assets/vendor/sortable.LICENSE")),
    ("Inter, SIL Open Font License 1.1", include_str!("../assets/vendor/inter.LICENSE")),
];

/// The body of the page about licences.
pub fn licenses_page() -> Markup {
    html! {
        (PageHeader::new("Licences").note(html! { "These pages contain the work of others, unmodified." }))
        div.prose {
            @for (title, text) in LICENSES {
                section { h2 { (title) } (code_block(title, text)) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
