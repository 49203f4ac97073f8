//! Signing in and out: by an API key in a form, or by a link that does it once.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{FORWARDED, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use cookie::{Cookie, SameSite, time::Duration};
use plinth_events::{Refusal, RefusalCode};
use plinth_web::{
    routes,
    shell::Section,
    sign_in::{self, SignIn},
};
use serde::Deserialize;

use super::{form::Sent, frame::Frame, own_path::own_path, trouble::onward};
use crate::{
    http::{
        access::{NewSession, SESSION_COOKIE, is_same_origin},
        api::parameters::Parameters,
        problem::Problem,
        site::Site,
    },
    secret_token::SecretToken,
};

/// Largest form, in bytes.
const FORM_BYTES: usize = 16 * 1024;
/// What proxies say that the browser speaks.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The routes.
pub fn routes() -> Router<Site> {
    Router::new()
        .route(routes::SIGN_IN, get(form).post(log_in))
        // whoever only looks whether a link is there does not use it up
        .route(&format!("{}/{{link}}", routes::SIGN_IN), get(log_in_by_link).head(|| async { StatusCode::NO_CONTENT }))
        .route(routes::SIGN_OUT, post(log_out))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}

#[derive(Deserialize)]
struct Way {
    next: Option<String>,
}

#[derive(Deserialize)]
struct LogIn {
    key: String,
    next: Option<String>,
}

async fn form(frame: Frame, Parameters(way): Parameters<Way>) -> Response {
    form_page(&frame, way.next.as_deref(), None)
}

fn form_page(frame: &Frame, next: Option<&str>, error: Option<&str>) -> Response {
    frame.page("Sign in", Section::Elsewhere, sign_in::sign_in(&SignIn { next: own_path(next), error }))
}

async fn log_in(
    State(site): State<Site>,
    frame: Frame,
    headers: HeaderMap,
    Sent(LogIn { key, next }): Sent<LogIn>,
) -> Result<Response, Problem> {
    // else another site could sign somebody in by its own key, and see what they do then
    if !is_same_origin(&headers) {
        return Err(Refusal::new(RefusalCode::Forbidden, "the form of another site cannot sign in here").into());
    }
    let opened = match SecretToken::parse(key.trim()) {
        Some(key) => site.access.log_in(&key).await?,
        None => None,
    };
    let Some(session) = opened else {
        let error = "There is no such key, or it was revoked, or it has expired.";
        return Ok((StatusCode::UNAUTHORIZED, form_page(&frame, next.as_deref(), Some(error))).into_response());
    };
    let cookie = cookie(&session, is_https(&headers)).to_string();
    Ok(([(SET_COOKIE, cookie)], Redirect::to(own_path(next.as_deref()))).into_response())
}

/// A GET that changes something, because a link can do no more. What speaks for it: it works once and for some minutes, is
/// printed only where the service runs, and neither a look ahead (HEAD) nor a second opening does anything.
async fn log_in_by_link(
    State(site): State<Site>,
    Path(link): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (asked, _) = request.into_parts();
    let opened = match SecretToken::parse(&link) {
        Some(link) => site.access.redeem(&link).await?,
        None => None,
    };
    let Some(session) = opened else {
        let page = Frame::of(&asked, None, &site).await?.page("Sign in", Section::Elsewhere, sign_in::link_is_over());
        return Ok((StatusCode::GONE, page).into_response());
    };
    let cookie = cookie(&session, is_https(&asked.headers)).to_string();
    Ok(([(SET_COOKIE, cookie)], onward(&asked, "/", &site).await?).into_response())
}

async fn log_out(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Problem> {
    if !is_same_origin(&headers) {
        return Err(Refusal::new(RefusalCode::Forbidden, "the form of another site cannot sign out here").into());
    }
    site.access.log_out(&headers).await?;
    let gone = Cookie::build(SESSION_COOKIE).path("/").removal().to_string();
    Ok(([(SET_COOKIE, gone)], Redirect::to(routes::SIGN_IN)).into_response())
}

/// No script reads it, and no other site makes the browser send it.
fn cookie(session: &NewSession, is_https: bool) -> Cookie<'_> {
    let lifetime = Duration::try_from(session.lifetime).unwrap_or(Duration::ZERO);
    Cookie::build((SESSION_COOKIE, session.token.reveal()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https)
        .max_age(lifetime)
        .build()
}

/// Whether the browser speaks https, as the proxy before Plinth says. Who lies about it harms only the own cookie.
fn is_https(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let nearest = text(FORWARDED.as_str()).split(',').next().unwrap_or_default();
    let says_https = |part: &str| part.trim().trim_matches('"').eq_ignore_ascii_case("proto=https");
    text(FORWARDED_PROTO).split(',').next().is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
        || nearest.split(';').any(says_https)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn the_cookie_is_for_this_origin_alone_and_ends_with_the_session() {
        let session = NewSession { token: SecretToken::mint(), lifetime: std::time::Duration::from_millis(90_500) };
        let text = |is_https| cookie(&session, is_https).to_string();
        let plain = format!("plinth_session={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=90", session.token.reveal());
        assert_eq!(text(false), plain);
        assert!(text(true).contains("; Secure"), "{}", text(true));
    }

    #[test]
    fn https_is_what_the_first_proxy_says() {
        for (name, value, expected) in [
            ("x-forwarded-proto", "https", true),
            ("x-forwarded-proto", "HTTPS, http", true),
            ("x-forwarded-proto", "http", false),
            ("forwarded", "for=192.0.2.60;proto=https;by=203.0.113.43, proto=http", true),
            ("forwarded", "for=192.0.2.60; Proto=HTTPS", true),
            ("forwarded", "for=192.0.2.60;proto=http", false),
            ("host", "https", false),
        ] {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
            assert_eq!(is_https(&headers), expected, "{name}: {value}");
        }
    }
}
