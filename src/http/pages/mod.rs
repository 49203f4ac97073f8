//! The pages for people: what is at which path, and the headers that keep strangers out of them.

mod api_docs;
mod assets;
mod dashboard;
mod field_time;
mod flash;
mod form;
mod frame;
mod jobs;
mod metrics;
mod own_path;
mod people;
mod schedules;
mod session;
mod theme;
mod trouble;
mod typed;
mod visitor;

use axum::{
    Router,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{from_fn_with_state, map_response},
    response::{Redirect, Response},
    routing::get,
};
use plinth_web::{routes, shell::Section};
use serde_json::Value;

use self::frame::Frame;
use super::{
    api::{method_not_allowed, unknown_path},
    site::Site,
};

/// Nothing from elsewhere, nothing inline, and never within somebody else's page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Unless the answer says otherwise. Pages are not kept: they show what somebody may see who has left since.
const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // with no-referrer, forms would be sent with the origin null, which nobody could tell from another site's
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// The routes, with the documentation of an API; and whatever nobody else knows the path of.
pub fn routes(site: Site, api: &Value) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to(routes::DASHBOARD) }))
        .route(routes::LICENSES, get(licenses))
        .merge(api_docs::routes(api))
        .merge(dashboard::routes())
        .merge(jobs::routes())
        .merge(metrics::routes())
        .merge(schedules::routes())
        .merge(session::routes())
        .merge(theme::routes())
        .merge(assets::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(site.clone(), trouble::as_pages))
        .layer(map_response(secure))
        .with_state(site)
}

async fn licenses(frame: Frame) -> Response {
    frame.page("Licences", Section::Elsewhere, plinth_web::assets::licenses_page())
}

async fn secure(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
