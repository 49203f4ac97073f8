//! Secrets that are minted here and shown once: API keys, sessions of browsers, links that log in. What Plinth keeps of one
//! is its digest.

use std::{fmt, ops::RangeInclusive};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use plinth_events::secret_digest::SecretDigest;
use sha2::{Digest, Sha256};

/// By which people, and programs that look for leaks, know it.
pub const PREFIX: &str = "plinth_";
const SECRET_BYTES: usize = 32;
/// Behind the prefix: what 32 bytes make, and what others may mint who trust in more.
const SECRET_CHARS: RangeInclusive<usize> = 43..=128;

/// A secret: the prefix and at least 256 random bits in characters that can stand in a URL. Never printed but by [`SecretToken::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken(String);

impl SecretToken {
    /// A new one.
    pub fn mint() -> Self {
        let secret: [u8; SECRET_BYTES] = rand::random();
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(secret)))
    }

    /// The secret that somebody shows, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(PREFIX)?;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_secret = SECRET_CHARS.contains(&secret.len()) && secret.bytes().all(is_allowed);
        is_secret.then(|| Self(text.to_owned()))
    }

    /// By which it is known: the SHA-256 of the whole text.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest(Sha256::digest(&self.0).into())
    }

    /// The text, for the one who is to have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_minted_and_no_two_are_the_same() {
        let token = SecretToken::mint();
        assert_eq!(token.reveal().len(), PREFIX.len() + 43);
        assert_eq!(SecretToken::parse(token.reveal()), Some(token.clone()));
        assert_ne!(token.digest(), SecretToken::mint().digest());
    }

    #[test]
    fn a_digest_is_what_sha256sum_says_of_the_text() {
        let token = SecretToken::parse(&format!("{PREFIX}{}", "A".repeat(43)));
        let digest = "812da15d1a1959853858f97a09d1a627027e1d1cabfe872b534dc45befa6534d";
        assert_eq!(token.map(|token| token.digest().to_string()).as_deref(), Some(digest));
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        let secret = "A".repeat(43);
        let with_prefix = |secret: &str| format!("{PREFIX}{secret}");
        let (short, long) = (with_prefix(&secret[1..]), with_prefix(&"A".repeat(129)));
        let (other, strange) = (format!("other_{secret}"), with_prefix(&secret.replacen('A', "+", 1)));
        for text in ["", PREFIX, &secret, &short, &long, &other, &strange] {
            assert_eq!(SecretToken::parse(text), None, "{text}");
        }
        assert!(SecretToken::parse(&with_prefix(&"_".repeat(128))).is_some());
    }

    #[test]
    fn a_token_is_not_told_by_accident() {
        assert_eq!(format!("{:?}", SecretToken::mint()), "SecretToken(..)");
    }
}
