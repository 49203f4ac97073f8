//! JSON that Plinth carries without looking inside: kept as the text it came as, bounded in size.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::{inline_schema::inline_schema, limits};

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $limit_bytes:expr, $too_large:literal, $is_object:literal, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<RawValue>);

        impl $name {
            /// The JSON text.
            pub fn as_str(&self) -> &str {
                self.0.get()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl TryFrom<Box<RawValue>> for $name {
            type Error = &'static str;

            fn try_from(raw: Box<RawValue>) -> Result<Self, &'static str> {
                if $is_object && !raw.get().starts_with('{') {
                    return Err("must be a JSON object");
                }
                if written_out_bytes(raw.get()) > $limit_bytes {
                    return Err($too_large);
                }
                Ok(Self(raw))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Box::<RawValue>::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
            }
        }

        inline_schema!($name, $schema);
    };
}

/// How long JSON is once exponents are written out, as Postgres does in `jsonb`: `1e300` becomes 301 digits. A small
/// text of such numbers would not fit into memory, or into a message, when it is read back.
fn written_out_bytes(json: &str) -> usize {
    let mut size = json.len();
    let (mut in_text, mut previous) = (false, b' ');
    for (place, byte) in json.bytes().enumerate() {
        match byte {
            b'\\' if previous == b'\\' => {
                previous = b' ';
                continue;
            }
            b'"' if previous != b'\\' => in_text = !in_text,
            // behind a digit it is no letter of true or false
            b'e' | b'E' if !in_text && previous.is_ascii_digit() => {
                size = size.saturating_add(exponent(&json[place + 1..]));
            }
            _ => {}
        }
        previous = byte;
    }
    size
}

/// The magnitude of the exponent at the front of a text.
fn exponent(text: &str) -> usize {
    let digits = text.trim_start_matches(['+', '-']).bytes().take_while(u8::is_ascii_digit);
    digits.fold(0, |magnitude: usize, digit| magnitude.saturating_mul(10).saturating_add(usize::from(digit - b'0')))
}

opaque!(
    /// The formula of a metric: a JSON object of at most 64 KiB.
    Formula, limits::FORMULA_BYTES, "must have at most 65536 bytes, with exponents of numbers written out", true,
    { "type": "object", "$comment": "at most 65536 bytes" }
);
opaque!(
    /// What configurations of widgets must be like: a JSON Schema (draft 2020-12) of at most 16 KiB.
    ConfigSchema, limits::CONFIG_SCHEMA_BYTES, "must have at most 16384 bytes, with exponents of numbers written out", true,
    { "type": "object", "$comment": "at most 16384 bytes" }
);
opaque!(
    /// A record that a formula is applied to: a JSON object.
    Record, limits::MESSAGE_BYTES, "must have at most 1048576 bytes, with exponents of numbers written out", true,
    { "type": "object", "$comment": "at most 1048576 bytes" }
);
opaque!(
    /// The payload or the result of a job: any JSON of at most 256 KiB.
    Payload, limits::PAYLOAD_BYTES, "must have at most 262144 bytes, with exponents of numbers written out", false,
    { "$comment": "any JSON of at most 262144 bytes" }
);
opaque!(
    /// How far an attempt of a job came, for the next one to go on from: any JSON of at most 16 KiB.
    Checkpoint, limits::CHECKPOINT_BYTES, "must have at most 16384 bytes, with exponents of numbers written out", false,
    { "$comment": "any JSON of at most 16384 bytes" }
);
opaque!(
    /// What a program may want to know about an error: any JSON of at most 16 KiB.
    ErrorDetails, limits::CHECKPOINT_BYTES, "must have at most 16384 bytes, with exponents of numbers written out", false,
    { "$comment": "any JSON of at most 16384 bytes" }
);
opaque!(
    /// JSON as a table has it: in the form that Postgres gives it, which can be longer than what was accepted.
    StoredJson, usize::MAX, "must be smaller", false,
    { "description": "any JSON" }
);

