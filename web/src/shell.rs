//! What is around every page: head, navigation, the person, what just happened, footer.

use maud::{DOCTYPE, Markup, html};

use crate::{
    assets,
    components::{Button, Icon, Tone},
    routes,
};

/// What a page tells about itself.
#[derive(Debug, Clone, Copy)]
pub struct Shell<'a> {
    /// The page's name, for the window; the page's own heading is up to its body.
    pub title: &'a str,
    /// Which entry of the navigation it belongs to.
    pub section: Section,
    /// Who looks at it; nobody on the pages before the sign-in.
    pub person: Option<Person<'a>>,
    /// What became of what the person did last.
    pub flash: Option<Flash<'a>>,
    /// How it is to look.
    pub theme: Theme,
    /// Its path and query, to come back to after a change of the theme.
    pub path: &'a str,
}

/// The parts of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Section {
    Dashboard,
    Metrics,
    Jobs,
    Schedules,
    /// None of them: sign-in, errors, licences.
    Elsewhere,
}

/// Who looks at a page.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Their name, or that of their key.
    pub name: &'a str,
    /// The name of their tenant.
    pub tenant_name: &'a str,
}

/// What became of what the person did last.
#[derive(Debug, Clone, Copy)]
pub struct Flash<'a> {
    /// How good the news is.
    pub tone: Tone,
    /// The news: a sentence.
    pub text: &'a str,
}

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All themes, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The theme that a cookie or a form field names; the system's for all that names none.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name).unwrap_or_default()
    }

    /// Its name in cookie, form and page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn label(self) -> (&'static str, Icon) {
        match self {
            Self::System => ("Like the system", Icon::Screen),
            Self::Light => ("Light", Icon::Sun),
            Self::Dark => ("Dark", Icon::Moon),
        }
    }
}

const NAVIGATION: [(Section, &str, &str); 4] = [
    (Section::Dashboard, "Dashboard", routes::DASHBOARD),
    (Section::Metrics, "Metrics", routes::METRICS),
    (Section::Jobs, "Jobs", routes::JOBS),
    (Section::Schedules, "Schedules", routes::SCHEDULES),
];

/// What happens during a request is styled by our own styles; what a person opened stays open when a page is refreshed.
const HTMX_CONFIG: &str = r#"{"includeIndicatorCSS":false,"morphIgnore":["data-htmx-powered","open"]}"#;

/// A whole page.
pub fn page(shell: &Shell, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=(shell.theme.as_str()) {
            (head(shell.title))
            body {
                a.skip-link href="#main" { "Skip to the content" }
                (header(shell))
                main #main tabindex="-1" {
                    (flash(shell.flash))
                    (body)
                }
                (footer())
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            title { (title) " · Plinth" }
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="htmx-config" content=(HTMX_CONFIG);
            link rel="icon" href=(assets::url("favicon.svg")) type="image/svg+xml";
            link rel="preload" href=(assets::url("inter-latin.woff2")) as="font" type="font/woff2" crossorigin;
            link rel="stylesheet" href=(assets::url("plinth.css"));
            script src=(assets::url("htmx.min.js")) defer {}
            script src=(assets::url("plinth.js")) type="module" {}
        }
    }
}

fn header(shell: &Shell) -> Markup {
    html! {
        header.header {
            div.header-bar {
                a.brand href=(routes::DASHBOARD) { (Icon::Plinth) span { "Plinth" } }
                @if let Some(person) = shell.person {
                    (navigation(shell.section))
                    (account(person, shell))
                } @else {
                    div.account { (theme_form(shell)) }
                }
            }
        }
    }
}

fn navigation(current: Section) -> Markup {
    html! {
        nav.navigation aria-label="Main" {
            ul {
                @for (section, label, href) in NAVIGATION {
                    li { a href=(href) aria-current=[(section == current).then_some("page")] { (label) } }
                }
            }
        }
    }
}

fn account(person: Person, shell: &Shell) -> Markup {
    html! {
        details.account.menu {
            summary {
                span.account-tenant { (person.tenant_name) }
                span.account-name { (Icon::Person) span { (person.name) } }
                (Icon::Down)
            }
            div.menu-panel {
                p.menu-note { "Signed in as " strong { (person.name) } br; (person.tenant_name) }
                (theme_form(shell))
                form method="post" action=(routes::SIGN_OUT) {
                    (Button::submit("Sign out").icon(Icon::SignOut))
                }
            }
        }
    }
}

fn theme_form(shell: &Shell) -> Markup {
    html! {
        form.segments method="post" action=(routes::THEME) data-theme-form aria-label="Theme" {
            input type="hidden" name="return" value=(shell.path);
            @for theme in Theme::ALL {
                @let (label, icon) = theme.label();
                (Button::submit(label).icon_only(icon).name("theme", theme.as_str()).pressed(theme == shell.theme))
            }
        }
    }
}

fn flash(flash: Option<Flash>) -> Markup {
    html! {
        div #flash role="status" {
            @if let Some(Flash { tone, text }) = flash {
                p.notice.(tone.class()) { (tone.icon()) span { (text) } }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.footer {
            p { "Plinth " (env!("CARGO_PKG_VERSION")) }
            ul {
                li { a href=(routes::API_DOCS) { "API" } }
                li { a href=(routes::LICENSES) { "Licences" } }
            }
        }
    }
}
