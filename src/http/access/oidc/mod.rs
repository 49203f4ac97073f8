//! Bearer tokens of an OpenID Connect issuer: who sent one, if the issuer signed it for Plinth and its time has come and is
//! not over. Whether there is such a tenant and such a user is not known here.

mod claims;
mod keys;

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use tokio_util::sync::CancellationToken;

use self::{
    claims::{BadClaim, ClaimNames, Claims},
    keys::{IssuerKeys, SigningKey},
};
use super::Principal;
use crate::config::OidcConfig;

/// How far the clocks of Plinth and of the issuer may be apart.
const LEEWAY_SECONDS: u64 = 60;
/// How often the issuer is asked for its keys though nothing looks as if they had changed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(600);
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES: usize = 16 * 1024;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Not an address, or one that others could answer for.
    #[error("{0:?} is not an address with https")]
    Address(String),
    /// Tokens for anybody would be accepted.
    #[error("PLINTH_OIDC_AUDIENCE is needed with PLINTH_OIDC_ISSUER: without it tokens for other services would do")]
    NoAudience,
    /// The library that asks the issuer.
    #[error("the issuer cannot be asked")]
    Client(#[source] reqwest::Error),
}

/// Why a token does not do. Never says what stands in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// No token, or one that Plinth has no use for.
    #[error("it is not a JWT that names its key (kid) and is signed with RS256, PS256, ES256 or EdDSA")]
    Malformed,
    /// The issuer has no such key, or not any more.
    #[error("it is not signed with a key of the issuer {0}")]
    UnknownKey(String),
    /// Signed, but not good.
    #[error("{0}")]
    Refused(&'static str),
    /// A claim says nothing that can be used.
    #[error(transparent)]
    Claim(#[from] BadClaim),
    /// The issuer did not answer yet, so nobody can say.
    #[error("the keys of the issuer {0} could not be fetched")]
    NoKeys(String),
}

/// Believes one issuer.
pub struct Oidc {
    issuer: String,
    audience: String,
    names: ClaimNames,
    keys: IssuerKeys,
}

impl Oidc {
    /// Believes the issuer of a configuration, if it names one.
    pub fn new(config: &OidcConfig) -> Result<Option<Self>, OidcError> {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let Some(issuer) = named(&config.issuer) else { return Ok(None) };
        let audience = named(&config.audience).ok_or(OidcError::NoAudience)?;
        let names = ClaimNames {
            tenant: config.tenant_claim.clone(),
            user: config.user_claim.clone(),
            scope: config.scope_claim.clone(),
        };
        Ok(Some(Self { keys: IssuerKeys::new(&issuer)?, issuer, audience, names }))
    }

    /// Whom a token is for, as it says itself, if it can be believed.
    pub async fn principal(&self, token: &str, now: Instant) -> Result<Principal, BadToken> {
        if token.len() > TOKEN_BYTES {
            return Err(BadToken::Malformed);
        }
        let header = decode_header(token).map_err(|_| BadToken::Malformed)?;
        // RFC 7515: what must be understood and is not makes a token invalid
        let (Some(id), None) = (&header.kid, &header.crit) else { return Err(BadToken::Malformed) };
        let Some(key) = self.keys.find(id, now).await else {
            return Err(if self.keys.are_known() {
                BadToken::UnknownKey(self.issuer.clone())
            } else {
                BadToken::NoKeys(self.issuer.clone())
            });
        };
        let claims = self.claims(token, header.alg, &key)?;
        Ok(self.names.principal(&claims)?)
    }

    /// Keeps the keys fresh until told to stop.
    pub async fn keep_up(&self, shutdown: CancellationToken) {
        let refreshing = async {
            loop {
                self.keys.refresh(Instant::now()).await;
                tokio::time::sleep(REFRESH_INTERVAL).await;
            }
        };
        shutdown.run_until_cancelled(refreshing).await;
    }

    fn claims(&self, token: &str, algorithm: Algorithm, key: &SigningKey) -> Result<Claims, BadToken> {
        if !key.algorithms.contains(&algorithm) {
            return Err(BadToken::Malformed);
        }
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        decode(token, &key.key, &validation).map(|token| token.claims).map_err(|error| refused(error.kind()))
    }
}

fn refused(error: &ErrorKind) -> BadToken {
    BadToken::Refused(match error {
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            "its claims exp, iss and aud must be there, and exp and nbf be times"
        }
        _ => return BadToken::Malformed,
    })
}

#[cfg(test)]
mod tests;
