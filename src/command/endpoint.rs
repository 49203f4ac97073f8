//! Commands by request and reply: one endpoint per command, answered after the commit.

use async_nats::Message;
use plinth_events::{CommandName, Refusal, schema, subject::Subjects};
use uuid::Uuid;

use super::{
    Commands,
    parse::{self, Envelope},
};
use crate::endpoints::{Answer, Answering, Endpoint, schemas};

/// Answers commands.
pub struct CommandEndpoints {
    subjects: Subjects,
    commands: Commands,
}

impl Answering for CommandEndpoints {
    fn endpoints(&self) -> Vec<Endpoint> {
        CommandName::ALL.iter().map(|name| self.endpoint(*name)).collect()
    }

    async fn answer(&self, request: &Message) -> Answer {
        let verdict = self.commands.carry_out(self.envelope(request)).await;
        Answer { message: verdict.message(), outcome: verdict.outcome() }
    }
}

impl CommandEndpoints {
    /// Endpoints of all commands.
    pub fn new(subjects: Subjects, commands: Commands) -> Self {
        Self { subjects, commands }
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

    fn envelope(&self, request: &Message) -> Result<Envelope, Refusal> {
        let subject = self.subjects.parse_command(&request.subject);
        let (tenant, name) = subject.map_err(|error| parse::refuse_subject(&error))?;
        let heading = parse::heading(request.headers.as_ref())?;
        parse::envelope(tenant, name, heading, &request.payload, Uuid::now_v7)
    }
}
