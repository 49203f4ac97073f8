//! Light, dark, or as the system has it: kept in a cookie of the browser, which says nothing about who it is.

use axum::{
    Router,
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect},
    routing::post,
};
use cookie::{Cookie, SameSite, time::Duration};
use plinth_web::{routes, shell::Theme};
use serde::Deserialize;

use super::{form::Sent, own_path::own_path};
use crate::http::site::Site;

const KEPT: Duration = Duration::days(365);

/// The routes.
pub fn routes() -> Router<Site> {
    Router::new().route(routes::THEME, post(keep))
}

#[derive(Deserialize)]
struct Choice {
    theme: String,
    #[serde(rename = "return")]
    back_to: Option<String>,
}

async fn keep(Sent(choice): Sent<Choice>) -> impl IntoResponse {
    let theme = Theme::named(&choice.theme).as_str();
    let cookie = Cookie::build((routes::THEME_COOKIE, theme)).path("/").max_age(KEPT).same_site(SameSite::Strict);
    ([(SET_COOKIE, cookie.to_string())], Redirect::to(own_path(choice.back_to.as_deref())))
}
