//! JSON that Plinth carries without looking inside: kept as the text it came as, bounded in size.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value, value::RawValue};

use crate::limits;

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
                if raw.get().len() > $limit_bytes {
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

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

opaque!(
    /// The formula of a metric: a JSON object of at most 64 KiB.
    Formula, limits::FORMULA_BYTES, "must have at most 65536 bytes", true,
    { "type": "object", "description": "a formula: at most 65536 bytes of JSON" }
);
opaque!(
    /// The payload or the result of a job: any JSON of at most 256 KiB.
    Payload, limits::PAYLOAD_BYTES, "must have at most 262144 bytes", false,
    { "description": "any JSON of at most 262144 bytes" }
);

/// The configuration of a widget, or a merge patch (RFC 7396) of one: a JSON object of at most 16 KiB.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Config(pub Map<String, Value>);

impl Config {
    /// Its size as compact JSON, in bytes.
    pub fn size_bytes(&self) -> usize {
        serde_json::to_string(&self.0).map_or(0, |text| text.len())
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = Self(Map::deserialize(deserializer)?);
        if config.size_bytes() > limits::CONFIG_BYTES {
            return Err(de::Error::custom("must have at most 16384 bytes"));
        }
        Ok(config)
    }
}

impl JsonSchema for Config {
    fn schema_name() -> Cow<'static, str> {
        "Config".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "description": "at most 16384 bytes of JSON" })
    }
}