/// Reads opaque JSON inside of a type that serde buffers to find its tag. No text is left there: a number comes out as
/// serde_json writes it.
pub(crate) fn buffered<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<Box<RawValue>, Error: std::fmt::Display>,
{
    let text = to_raw_value(&Value::deserialize(deserializer)?).map_err(de::Error::custom)?;
    text.try_into().map(Some).map_err(de::Error::custom)
}

impl From<Payload> for StoredJson {
    fn from(payload: Payload) -> Self {
        Self(payload.0)
    }
}

/// The configuration of a widget, or a merge patch (RFC 7396) of one: a JSON object of at most 16 KiB.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Config(pub Map<String, Value>);

impl Config {
    /// Its size as compact JSON with exponents written out, in bytes.
    pub fn size_bytes(&self) -> usize {
        serde_json::to_string(&self.0).map_or(0, |text| written_out_bytes(&text))
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = Self(Map::deserialize(deserializer)?);
        if config.size_bytes() > limits::CONFIG_BYTES {
            return Err(de::Error::custom("must have at most 16384 bytes, with exponents of numbers written out"));
        }
        Ok(config)
    }
}

inline_schema!(Config, { "type": "object", "$comment": "at most 16384 bytes" });

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn opaque_json_is_kept_as_it_came() {
        let text = r#"{ "b": 1.10, "a": 123456789012345678901234567890 }"#;
        let payload: Payload = serde_json::from_str(text).unwrap();
        assert_eq!(payload.as_str(), text);
        assert_eq!(serde_json::to_string(&payload).unwrap(), text);
    }

    #[test]
    fn a_payload_is_any_json() {
        for text in ["null", "true", "1", r#""text""#, "[]", "{}"] {
            assert_eq!(serde_json::from_str::<Payload>(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_formula_and_a_configuration_are_objects() {
        for text in ["null", "true", "1", r#""text""#, "[]"] {
            assert!(serde_json::from_str::<Formula>(text).is_err(), "{text}");
            assert!(serde_json::from_str::<Config>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_end_at_their_limits() {
        let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
        let object = |bytes: usize| format!("{{\"a\":{}}}", text(bytes - 6));
        assert!(serde_json::from_str::<Payload>(&text(limits::PAYLOAD_BYTES)).is_ok());
        assert!(serde_json::from_str::<Payload>(&text(limits::PAYLOAD_BYTES + 1)).is_err());
        assert!(serde_json::from_str::<Formula>(&object(limits::FORMULA_BYTES)).is_ok());
        assert!(serde_json::from_str::<Formula>(&object(limits::FORMULA_BYTES + 1)).is_err());
        assert!(serde_json::from_str::<Config>(&object(limits::CONFIG_BYTES)).is_ok());
        assert!(serde_json::from_str::<Config>(&object(limits::CONFIG_BYTES + 1)).is_err());
    }

    #[test]
    fn exponents_count_as_what_they_become() {
        assert_eq!(written_out_bytes("[1e300, -2.5E-7]"), 16 + 300 + 7);
        let text = r#"{"5e9": "1e9 \\\" 1e9", "a\\\\": true, "b": false}"#;
        assert_eq!(written_out_bytes(text), text.len());
        let numbers = |exponent: u32| serde_json::from_str::<Payload>(&format!("[1e{exponent},1e-{exponent}]"));
        assert!(numbers(300).is_ok());
        assert!(serde_json::from_str::<Payload>(&format!("[{}1]", "1e308,".repeat(1_000))).is_err());
        assert!(serde_json::from_str::<Payload>("1e-99999999999999999999999").is_err());
    }

    #[test]
    fn messages_name_the_limits() {
        let message = |json: String| serde_json::from_str::<Payload>(&json).unwrap_err().to_string();
        let too_large = message(format!("\"{}\"", "a".repeat(limits::PAYLOAD_BYTES)));
        assert!(too_large.contains(&limits::PAYLOAD_BYTES.to_string()), "{too_large}");
    }
}
