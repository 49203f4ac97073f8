//! API keys. One acts as a user only if the tenant has that user.

use plinth_events::{AggregateKey, ApiKeyId, Refusal, RefusalCode, command::api_key::CreateApiKey};

use super::{Decision, Outcome, answer, decide};
use crate::{command::states::State, domain::api_key::ApiKeyCommand};

impl Decision<'_, '_> {
    pub(super) async fn create_api_key(&mut self, create: &CreateApiKey) -> Outcome {
        if let Some(user) = create.user_id
            && !self.is_user(user)
        {
            return Err(Refusal::new(RefusalCode::UnknownUser, format!("user {user} is unknown")).at("/userId"));
        }
        self.api_key(create.key_id, ApiKeyCommand::Create(create.clone())).await
    }

    pub(super) async fn api_key(&mut self, key_id: ApiKeyId, command: ApiKeyCommand) -> Outcome {
        let (key, context) = (AggregateKey::ApiKey(self.envelope.tenant, key_id), self.context());
        let mut entry = self.entry(&key);
        if let State::ApiKey(state) = &mut entry.state {
            let events = decide(state, command, &context).await?;
            self.keep(key, entry, events);
        }
        answer(&())
    }
}
