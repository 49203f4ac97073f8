//! What the addresses of the pages ask for, and times as fields of forms have them. An empty field asks for nothing.

use plinth_events::{Refusal, RefusalCode, query::KnownAt, time::Moment};
use plinth_web::metrics::Asked;
use serde::{Deserialize, Deserializer, de};

use crate::http::pages::field_time::moment;

/// As of when, and as known when.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Times {
    #[serde(deserialize_with = "time")]
    as_of: Option<Moment>,
    #[serde(deserialize_with = "known")]
    known_at: Option<KnownAt>,
}

impl From<Times> for Asked {
    fn from(Times { as_of, known_at }: Times) -> Self {
        Self { as_of, known_at }
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    moment(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<KnownAt>, D::Error> {
    let text = String::deserialize(deserializer)?;
    (!text.is_empty()).then(|| text.parse()).transpose().map_err(de::Error::custom)
}

/// The time in a field of a command, or what is wrong with it there.
pub fn field_time(text: &str, pointer: &str) -> Result<Option<Moment>, Refusal> {
    moment(text).map_err(|error| Refusal::new(RefusalCode::InvalidValue, error.to_string()).at(pointer))
}
