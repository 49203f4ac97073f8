//! The API key of `plinth dev`: Ada's, with all scopes. It is kept in the data folder, so that shells and scripts that have it
//! go on with it after the next start.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use anyhow::Context as _;
use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{
    ApiKeyId, Command, Scope, TenantId, UserId, command::api_key::CreateApiKey, envelope::Origin,
    secret_digest::SecretDigest,
};
use plinth_projections::api_key::read as api_key;
use plinth_web::routes;
use uuid::Uuid;

use super::demo;
use crate::{
    log::{Database, web_session},
    secret_token::SecretToken,
};

/// How long a link logs in, if it is not used.
pub const LINK_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How somebody gets in as Ada.
pub struct WaysIn {
    /// Her API key.
    pub key: SecretToken,
    /// A path that logs a browser in, once.
    pub login_path: String,
}

/// The ways in of this run; none: the demo tenant or Ada was deleted.
pub async fn ways_in(data: &Path, database: &Database, client: &Client) -> anyhow::Result<Option<WaysIn>> {
    let Some(key) = key(data, database, client).await? else { return Ok(None) };
    let link = SecretToken::mint();
    web_session::create_link(database.pool(), key.digest(), link.digest(), LINK_LIFETIME).await?;
    Ok(Some(WaysIn { login_path: format!("{}/{}", routes::SIGN_IN, link.reveal()), key }))
}

/// The key of the last run if it is still of use, else a new one.
async fn key(data: &Path, database: &Database, client: &Client) -> anyhow::Result<Option<SecretToken>> {
    let path = data.join("api-key");
    let kept = fs::read_to_string(&path).ok().and_then(|text| SecretToken::parse(text.trim()));
    if let Some(kept) = kept
        && is_of_use(database, kept.digest()).await?
    {
        return Ok(Some(kept));
    }
    let key = SecretToken::mint();
    match client.send(TenantId(demo::TENANT), &create(&key)?, &as_ada()).await {
        Ok(_) => {}
        Err(SendError::Refused { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    writeln!(file, "{}", key.reveal()).with_context(|| format!("the API key cannot be kept in {}", path.display()))?;
    Ok(Some(key))
}

/// Not if it was revoked, is of another database, or was made before there were all the scopes of today.
async fn is_of_use(database: &Database, key: SecretDigest) -> anyhow::Result<bool> {
    let grant = api_key::find(database.pool(), key).await?;
    Ok(grant.is_some_and(|grant| Scope::ALL.iter().all(|scope| grant.scopes.contains(scope))))
}

fn create(key: &SecretToken) -> anyhow::Result<Command> {
    Ok(Command::CreateApiKey(CreateApiKey {
        key_id: ApiKeyId(Uuid::now_v7()),
        name: "plinth dev".parse()?,
        digest: key.digest(),
        user_id: Some(UserId(demo::ADA)),
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    }))
}

fn as_ada() -> SendOptions {
    SendOptions { origin: Origin { actor: Some(UserId(demo::ADA)), ..Origin::default() }, ..SendOptions::new() }
}
