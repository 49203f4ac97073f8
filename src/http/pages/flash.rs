//! What became of what somebody did last: told once, by the page that they come back to.

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
};
use cookie::{Cookie, SameSite, time::Duration};
use plinth_web::{components::Tone, shell};

const COOKIE_NAME: &str = "plinth_flash";
/// For as long as a page may take to come.
const KEPT: Duration = Duration::seconds(30);

/// News, and how good they are.
pub struct Flash {
    tone: Tone,
    text: String,
}

impl Flash {
    /// Something was done: a sentence.
    pub fn done(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into() }
    }

    /// Nothing was to be done: a sentence.
    pub fn unchanged(text: impl Into<String>) -> Self {
        Self { tone: Tone::Info, text: text.into() }
    }

    /// The way to the page that tells it.
    pub fn at(self, path: &str) -> Response {
        let tone = if self.tone == Tone::Good { '+' } else { '=' };
        let value: String = form_urlencoded::byte_serialize(self.text.as_bytes()).collect();
        let cookie = Cookie::build((COOKIE_NAME, format!("{tone}{value}")))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .max_age(KEPT);
        ([(SET_COOKIE, cookie.to_string())], Redirect::to(path)).into_response()
    }

    /// The news that a browser brings along.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let cookie = lines.flat_map(Cookie::split_parse).filter_map(Result::ok).find(|it| it.name() == COOKIE_NAME)?;
        let tone = if cookie.value().starts_with('+') { Tone::Good } else { Tone::Info };
        let (text, _) = form_urlencoded::parse(cookie.value().get(1..)?.as_bytes()).next()?;
        Some(Self { tone, text: text.into_owned() })
    }

    /// As it stands in a page.
    pub fn shown(&self) -> shell::Flash<'_> {
        shell::Flash { tone: self.tone, text: &self.text }
    }

    /// Takes it away from the browser, once it was told.
    pub fn told(response: &mut Response) {
        let gone = Cookie::build(COOKIE_NAME).path("/").removal().to_string();
        if let Ok(value) = HeaderValue::from_str(&gone) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_done_is_told_by_the_next_page_whatever_the_sentence_holds() {
        let text = "Moved “Sales & Co; 50 %” = done";
        let response = Flash::done(text).at("/dashboard");
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        let sent = cookie.split(';').next().unwrap();
        let headers = HeaderMap::from_iter([(COOKIE, sent.parse().unwrap())]);
        assert_eq!(Flash::of(&headers).unwrap().shown().text, text);
    }
}
