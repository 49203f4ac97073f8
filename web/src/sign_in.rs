//! The pages around the sign-in: the form, what became of a link that signs in, and what stands in place of a page that was
//! refused.

use maud::{Markup, html};
use plinth_events::refusal::Problem;

use crate::{
    components::{Button, Notice, PageHeader, Tone, sentence},
    routes,
};

/// The form that asks for an API key.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// Where to go on afterwards, a path of Plinth's own.
    pub next: &'a str,
    /// Why the last attempt was none.
    pub error: Option<&'a str>,
}

/// The body of the page with the form.
pub fn sign_in(view: &SignIn) -> Markup {
    html! {
        section.dialog-page {
            h1 { "Sign in" }
            @if let Some(error) = view.error { div role="alert" { (Notice::new(Tone::Bad, error)) } }
            form method="post" action=(routes::SIGN_IN) {
                input type="hidden" name="next" value=(view.next);
                div.field {
                    label for="field-key" { "API key" span.field-required { " required" } }
                    input #field-key type="password" name="key" required autofocus autocomplete="current-password"
                        spellcheck="false" aria-describedby="field-key-hint";
                    p.field-hint #field-key-hint { "It begins with plinth_ and is made by " code { "plinth key create" } "." }
                }
                div.actions { (Button::submit("Sign in").tone(Tone::Accent)) }
            }
        }
    }
}

/// The body of the page behind a link that does not sign in.
pub fn link_is_over() -> Markup {
    let text = "This link was used already, or its time is over.";
    let more = html! { (Button::link("Sign in with an API key", routes::SIGN_IN)) };
    html! {
        (PageHeader::new("Sign in"))
        (Notice::new(Tone::Warning, text).more(more))
    }
}

/// The body of a page that leads on by itself, for browsers that stay on it.
pub fn onward(path: &str) -> Markup {
    html! {
        (PageHeader::new("One moment"))
        p { a href=(path) { "Go on" } }
    }
}

/// The body of what stands in place of a page: why it cannot be shown.
pub fn trouble(problem: &Problem) -> Markup {
    let tone = if problem.status < 500 { Tone::Warning } else { Tone::Bad };
    let code = html! { p.problem-code { (problem.code) } };
    html! {
        (PageHeader::new(&problem.title))
        div.stack {
            (Notice::new(tone, &sentence(&problem.detail)).more(code))
            p { (Button::link("Go to the dashboard", routes::DASHBOARD)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_keeps_the_way_back_and_never_a_key() {
        let page = sign_in(&SignIn { next: "/jobs?a=\"><script>", error: Some("the key is unknown") }).into_string();
        assert!(page.contains(r#"name="next" value="/jobs?a=&quot;&gt;&lt;script&gt;""#), "{page}");
        assert!(page.contains("the key is unknown"), "{page}");
        assert!(page.contains(r#"name="key" required"#), "{page}");
    }
}
