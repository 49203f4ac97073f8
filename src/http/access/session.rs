//! Sessions of browsers: opened with an API key or by a link that does so once, closed when their person leaves.

use std::time::Duration;

use axum::http::HeaderMap;
use chrono::Utc;
use plinth_events::secret_digest::SecretDigest;
use plinth_projections::api_key::read as api_key;

use super::{
    Access,
    credential::{Credential, session},
};
use crate::{
    log::{LogError, web_session},
    secret_token::SecretToken,
};

/// The cookie that holds the session.
pub const SESSION_COOKIE: &str = "plinth_session";
/// How long a session lasts, unless its key ends before.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// A session, for the browser that is to have it.
pub struct NewSession {
    /// Its secret.
    pub token: SecretToken,
    /// How long it lasts.
    pub lifetime: Duration,
}

impl Access {
    /// Opens a session with an API key; none: the key is of no use.
    pub async fn log_in(&self, key: &SecretToken) -> Result<Option<NewSession>, LogError> {
        self.open(key.digest()).await
    }

    /// Opens a session by a link, which is used up; none: there is no such link, or not any more.
    pub async fn redeem(&self, link: &SecretToken) -> Result<Option<NewSession>, LogError> {
        match web_session::redeem_link(self.database.pool(), link.digest()).await? {
            Some(key) => self.open(key).await,
            None => Ok(None),
        }
    }

    /// Closes the session of a browser, if it has one.
    pub async fn log_out(&self, headers: &HeaderMap) -> Result<(), LogError> {
        let Some(session) = session(headers) else { return Ok(()) };
        web_session::close(self.database.pool(), session.digest()).await?;
        self.remembered.forget(&Credential::Session(session).mark());
        Ok(())
    }

    async fn open(&self, key: SecretDigest) -> Result<Option<NewSession>, LogError> {
        let Some(grant) = api_key::find(self.database.pool(), key).await? else { return Ok(None) };
        let left = grant.expires_at.map(|time| (time.utc() - Utc::now()).to_std().unwrap_or_default());
        let lifetime = left.map_or(LIFETIME, |left| left.min(LIFETIME));
        let token = SecretToken::mint();
        web_session::open(self.database.pool(), key, token.digest(), lifetime).await?;
        Ok(Some(NewSession { token, lifetime }))
    }
}
