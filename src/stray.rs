//! Requests that no endpoint answers: of a command or a query that does not exist, or to a subject of another form.
//! Left alone, their senders would be told that nobody is there, and would try again.

use async_nats::{Client, Message, SubscribeError, Subscriber};
use futures_util::StreamExt;
use plinth_events::{
    Refusal,
    subject::{BadSubject, Subjects},
};

use crate::{
    command::{answer::problem, parse::refuse_subject},
    measure,
};

/// A queue group of its own: within one group the broker picks one of all subscriptions that match, and would hand
/// requests here that an endpoint should get.
const QUEUE_GROUP: &str = "stray";

/// Refuses stray requests. It sees the others too, and leaves them to their endpoints.
pub struct Strays {
    nats: Client,
    subjects: Subjects,
    commands: Subscriber,
    queries: Subscriber,
}

impl Strays {
    /// Listens to all commands and all queries on one connection, refuses on another one.
    pub async fn subscribe(requests: &Client, nats: Client, subjects: Subjects) -> Result<Self, SubscribeError> {
        let commands = requests.queue_subscribe(subjects.all("cmd"), QUEUE_GROUP.to_owned()).await?;
        let queries = requests.queue_subscribe(subjects.all("query"), QUEUE_GROUP.to_owned()).await?;
        Ok(Self { nats, subjects, commands, queries })
    }

    /// Refuses until it is drained.
    pub async fn refuse(mut self) {
        loop {
            let (kind, request, error) = tokio::select! {
                Some(request) = self.commands.next() => {
                    let error = self.subjects.parse_command(&request.subject).err();
                    ("command", request, error)
                }
                Some(request) = self.queries.next() => {
                    let error = self.subjects.parse_query(&request.subject).err();
                    ("query", request, error)
                }
                else => return,
            };
            if let Some(error @ (BadSubject::Form | BadSubject::Unknown(..))) = error {
                let refusal = refuse_subject(&error);
                measure::stray(kind, refusal.code);
                self.respond(request, &refusal).await;
            }
        }
    }

    async fn respond(&self, request: Message, refusal: &Refusal) {
        let Some(sender) = request.reply else { return };
        let (headers, body) = problem(refusal);
        if let Err(error) = self.nats.publish_with_headers(sender, headers, body).await {
            tracing::warn!(subject = %request.subject, error = %error, "a refusal could not be sent");
        }
    }
}
