//! `plinth key`: the API keys of a tenant. A secret is minted here, printed once, and never sent.

use std::process::ExitCode;

use anyhow::Context as _;
use chrono::DateTime;
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::{Span, Timestamp, tz::TimeZone};
use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{
    ApiKeyId, Command, Scope, UserId,
    command::api_key::{CreateApiKey, RevokeApiKey},
    envelope::Origin,
    names::{Name, Reason},
    query::{
        QueryName,
        api_key::{ApiKeyPage, ApiKeyRow, ListApiKeys},
    },
    time::Instant,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    output, refusal,
    remote::{Remote, Tenant},
    table,
};
use crate::secret_token::SecretToken;

/// Create, list or revoke the API keys of a tenant.
#[derive(Args)]
pub(super) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Mint a secret, print it once, and let its holder in
    Create(Box<Create>),
    /// List the keys, newest first; secrets are not kept
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Make a key useless for ever
    Revoke {
        /// The key, by its id
        #[arg(value_name = "UUID")]
        key: ApiKeyId,
        /// Why; it stands in the event
        #[arg(long)]
        reason: Option<Reason>,
        /// The user who does it
        #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
        actor: Option<UserId>,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Args)]
struct Whose {
    #[command(flatten)]
    tenant: Tenant,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args)]
struct Create {
    /// What people call the key
    #[arg(long)]
    name: Name,
    /// What its holder may do; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope())]
    scopes: Vec<Scope>,
    /// The user as whom its holder acts
    #[arg(long, value_name = "UUID")]
    user: Option<UserId>,
    /// When it expires, such as 2027-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "TIME", conflicts_with = "expires_in")]
    expires_at: Option<Instant>,
    /// When it expires from now on, such as 90d or "1 year"
    #[arg(long, value_name = "DURATION")]
    expires_in: Option<Span>,
    /// The user who does it
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: Option<UserId>,
    #[command(flatten)]
    whose: Whose,
}

impl Key {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Create(create) => refusal::exit_code(create.run().await, create.whose.json),
            Action::List { whose } => refusal::exit_code(whose.list().await, whose.json),
            Action::Revoke { key, reason, actor, whose } => {
                let revoke = RevokeApiKey { key_id: key, reason };
                refusal::exit_code(whose.revoke(revoke, actor).await, whose.json)
            }
        }
    }
}

impl Create {
    async fn run(&self) -> anyhow::Result<()> {
        let secret = SecretToken::mint();
        let create = CreateApiKey {
            key_id: ApiKeyId(Uuid::now_v7()),
            name: self.name.clone(),
            digest: secret.digest(),
            user_id: self.user,
            scopes: self.scopes.clone(),
            expires_at: self.expires_in.map(from_now).transpose()?.or(self.expires_at),
        };
        let client = self.whose.remote.client().await?;
        let command = Command::CreateApiKey(create.clone());
        client.send(self.whose.tenant.id, &command, &sent_by(self.actor)).await?;
        if self.whose.json { print_json(&create, &secret) } else { print(&create, &secret) }
    }
}

impl Whose {
    async fn list(&self) -> anyhow::Result<()> {
        let keys = self.all(&self.remote.client().await?).await?;
        if self.json {
            return output::print_json_lines(&keys);
        }
        table::print(&["id", "name", "status", "expires", "user", "scopes"], keys.iter().map(row));
        Ok(())
    }

    async fn all(&self, client: &Client) -> Result<Vec<ApiKeyRow>, SendError> {
        let (mut keys, mut before) = (Vec::new(), None);
        loop {
            let query = ListApiKeys { limit: None, before };
            let page: ApiKeyPage = client.query(self.tenant.id, QueryName::ListApiKeys, &query).await?;
            keys.extend(page.keys);
            before = page.next;
            if before.is_none() {
                return Ok(keys);
            }
        }
    }

    async fn revoke(&self, revoke: RevokeApiKey, actor: Option<UserId>) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        let key = revoke.key_id;
        let reply = client.send(self.tenant.id, &Command::RevokeApiKey(revoke), &sent_by(actor)).await?;
        if self.json {
            return output::print_json(&reply);
        }
        let done = if reply.events.is_empty() { "was revoked already" } else { "is revoked" };
        Ok(output::print(format_args!("key {key} {done} (position {})", reply.position))?)
    }
}

/// The secret alone goes to standard output, so that a script can keep it; what it is, to whoever watches.
#[expect(clippy::print_stderr, reason = "standard output is the secret")]
fn print(key: &CreateApiKey, secret: &SecretToken) -> anyhow::Result<()> {
    let until = key.expires_at.map_or_else(|| "until it is revoked".to_owned(), |time| format!("until {time}"));
    eprintln!("key {} ({}) may {} {until}", key.key_id, output::printable(key.name.as_str()), named(&key.scopes));
    eprintln!("this is its secret, which is shown once and kept nowhere:");
    Ok(output::print(secret.reveal())?)
}

fn print_json(key: &CreateApiKey, secret: &SecretToken) -> anyhow::Result<()> {
    output::print_json(&json!({
        "keyId": key.key_id, "name": key.name, "userId": key.user_id, "scopes": key.scopes, "expiresAt": key.expires_at,
        "secret": secret.reveal(),
    }))
}

fn row(key: &ApiKeyRow) -> Vec<String> {
    vec![
        key.key_id.to_string(),
        key.name.to_string(),
        key.status.as_str().to_owned(),
        key.expires_at.map_or_else(|| "never".to_owned(), |time| time.utc().format("%F %T").to_string()),
        key.user_id.map(|user| user.to_string()).unwrap_or_default(),
        named(&key.scopes),
    ]
}

fn named(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

fn sent_by(actor: Option<UserId>) -> SendOptions {
    SendOptions { origin: Origin { actor, ..Origin::default() }, ..SendOptions::new() }
}

/// Days and months go by the calendar of UTC.
fn from_now(span: Span) -> anyhow::Result<Instant> {
    let then = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(span)?.timestamp();
    let then = DateTime::from_timestamp_millis(then.as_millisecond());
    Ok(then.context("the key would expire after the end of the calendar")?.into())
}

/// Parses the name of a scope.
fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.iter().map(|scope| scope.as_str())).try_map(|name| name.parse::<Scope>())
}
