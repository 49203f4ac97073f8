//! The pages of Plinth: from view models to HTML, with the styles, scripts and the font that they need.
//!
//! Pure: nothing here asks a database or a clock, or knows about HTTP. The service gathers what a page shows, builds
//! the page's view model, and sends what the page's function returns.
//!
//! # How to build a page
//!
//! 1. A module for the page: a view model (owned, plain data, times already readable: [`components::Time`]) and one
//!    function from it to [`maud::Markup`], the *body*. [`shell::page`] puts head, navigation and footer around it.
//! 2. The body begins with a [`components::PageHeader`] (the page's one `h1`); below it stand panels:
//!
//! ```
//! use maud::html;
//! use plinth_web::{
//!     components::{Badge, Button, Column, PageHeader, Panel, Table, Tone, empty},
//!     shell::{Person, Section, Shell, Theme, page},
//! };
//!
//! let cells = vec![html! { a href="/jobs/1" { "send_invoice" } }, html! { (Badge::new(Tone::Good, "completed")) }];
//! let table = Table::new("Jobs", vec![Column::new("Type"), Column::new("Status").sort("?sort=status", None)], [cells])
//!     .empty(empty("No jobs", "Jobs that were enqueued show here.", html! {}));
//! let body = html! {
//!     (PageHeader::new("Jobs").actions(html! { (Button::link("Enqueue", "/jobs/new").tone(Tone::Accent)) }))
//!     (Panel::new("All jobs", html! { (table) }).flush())
//! };
//! let person = Some(Person { name: "Ann", tenant_name: "Acme" });
//! let (title, path) = ("Jobs", "/jobs");
//! let shell = Shell { title, section: Section::Jobs, person, flash: None, theme: Theme::System, path };
//! assert!(page(&shell, body).into_string().contains("<h1>Jobs</h1>"));
//! ```
//!
//! 3. Everything that changes something is a form with method `post` that works without scripts. What was refused
//!    comes back as the same page with [`components::problem_banner`] on top, and fields that know their errors:
//!    `Field::text("code", "Code").at("/code", &FieldErrors::of(problem))`. Questions ("deprecate?") are pages of their
//!    own ([`components::dialog_page`]) that open as dialogs where there are scripts ([`components::dialog_link`]).
//! 4. Parts that change by themselves are marked for htmx, which fetches the same page again and morphs the part:
//!    `data-hx-get=(path) data-hx-trigger="every 5s" data-hx-select="#counts" data-hx-swap="outerMorph"` on the element
//!    with that id.
//! 5. The content security policy is `default-src 'self'`: no `style` attribute, no inline script. Sizes in
//!    [`chart`]s are attributes of SVG. Styles of a page stand in `assets/css/<page>.css`, are listed in
//!    [`assets`], use the tokens of `tokens.css` and nothing else for colours, sizes and room.
//! 6. A page with sample data stands in `examples/gallery/pages/`, listed in its `mod.rs`: there `tests/pages.rs` checks
//!    it (ids, labels, names, headings, nothing inline), and `cargo run -p plinth-web --example gallery -- <folder>`
//!    writes it in light and dark, to be looked at.

pub mod api_docs;
pub mod assets;
pub mod chart;
pub mod components;
pub mod dashboard;
pub mod jobs;
pub mod metrics;
pub mod routes;
pub mod schedules;
pub mod shell;
pub mod sign_in;

pub use maud::Markup;
