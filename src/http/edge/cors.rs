//! Scripts of other origins: those that the configuration names may use the API, with a key. Cookies are never theirs.

use std::{str::FromStr, time::Duration};

use axum::http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LINK, RETRY_AFTER},
};
use plinth_events::envelope::header;
use reqwest::Url;
use tower_http::cors::CorsLayer;

use crate::http::api::command::IDEMPOTENCY_KEY;

/// How long a browser may remember what is allowed.
const MAX_AGE: Duration = Duration::from_secs(3_600);
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// An origin, such as `https://app.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Text that is not an origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin such as https://app.example.com, without a path and in lower case")]
pub struct NotAnOrigin(String);

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let not_an_origin = || NotAnOrigin(text.to_owned());
        let url = Url::parse(text).map_err(|_| not_an_origin())?;
        // what a browser sends
        let origin = url.origin().ascii_serialization();
        let value = HeaderValue::from_str(text).ok().filter(|_| origin == text && url.has_host());
        value.map(Self).ok_or_else(not_an_origin)
    }
}

/// What tells browsers about these origins; nothing when there are none.
pub fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    let layer = || {
        CorsLayer::new()
            .allow_origin(origins.iter().map(|Origin(value)| value.clone()).collect::<Vec<_>>())
            .allow_methods(METHODS)
            .allow_headers(sent())
            .expose_headers([ETAG, LINK, RETRY_AFTER])
            .max_age(MAX_AGE)
    };
    (!origins.is_empty()).then(layer)
}

/// The headers of requests that the API reads.
fn sent() -> Vec<HeaderName> {
    let ours = [
        IDEMPOTENCY_KEY,
        header::ACTOR,
        header::CORRELATION_ID,
        header::CAUSATION_ID,
        header::TRACEPARENT,
        "Last-Event-ID",
    ];
    let ours = ours.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    ours.chain([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for origin in ["https://app.example.com", "http://localhost:5173"] {
            assert_eq!(origin.parse::<Origin>().unwrap().0, origin);
        }
        for other in ["*", "null", "app.example.com", "https://a.example/", "https://a.example:443", "file:///a"] {
            assert_eq!(other.parse::<Origin>(), Err(NotAnOrigin(other.to_owned())));
        }
    }

    #[test]
    fn without_origins_browsers_are_told_nothing() {
        assert!(layer(&[]).is_none());
    }

    #[test]
    fn all_headers_that_the_api_reads_may_be_sent() {
        assert_eq!(sent().len(), 10);
    }
}
