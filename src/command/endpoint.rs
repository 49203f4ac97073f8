//! Commands by request and reply: one endpoint per command, answered after the commit.

use std::time::Duration;

use async_nats::Message;
use plinth_events::{CommandName, schema, subject::Subjects};
use uuid::Uuid;

use super::{
    Submitter,
    answer::{Failure, Verdict},
    parse,
    unrecorded::Unrecorded,
};
use crate::endpoints::{Answer, Answering, Endpoint, schemas};

/// Longest wait for a verdict, shorter than what clients wait by default.
const VERDICT_LIMIT: Duration = Duration::from_secs(20);

/// Answers commands.
pub struct CommandEndpoints {
    subjects: Subjects,
    submitter: Submitter,
    unrecorded: Unrecorded,
}

impl Answering for CommandEndpoints {
    fn endpoints(&self) -> Vec<Endpoint> {
        CommandName::ALL.iter().map(|name| self.endpoint(*name)).collect()
    }

    async fn answer(&self, request: &Message) -> Answer {
        let verdict = self.verdict(request).await;
        Answer { message: verdict.message(), outcome: verdict.outcome() }
    }
}

impl CommandEndpoints {
    /// Endpoints that hand commands to the writer, and what is not recorded straight to where it is kept.
    pub fn new(subjects: Subjects, submitter: Submitter, unrecorded: Unrecorded) -> Self {
        Self { subjects, submitter, unrecorded }
    }

    fn endpoint(&self, name: CommandName) -> Endpoint {
        let (aggregate, verb) = name.tokens();
        let (request, reply) = (schema::command_name(name), schema::reply_name(name));
        Endpoint {
            kind: "command",
            name: name.as_str(),
            title: format!("{aggregate}-{verb}"),
            subject: self.subjects.command_endpoint(name),
            metadata: schemas(request, reply, self.subjects.schema_endpoint()),
        }
    }

    async fn verdict(&self, request: &Message) -> Verdict {
        let envelope =
            self.subjects.parse_command(&request.subject).map_err(|error| parse::refuse_subject(&error)).and_then(
                |(tenant, name)| {
                    parse::envelope(tenant, name, request.headers.as_ref(), &request.payload, Uuid::now_v7)
                },
            );
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(refusal) => return Verdict::Refused(refusal),
        };
        if let Some(verdict) = self.unrecorded.answer(&envelope).await {
            return verdict;
        }
        let verdict = tokio::time::timeout(VERDICT_LIMIT, self.submitter.submit(envelope)).await;
        verdict.unwrap_or_else(|_| {
            let cause = format!("no verdict within {} s", VERDICT_LIMIT.as_secs());
            Verdict::Failed(Failure { is_passing: true, cause })
        })
    }
}
