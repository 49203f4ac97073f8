//! Versions of metrics and layouts in `ETag` and `If-Match`. Whether a version is the current one is decided with the command;
//! what becomes of `If-None-Match` is decided for all answers alike.

use std::fmt::Display;

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_TYPE, ETAG, IF_MATCH},
    },
    response::{IntoResponse, Response},
};
use plinth_events::{Refusal, RefusalCode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use crate::http::problem::Problem;

/// Of how many bytes the digest in an ETag is.
const DIGEST_BYTES: usize = 12;

/// An answer with an ETag that begins with the version that changes are made against, such as `"3-9f86d081884c7d659a2feaa0"`.
pub fn versioned(version: impl Display, answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(answer)?;
    let digest: String = Sha256::digest(&body).iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    let tag = HeaderValue::try_from(format!("\"{version}-{digest}\"")).ok();
    response.headers_mut().extend(tag.map(|tag| (ETAG, tag)));
    Ok(response)
}

/// `If-Match` in the documentation of a command.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "the header is read by `if_match`")]
pub struct IfMatch {
    /// The `ETag` of what was read: the command is carried out only if that is still the version, else the answer is 412.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
}

/// The version that must be the current one, if the request says so.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let mut tags = headers.get_all(IF_MATCH).iter();
    match (tags.next(), tags.next()) {
        (None, _) => Ok(None),
        (Some(tag), None) => version(tag).map(Some).ok_or_else(bad_tag),
        (Some(_), Some(_)) => Err(bad_tag()),
    }
}

/// The version that a tag begins with. The digest does not count, and neither does it matter if what compresses answers made
/// the tag a weak one: the version alone says whether anything is overwritten.
fn version(tag: &HeaderValue) -> Option<u64> {
    let tag = tag.to_str().ok()?.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    let (version, digest) = tag.split_once('-').unwrap_or((tag, ""));
    let is_tag = version.bytes().chain(digest.bytes()).all(|byte| byte.is_ascii_alphanumeric());
    version.parse().ok().filter(|_| is_tag)
}

fn bad_tag() -> Refusal {
    let detail = r#"header If-Match must be the ETag of one answer, such as "3-9f86d081884c7d659a2feaa0", or "3""#;
    Refusal::new(RefusalCode::BadHeader, detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tag_says_which_version_must_be_current() {
        let expected = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| (IF_MATCH, HeaderValue::from_str(tag).unwrap()));
            if_match(&tags.collect())
        };
        assert_eq!(expected(&[]), Ok(None));
        for tag in ["\"3\"", "\"3-9f86d081\"", "W/\"3-9f86d081\""] {
            assert_eq!(expected(&[tag]), Ok(Some(3)), "{tag}");
        }
        for tags in [&["3"][..], &["*"], &["\"\""], &["\"x\""], &["\"3\", \"4\""], &["\"3\"", "\"4\""], &["\"-1\""]] {
            assert_eq!(expected(tags).unwrap_err().code, RefusalCode::BadHeader, "{tags:?}");
        }
    }

    #[test]
    fn the_tag_of_an_answer_begins_with_the_version_and_differs_with_the_answer() {
        let tag = |version: u32, answer: &str| versioned(version, &answer).unwrap().headers()[ETAG].clone();
        assert!(tag(3, "a").to_str().unwrap().starts_with("\"3-"));
        assert_eq!(if_match(&HeaderMap::from_iter([(IF_MATCH, tag(3, "a"))])), Ok(Some(3)));
        assert_eq!(tag(3, "a"), tag(3, "a"));
        assert_ne!(tag(3, "a"), tag(3, "b"));
    }
}
