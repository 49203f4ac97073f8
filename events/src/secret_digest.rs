//! The digest of a secret: what is known of an API key to everybody but its holder.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::inline_schema::inline_schema;

/// The form of a digest.
pub const DIGEST_PATTERN: &str = "^[0-9a-f]{64}$";

/// The SHA-256 of a secret of 256 random bits, which cannot be found from it. Written as 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretDigest(pub [u8; 32]);

/// Text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must match ^[0-9a-f]{{64}}$, a SHA-256 in lower case")]
pub struct NotADigest;

impl fmt::Display for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for SecretDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        // one text for one digest
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotADigest);
        }
        let mut digest = [0; 32];
        hex::decode_to_slice(text, &mut digest).map_err(|_| NotADigest)?;
        Ok(Self(digest))
    }
}

impl Serialize for SecretDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

inline_schema!(SecretDigest, { "type": "string", "pattern": DIGEST_PATTERN });

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digests_are_what_their_pattern_says(text in DIGEST_PATTERN.trim_matches(['^', '$'])) {
            let digest: SecretDigest = text.parse().unwrap();
            prop_assert_eq!(digest.to_string(), text);
        }
    }

    #[test]
    fn a_digest_has_one_form() {
        let digest = "ab".repeat(32);
        for text in ["", &digest[1..], &format!("{digest}0"), &digest.to_uppercase(), &digest.replace('a', "g")] {
            assert_eq!(text.parse::<SecretDigest>(), Err(NotADigest), "{text}");
        }
    }
}
