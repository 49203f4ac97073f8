//! The secrets that requests are signed with, by name, and the signature of Standard Webhooks.

use std::{collections::HashMap, fmt, fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use plinth_events::names::SecretName;
use sha2::Sha256;

/// How a secret is written, as Standard Webhooks has it.
const PREFIX: &str = "whsec_";
/// Shortest key, and longest.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A file of secrets that cannot be used. Says no secret.
#[derive(Debug, thiserror::Error)]
pub enum BadSecrets {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is no JSON object of texts. What the parser says may hold a part of a secret.
    #[error("it must be a JSON object of names, which match ^[a-z][a-z0-9_]{{0,62}}$, and secrets")]
    Malformed,
    /// One of them is no secret.
    #[error("secret {0} must be whsec_ and the Base64 of 24 to 64 bytes")]
    Secret(SecretName),
}

/// A key.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// Keys by their names.
#[derive(Debug, Clone, Default)]
pub struct Secrets(HashMap<SecretName, Secret>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secrets {
    /// Those in a file: a JSON object such as `{"billing": "whsec_…"}`.
    pub fn read(path: &Path) -> Result<Self, BadSecrets> {
        let text = fs::read_to_string(path)?;
        let named: HashMap<SecretName, String> = serde_json::from_str(&text).map_err(|_| BadSecrets::Malformed)?;
        let parse = |(name, text): (SecretName, String)| match Secret::parse(&text) {
            Some(secret) => Ok((name, secret)),
            None => Err(BadSecrets::Secret(name)),
        };
        named.into_iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// The secret of a name.
    pub fn get(&self, name: &SecretName) -> Option<&Secret> {
        self.0.get(name)
    }
}

impl Secret {
    fn parse(text: &str) -> Option<Self> {
        let key = BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let key = KEY_BYTES.contains(&key.len()).then_some(key)?;
        Some(Self(Hmac::new_from_slice(&key).ok()?))
    }

    /// The value of the header `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The example of the specification's libraries.
    const EXAMPLE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = Secret::parse(EXAMPLE).unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_told() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
        assert_eq!(format!("{:?}", Secret::parse(EXAMPLE).unwrap()), "Secret(..)");
    }

    #[test]
    fn a_file_of_secrets_is_read_whole_or_not_at_all() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |text: &str| {
            fs::write(file.path(), text).unwrap();
            Secrets::read(file.path()).map(|secrets| secrets.0.len()).map_err(|error| error.to_string())
        };
        assert_eq!(read(&format!(r#"{{"billing": "{EXAMPLE}"}}"#)), Ok(1));
        let both = read(&format!(r#"{{"billing": "{EXAMPLE}", "images": "hunter2"}}"#)).unwrap_err();
        assert_eq!(both, "secret images must be whsec_ and the Base64 of 24 to 64 bytes");
        for text in ["", "[]", r#"{"Billing": "x"}"#, r#"{"billing": 7}"#] {
            assert!(read(text).unwrap_err().starts_with("it must be a JSON object"), "{text}");
        }
    }
}
