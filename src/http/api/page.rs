//! Pages of a list: a link to the next one (RFC 8288), and the place where it begins as one opaque parameter.

use std::fmt;

use axum::{
    Json,
    http::{HeaderValue, Uri, header::LINK},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use serde::{Deserialize, Deserializer, Serialize, de, de::DeserializeOwned};

/// A place in a list as a parameter. It comes from a link, and nobody else makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<T>(pub T);

impl<T: Serialize> fmt::Display for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(place))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Cursor<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = BASE64_URL_SAFE_NO_PAD.decode(String::deserialize(deserializer)?).ok();
        let place = place.and_then(|place| serde_json::from_slice(&place).ok());
        place.map(Self).ok_or_else(|| de::Error::custom("must be as the link to a next page has it"))
    }
}

/// A page of the list at an address, with a link to the next page if there is one: the same address with a parameter that
/// says where it begins.
pub fn page(address: &Uri, parameter: &str, next: Option<impl fmt::Display>, page: &impl Serialize) -> Response {
    let mut response = Json(page).into_response();
    if let Some(next) = next.map(|next| link(address, parameter, &next.to_string())) {
        response.headers_mut().extend(HeaderValue::try_from(next).ok().map(|next| (LINK, next)));
    }
    response
}

fn link(address: &Uri, parameter: &str, next: &str) -> String {
    let others = form_urlencoded::parse(address.query().unwrap_or_default().as_bytes());
    let others = others.filter(|(name, _)| name != parameter);
    let query = Serializer::new(String::new()).extend_pairs(others).append_pair(parameter, next).finish();
    format!("<{}?{query}>; rel=\"next\"", address.path())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::query::job::JobPlace;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let place: JobPlace = serde_json::from_value(json!({
            "createdAt": "2026-03-01T00:00:00Z", "jobId": "01a20510-35f8-76f7-973b-50a1970eccd4",
        }))
        .unwrap();
        let cursor = Cursor(place);
        assert_eq!(serde_json::from_value::<Cursor<JobPlace>>(json!(cursor.to_string())).unwrap(), cursor);
        for text in ["", "x", "e30", "eyJqb2JJZCI6MX0="] {
            assert!(serde_json::from_value::<Cursor<JobPlace>>(json!(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn the_link_keeps_the_other_parameters() {
        let address = "/api/jobs?after=x&type=sync%20all&limit=2".parse().unwrap();
        let expected = r#"</api/jobs?type=sync+all&limit=2&after=a%2Bb>; rel="next""#;
        assert_eq!(link(&address, "after", "a+b"), expected);
        assert_eq!(link(&"/api/jobs".parse().unwrap(), "after", "1"), r#"</api/jobs?after=1>; rel="next""#);
    }
}
