//! Styles, scripts and the font, under addresses that change with them.

use axum::{
    Router,
    extract::Path,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use plinth_web::{
    assets::{self, Found},
    routes,
};

use crate::http::site::Site;

/// The routes.
pub fn routes() -> Router<Site> {
    Router::new().route(&format!("{}{{*path}}", routes::ASSETS), get(asset))
}

async fn asset(Path(path): Path<String>) -> Response {
    let Some(Found { asset, is_immutable }) = assets::find(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let kept = if is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, kept)], asset.bytes).into_response()
}
