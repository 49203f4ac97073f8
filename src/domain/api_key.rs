//! An API key: created once, revoked for ever. Whether it has expired is no matter of events: whoever looks it up looks at the
//! clock.
//!
//! That no other key has the digest is not known here: a constraint of the table says so.

use plinth_events::{
    ApiKeyId, Refusal, RefusalCode,
    command::api_key::{CreateApiKey, RevokeApiKey},
    event::api_key::{ApiKeyCreated, ApiKeyEvent, ApiKeyRevoked},
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};

/// Where an API key stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiKey {
    /// Never created.
    #[default]
    Unknown,
    /// Of use until it expires.
    Active,
    /// Of no use any more.
    Revoked,
}

/// What can be asked of an API key.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiKeyCommand {
    /// Let there be one.
    Create(CreateApiKey),
    /// Make it useless.
    Revoke(RevokeApiKey),
}

aggregate!(ApiKey, "api-key", ApiKeyCommand => ApiKeyEvent, Context);

impl ApiKey {
    /// What a command comes to.
    pub fn decide(&self, command: &ApiKeyCommand, context: &Context) -> Decision<ApiKeyEvent> {
        match command {
            ApiKeyCommand::Create(command) => self.create(command, context),
            ApiKeyCommand::Revoke(command) => self.revoke(command),
        }
    }

    fn create(&self, command: &CreateApiKey, context: &Context) -> Decision<ApiKeyEvent> {
        let CreateApiKey { key_id, name, digest, user_id, scopes, expires_at } = command.clone();
        if *self != Self::Unknown {
            let detail = format!("the API key id {key_id} is taken");
            return Err(Refusal::new(RefusalCode::ApiKeyIdTaken, detail).at("/keyId"));
        }
        if let Some(expires_at) = expires_at {
            context.check_not_too_far_ahead("expiresAt", expires_at)?;
            let now = context.now_millis();
            if expires_at <= now {
                let detail = format!("expiresAt {expires_at} must be later than now, {now}");
                return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/expiresAt"));
            }
        }
        Ok(vec![ApiKeyCreated { key_id, name, digest, user_id, scopes, expires_at }.into()])
    }

    fn revoke(&self, RevokeApiKey { key_id, reason }: &RevokeApiKey) -> Decision<ApiKeyEvent> {
        match self {
            Self::Unknown => Err(unknown(*key_id)),
            Self::Active => Ok(vec![ApiKeyRevoked { key_id: *key_id, reason: reason.clone() }.into()]),
            Self::Revoked => Ok(Vec::new()),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: ApiKeyEvent) {
        *self = match event {
            ApiKeyEvent::ApiKeyCreated(_) => Self::Active,
            ApiKeyEvent::ApiKeyRevoked(_) => Self::Revoked,
        };
    }
}

fn unknown(key: ApiKeyId) -> Refusal {
    Refusal::new(RefusalCode::UnknownApiKey, format!("API key {key} is unknown")).at("/keyId")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use plinth_events::{Scope, UserId, secret_digest::SecretDigest};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Recorded;

    const KEY: ApiKeyId = ApiKeyId(Uuid::from_u128(3));
    const DIGEST: SecretDigest = SecretDigest([7; 32]);
    const USER: Option<UserId> = Some(UserId(Uuid::from_u128(2)));
    const SCOPES: [Scope; 2] = [Scope::MetricsRead, Scope::JobsWrite];

    fn given(events: Vec<ApiKeyEvent>) -> AggregateTestExecutor<ApiKey> {
        TestFramework::with(Context::sample()).given(events.into_iter().map(Recorded).collect())
    }

    /// The clock of these tests says 2026-07-01T12:00:00Z.
    fn create(expires_at: Option<&str>) -> ApiKeyCommand {
        ApiKeyCommand::Create(CreateApiKey {
            key_id: KEY,
            name: "reports".parse().unwrap(),
            digest: DIGEST,
            user_id: USER,
            scopes: SCOPES.to_vec(),
            expires_at: expires_at.map(|time| time.parse().unwrap()),
        })
    }

    fn created(expires_at: Option<&str>) -> ApiKeyEvent {
        ApiKeyEvent::ApiKeyCreated(ApiKeyCreated {
            key_id: KEY,
            name: "reports".parse().unwrap(),
            digest: DIGEST,
            user_id: USER,
            scopes: SCOPES.to_vec(),
            expires_at: expires_at.map(|time| time.parse().unwrap()),
        })
    }

    fn revoke() -> ApiKeyCommand {
        ApiKeyCommand::Revoke(RevokeApiKey { key_id: KEY, reason: None })
    }

    fn revoked() -> ApiKeyEvent {
        ApiKeyRevoked { key_id: KEY, reason: None }.into()
    }

    #[track_caller]
    fn refused(given: Vec<ApiKeyEvent>, command: ApiKeyCommand) -> Refusal {
        self::given(given).when(command).inspect_result().unwrap_err()
    }

    #[test]
    fn a_key_is_created_once() {
        given(vec![]).when(create(None)).then_expect_events(vec![Recorded(created(None))]);
        for history in [vec![created(None)], vec![created(None), revoked()]] {
            assert_eq!(refused(history, create(None)).code, RefusalCode::ApiKeyIdTaken);
        }
    }

    #[test]
    fn a_key_is_revoked_and_revoking_it_again_changes_nothing() {
        given(vec![created(None)]).when(revoke()).then_expect_events(vec![Recorded(revoked())]);
        given(vec![created(None), revoked()]).when(revoke()).then_expect_events(vec![]);
        assert_eq!(refused(vec![], revoke()).code, RefusalCode::UnknownApiKey);
    }

    #[test]
    fn a_key_expires_in_the_future_that_can_be_foreseen() {
        let later = Some("2026-07-01T12:00:00.001Z");
        given(vec![]).when(create(later)).then_expect_events(vec![Recorded(created(later))]);
        let now = refused(vec![], create(Some("2026-07-01T12:00:00Z")));
        assert_eq!((now.code, now.errors[0].pointer.as_str()), (RefusalCode::InvalidValue, "/expiresAt"));
        assert_eq!(refused(vec![], create(Some("2046-07-01T12:00:00Z"))).code, RefusalCode::TooFarAhead);
    }
}
