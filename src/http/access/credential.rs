//! What a request shows to say who asks.

use axum::http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};
use cookie::Cookie;
use plinth_events::secret_digest::SecretDigest;
use sha2::{Digest, Sha256};

use super::{SESSION_COOKIE, refused, same_origin::is_same_origin};
use crate::{
    http::problem::Problem,
    secret_token::{PREFIX, SecretToken},
};

/// A credential, of which nothing is known but its form.
pub enum Credential<'a> {
    /// The secret of an API key.
    ApiKey(SecretToken),
    /// A token of an OIDC issuer.
    Token(&'a str),
    /// The session of a browser.
    Session(SecretToken),
}

/// By what a credential is remembered: its kind and the SHA-256 of it. What does for one kind does not for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    ApiKey(SecretDigest),
    Token(SecretDigest),
    Session(SecretDigest),
}

impl<'a> Credential<'a> {
    /// The credential of a request; none: it has none. A cookie counts only where the request may be the browser's alone.
    pub fn of(request: &'a Parts) -> Result<Option<Self>, Problem> {
        if let Some(bearer) = bearer(&request.headers) {
            return bearer_credential(bearer).map(Some);
        }
        let Some(session) = session(&request.headers) else { return Ok(None) };
        if !request.method.is_safe() && !is_same_origin(&request.headers) {
            let detail = "a session changes something only for the pages of Plinth themselves: send an API key as \
                          Authorization: Bearer plinth_…";
            return Err(refused(detail));
        }
        Ok(Some(Self::Session(session)))
    }

    /// By what it is remembered.
    pub fn mark(&self) -> Mark {
        match self {
            Self::ApiKey(key) => Mark::ApiKey(key.digest()),
            Self::Token(token) => Mark::Token(SecretDigest(Sha256::digest(token).into())),
            Self::Session(session) => Mark::Session(session.digest()),
        }
    }
}

/// The session that a browser shows.
pub fn session(headers: &HeaderMap) -> Option<SecretToken> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.filter(|cookie| cookie.name() == SESSION_COOKIE).find_map(|cookie| SecretToken::parse(cookie.value()))
}

/// What stands behind `Bearer`. Other schemes are not for Plinth: a proxy before it may have asked for them.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn bearer_credential(text: &str) -> Result<Credential<'_>, Problem> {
    if !text.starts_with(PREFIX) {
        return Ok(Credential::Token(text));
    }
    let key = SecretToken::parse(text).map(Credential::ApiKey);
    key.ok_or_else(|| refused("this is no API key: one is plinth_ and 43 or more letters, digits, - and _"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::http::Request;

    use super::*;

    fn request(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request = Request::builder().method(method).header("host", "localhost:8080");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn mark(method: &str, headers: &[(&str, &str)]) -> Result<Option<Mark>, String> {
        let request = request(method, headers);
        let credential = Credential::of(&request).map_err(|Problem(refusal)| refusal.detail)?;
        Ok(credential.map(|credential| credential.mark()))
    }

    #[test]
    fn a_bearer_is_an_api_key_by_its_prefix_or_else_a_token() {
        let key = SecretToken::mint();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let shown = mark("POST", &[("authorization", &format!("{scheme} {}", key.reveal()))]);
            assert_eq!(shown, Ok(Some(Mark::ApiKey(key.digest()))));
        }
        assert!(matches!(mark("GET", &[("authorization", "Bearer a.b.c")]), Ok(Some(Mark::Token(_)))));
        assert_eq!(mark("GET", &[]), Ok(None));
    }

    #[test]
    fn a_key_that_was_cut_off_is_refused_and_not_repeated() {
        let detail = mark("GET", &[("authorization", "Bearer plinth_abc")]).unwrap_err();
        assert!(detail.contains("no API key") && !detail.contains("plinth_abc"), "{detail}");
    }

    #[test]
    fn a_cookie_counts_among_others_and_beside_the_scheme_of_a_proxy() {
        let session = SecretToken::mint();
        let cookies = format!("plinth_theme=dark; {SESSION_COOKIE}={}; x", session.reveal());
        let shown = mark("GET", &[("authorization", "Basic YTpi"), ("cookie", &cookies)]);
        assert_eq!(shown, Ok(Some(Mark::Session(session.digest()))));
        assert_eq!(mark("GET", &[("cookie", "plinth_session=abc")]), Ok(None));
    }

    #[test]
    fn a_cookie_changes_something_only_for_requests_of_the_same_origin() {
        let session = SecretToken::mint();
        let cookie = ("cookie", format!("{SESSION_COOKIE}={}", session.reveal()));
        let cookie = (cookie.0, cookie.1.as_str());
        let shown = Ok(Some(Mark::Session(session.digest())));
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(mark(method, &[cookie, ("sec-fetch-site", "same-origin")]), shown);
            assert_eq!(mark(method, &[cookie, ("origin", "http://localhost:8080")]), shown);
            assert!(mark(method, &[cookie]).is_err(), "{method}");
            assert!(mark(method, &[cookie, ("sec-fetch-site", "same-site")]).is_err(), "{method}");
        }
        assert_eq!(mark("GET", &[cookie]), shown);
        // whoever shows a key needs no origin
        let key = SecretToken::mint();
        let shown = mark("POST", &[cookie, ("authorization", &format!("Bearer {}", key.reveal()))]);
        assert_eq!(shown, Ok(Some(Mark::ApiKey(key.digest()))));
    }
}
