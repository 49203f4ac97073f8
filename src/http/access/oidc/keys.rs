//! The keys that an issuer signs with: found by its discovery document, kept, and fetched again when they may have changed.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Mutex;

use super::OidcError;

/// How long an answer of the issuer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 256 * 1024;
/// Most keys that are kept.
const KEYS: usize = 64;
/// Shortest time between two looks at the issuer. Whoever sends tokens with invented keys makes Plinth ask no more often.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);
/// Below the address of an issuer (OpenID Connect Discovery 1.0).
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A key, and what may be signed with it.
pub struct SigningKey {
    /// What a token may say that it is signed by. Never the token decides alone: a public key is not to be taken for the
    /// secret of an HMAC.
    pub algorithms: Vec<Algorithm>,
    /// The public half.
    pub key: DecodingKey,
}

/// The keys of one issuer.
pub struct IssuerKeys {
    client: Client,
    issuer: String,
    known: RwLock<HashMap<String, Arc<SigningKey>>>,
    /// When the issuer was last asked. Held while it is.
    asked: Mutex<Option<Instant>>,
}

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer is larger than {ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("the answer is not what was asked for: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("its discovery document is that of {0}")]
    OtherIssuer(String),
    #[error("its keys are at no address that may be asked: {0}")]
    Address(#[from] OidcError),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl IssuerKeys {
    /// Of an issuer that was not asked yet.
    pub fn new(issuer: &str) -> Result<Self, OidcError> {
        let builder = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        // one on this machine needs neither certificates nor a proxy
        let is_local = address(issuer)?.scheme() == "http";
        let builder = if is_local { builder.tls_certs_only([]).no_proxy() } else { builder };
        Ok(Self {
            client: builder.build().map_err(OidcError::Client)?,
            issuer: issuer.to_owned(),
            known: RwLock::default(),
            asked: Mutex::default(),
        })
    }

    /// The key of an id. An id that is not known makes the issuer be asked, which may have changed its keys.
    pub async fn find(&self, id: &str, now: Instant) -> Option<Arc<SigningKey>> {
        if let Some(key) = self.known(id) {
            return Some(key);
        }
        self.refresh(now).await;
        self.known(id)
    }

    /// Whether any key is known: as long as none is, nothing can be said about a token.
    pub fn are_known(&self) -> bool {
        !self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Asks the issuer, unless that was just done. If it does not answer, what is known stays.
    pub async fn refresh(&self, now: Instant) {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|asked| now.saturating_duration_since(asked) < REFRESH_PAUSE) {
            return;
        }
        *asked = Some(now);
        match self.fetch().await {
            Ok(keys) => *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(error) => {
                tracing::warn!(issuer = self.issuer, error = ?error, "the keys of the OIDC issuer could not be fetched");
            }
        }
    }

    fn known(&self, id: &str) -> Option<Arc<SigningKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<SigningKey>>, FetchError> {
        let discovery = address(&format!("{}{DISCOVERY}", self.issuer.trim_end_matches('/')))?;
        let discovery: Discovery = self.get(discovery).await?;
        if discovery.issuer != self.issuer {
            return Err(FetchError::OtherIssuer(discovery.issuer));
        }
        let set: KeySet = self.get(address(&discovery.jwks_uri)?).await?;
        Ok(set.keys.into_iter().take(KEYS).filter_map(signing_key).collect())
    }

    async fn get<T: DeserializeOwned>(&self, address: Url) -> Result<T, FetchError> {
        let mut response = self.client.get(address).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// An address from which keys may come: whoever could change them on the way could sign as anybody.
fn address(text: &str) -> Result<Url, OidcError> {
    let url = Url::parse(text).map_err(|_| OidcError::Address(text.to_owned()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(OidcError::Address(text.to_owned())),
    }
}

/// A key of the set by its id; none: it has no id, is of a kind that is not used, or for encryption.
fn signing_key(value: Value) -> Option<(String, Arc<SigningKey>)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let mut algorithms = algorithms(&jwk.algorithm);
    if let Some(named) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| Algorithm::try_from(named) == Ok(*algorithm));
    }
    if algorithms.is_empty() {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some((jwk.common.key_id?, Arc::new(SigningKey { algorithms, key })))
}

/// What can be signed with a key of a kind. None with a secret: those are never public.
fn algorithms(kind: &AlgorithmParameters) -> Vec<Algorithm> {
    match kind {
        AlgorithmParameters::RSA(_) => vec![Algorithm::RS256, Algorithm::PS256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_by_https_or_from_this_machine() {
        for good in
            ["https://login.example.com/realm", "http://127.0.0.1:8081", "http://[::1]:80", "http://localhost/x"]
        {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["", "login.example.com", "http://login.example.com", "http://10.0.0.1", "file:///etc/passwd"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
