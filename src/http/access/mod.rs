//! Who asks: a principal, from the credential of a request. What is not allowed is refused here, by default everything.

mod caller;
mod credential;
mod oidc;
mod remembered;
mod same_origin;
mod session;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::request::Parts;
use chrono::Utc;
use plinth_events::{Refusal, RefusalCode, Scope, TenantId, UserId, secret_digest::SecretDigest};
use plinth_projections::{
    api_key::read::{self as api_key, Grant},
    user::read as user,
};
use tokio_util::sync::CancellationToken;

pub use self::{
    caller::{Caller, Needed, scope},
    oidc::Oidc,
    same_origin::{is_of_other_origin, is_same_origin},
    session::{NewSession, SESSION_COOKIE},
};
use self::{credential::Credential, oidc::BadToken, remembered::Remembered};
use super::problem::Problem;
use crate::log::{Database, LogError, web_session};

/// Whoever holds a credential.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Of which tenant.
    pub tenant: TenantId,
    /// As which user; none: a program of the tenant's, which says for whom it acts.
    pub user: Option<UserId>,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

impl Principal {
    /// Refuses what its credential does not allow.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let detail = format!("this needs a credential with the scope {scope}");
        Err(Refusal::new(RefusalCode::Forbidden, detail).fact("scope", scope.as_str()))
    }
}

/// Finds out who asks.
#[derive(Clone)]
pub struct Access {
    database: Database,
    remembered: Arc<Remembered>,
    oidc: Option<Arc<Oidc>>,
}

impl Access {
    /// With the credentials that a database knows, and tokens of an issuer if one is believed.
    pub fn new(database: Database, oidc: Option<Oidc>) -> Self {
        Self { database, remembered: Arc::default(), oidc: oidc.map(Arc::new) }
    }

    /// Who sent a request.
    pub async fn principal(&self, request: &Parts) -> Result<Principal, Problem> {
        let Some(credential) = Credential::of(request)? else {
            return Err(refused("send an API key as Authorization: Bearer plinth_…"));
        };
        let (mark, now) = (credential.mark(), Instant::now());
        if let Some(principal) = self.remembered.find(&mark, now) {
            return Ok(principal);
        }
        let (principal, valid) = match credential {
            Credential::ApiKey(key) => granted(self.key(key.digest()).await?),
            Credential::Session(session) => granted(self.session(session.digest()).await?),
            // it is looked at again long before the leeway for its own time is over
            Credential::Token(token) => (self.holder(token, now).await?, None),
        };
        self.remembered.keep(mark, &principal, now, valid);
        Ok(principal)
    }

    /// Keeps what the issuer says of its keys fresh until told to stop.
    pub async fn keep_up(&self, shutdown: CancellationToken) {
        if let Some(oidc) = &self.oidc {
            oidc.keep_up(shutdown).await;
        }
    }

    async fn key(&self, digest: SecretDigest) -> Result<Grant, Problem> {
        let grant = api_key::find(self.database.pool(), digest).await.map_err(LogError::from)?;
        grant.ok_or_else(|| {
            refused("the API key is not known, or was revoked, or has expired: `plinth key create` makes another one")
        })
    }

    async fn session(&self, digest: SecretDigest) -> Result<Grant, Problem> {
        let grant = web_session::find(self.database.pool(), digest).await?;
        grant.ok_or_else(|| refused("the session is over: log in again at /login"))
    }

    async fn holder(&self, token: &str, now: Instant) -> Result<Principal, Problem> {
        let Some(oidc) = &self.oidc else {
            return Err(refused("this is no API key, which is plinth_…, and no issuer of tokens is configured"));
        };
        let principal = oidc.principal(token, now).await.map_err(bad_token)?;
        let names =
            user::names(self.database.pool(), principal.tenant, principal.user).await.map_err(LogError::from)?;
        match names.and_then(|names| names.user) {
            Some(_) => Ok(principal),
            None => Err(refused("the token is for a tenant or a user that Plinth does not know, or not any more")),
        }
    }
}

/// Whoever has a grant, and how long it lasts by the clock of this machine.
fn granted(grant: Grant) -> (Principal, Option<Duration>) {
    let valid = grant.expires_at.map(|time| (time.utc() - Utc::now()).to_std().unwrap_or_default());
    (Principal { tenant: grant.tenant, user: grant.user, scopes: grant.scopes }, valid)
}

fn bad_token(error: BadToken) -> Problem {
    match error {
        BadToken::NoKeys(_) => Refusal::new(RefusalCode::Unavailable, error.to_string()).into(),
        error => refused(format!("the token is not accepted: {error}")),
    }
}

fn refused(detail: impl Into<String>) -> Problem {
    Refusal::new(RefusalCode::Unauthenticated, detail).into()
}
