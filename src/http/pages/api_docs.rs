//! The documentation of the API, for everybody.

use axum::{Router, routing::get};
use plinth_web::{api_docs, routes, shell::Section};
use serde_json::Value;

use super::frame::Frame;
use crate::http::{openapi, site::Site};

/// The routes, for an OpenAPI document.
pub fn routes(document: &Value) -> Router<Site> {
    let body = api_docs::body(document, openapi::PATH);
    Router::new()
        .route(routes::API_DOCS, get(async move |frame: Frame| frame.page("HTTP API", Section::Elsewhere, body)))
}
