//! What the path and the query string of a request say, parsed. What is not as it should be is refused by its name.

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use plinth_events::{Refusal, RefusalCode};
use serde::{Deserialize, Deserializer, de};

use crate::http::{problem::Problem, site::Site};

/// Most rows of a page.
const PAGE_ROWS: u32 = 1_000;

/// The query string, as a type that denies unknown fields.
pub struct Parameters<T>(pub T);

/// The query string of what takes no parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: de::DeserializeOwned> FromRequestParts<Site> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, _site: &Site) -> Result<Self, Problem> {
        Ok(Self(query_string(request.uri.query().unwrap_or_default())?))
    }
}

/// What stands in the path in place of the one name in the route.
pub struct InPath<T>(pub T);

impl<T: FromStr<Err: Display>> FromRequestParts<Site> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let nothing = |why: &dyn Display| Refusal::new(RefusalCode::UnknownPath, why.to_string());
        let values = RawPathParams::from_request_parts(request, site).await.map_err(|error| nothing(&error))?;
        let (name, value) = values.iter().next().ok_or_else(|| nothing(&"the path names nothing"))?;
        Ok(Self(value.parse().map_err(|error: T::Err| bad_value(name, &error.to_string()))?))
    }
}

/// How many rows a page has at most: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub u32);

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = String::deserialize(deserializer)?.parse().ok().filter(|rows| (1..=PAGE_ROWS).contains(rows));
        rows.map(Self).ok_or_else(|| de::Error::custom(format_args!("must be a number from 1 to {PAGE_ROWS}")))
    }
}

/// Reads a parameter whose text is not that of its JSON: for `deserialize_with`, beside `default`.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    required(deserializer).map(Some)
}

/// The same of a parameter that must be there: for `deserialize_with` alone.
pub fn required<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn query_string<T: de::DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let message = error.inner().to_string();
        // serde has only words for what is wrong with names
        match message.split_once(" field ") {
            Some(("unknown" | "duplicate" | "missing", _)) => bad_names(&message),
            _ => bad_value(&error.path().to_string(), &message),
        }
    })
}

fn bad_names(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, format!("query string: {}", message.replace(" field", " parameter")))
}

fn bad_value(name: &str, message: &str) -> Refusal {
    Refusal::new(RefusalCode::InvalidValue, format!("{name}: {message}")).fact("parameter", name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::{query::KnownAt, time::Moment};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Question {
        as_of: Option<Moment>,
        #[serde(default, deserialize_with = "parsed")]
        known_at: Option<KnownAt>,
        limit: Option<Limit>,
    }

    fn refusal(text: &str) -> (u16, String) {
        let refusal = query_string::<Question>(text).unwrap_err();
        (refusal.status, refusal.detail)
    }

    #[test]
    fn a_query_string_is_parsed_as_the_parameters_say() {
        let question: Question = query_string("knownAt=36&asOf=2026-03-01T00%3A00%3A00%2B01%3A00&limit=10").unwrap();
        assert_eq!(question.known_at, Some(KnownAt::Position(36)));
        assert_eq!(question.as_of.unwrap().to_string(), "2026-02-28T23:00:00Z");
        assert_eq!(question.limit, Some(Limit(10)));
        assert!(query_string::<Question>("").unwrap().known_at.is_none());
    }

    #[test]
    fn what_is_wrong_with_a_query_string_is_said_by_name() {
        let rule = "must be an RFC 3339 time with an offset, such as 2026-03-01T00:00:00Z";
        assert_eq!(refusal("asOf=yesterday"), (422, format!("asOf: {rule}")));
        assert_eq!(refusal("asOf="), (422, format!("asOf: {rule}")));
        assert_eq!(refusal("limit=0"), (422, "limit: must be a number from 1 to 1000".to_owned()));
        let known = "`asOf`, `knownAt`, `limit`";
        let unknown = format!("query string: unknown parameter `asof`, expected one of {known}");
        assert_eq!(refusal("asof=1"), (400, unknown));
        assert_eq!(refusal("limit=1&limit=2"), (400, "query string: duplicate parameter `limit`".to_owned()));
    }

    #[test]
    fn a_parameter_where_there_are_none_is_refused() {
        assert!(query_string::<Nothing>("").is_ok());
        let refusal = query_string::<Nothing>("limit=1").unwrap_err();
        assert_eq!(refusal.detail, "query string: unknown parameter `limit`, there are no parameters");
    }
}
