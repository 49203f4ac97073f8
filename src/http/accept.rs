//! What those who ask say that they can read.

use axum::http::{HeaderMap, header::ACCEPT};

/// Whether a request names a kind of content, such as `text/html`. Who takes anything names none.
pub fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let accepted = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|named| named.trim().starts_with(kind))
}
