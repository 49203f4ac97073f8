//! Conditional requests: whoever has an answer already gets it again only if it is another one by now.

use axum::{
    body::{HttpBody, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// Kept by whoever asked, and asked for again each time.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");
/// So many bytes of a digest tell answers apart.
const TAG_BYTES: usize = 16;

/// Gives answers that have no tag one of their own, and leaves out what the sender of a GET has.
pub async fn answer(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known: Vec<HeaderValue> = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let mut response = tagged(response).await;
    if response.headers().contains_key(ETAG) {
        response.headers_mut().entry(CACHE_CONTROL).or_insert(REVALIDATED);
    }
    match response.headers().get(ETAG) {
        Some(tag) if known.iter().any(|known| names(known, tag)) => not_modified(response.headers()),
        _ => response,
    }
}

/// An answer with a tag, unless it is one that goes on for a while.
async fn tagged(response: Response) -> Response {
    let bytes = response.body().size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let Some(bytes) = bytes.filter(|_| !response.headers().contains_key(ETAG)) else {
        return response;
    };
    let (mut head, body) = response.into_parts();
    // what knows its size is in memory
    let Ok(body) = to_bytes(body, bytes).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(tag) = HeaderValue::from_str(&tag(&body)) {
        head.headers.insert(ETAG, tag);
    }
    Response::from_parts(head, body.into())
}

/// A weak tag, because the body may be compressed on its way.
fn tag(body: &[u8]) -> String {
    let digest: String = Sha256::digest(body).iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{digest}\"")
}

/// Whether a list of tags names one, weak or strong; `*` names all.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    known.split(',').map(opaque).any(|known| known == "*" || known == opaque(tag))
}

fn not_modified(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    *response.headers_mut() = headers.clone();
    for of_the_body in [CONTENT_TYPE, CONTENT_LENGTH] {
        response.headers_mut().remove(of_the_body);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::{Router, body::Body, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn ask(known: Option<&str>) -> Response {
        let router = Router::new().route("/", get(async || "body")).layer(middleware::from_fn(answer));
        let request = Request::get("/");
        let request = known.into_iter().fold(request, |request, known| request.header(IF_NONE_MATCH, known));
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_known_is_not_sent_again() {
        let first = ask(None).await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        for known in [tag.clone(), format!("\"other\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".to_owned()]
        {
            let again = ask(Some(&known)).await;
            assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &first.headers()[ETAG]));
            assert!(to_bytes(again.into_body(), 1).await.unwrap().is_empty());
        }
        assert_eq!(ask(Some("W/\"other\"")).await.status(), StatusCode::OK);
    }
}
