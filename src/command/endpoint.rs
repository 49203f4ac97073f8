//! Commands by request and reply: one endpoint of the micro service per command, answered after the commit.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_nats::service::{Request, Service, endpoint::Endpoint};
use futures_util::StreamExt;
use plinth_events::{CommandName, Refusal, RefusalCode, schema, subject::Subjects};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{
    Submitter,
    answer::{Failure, Verdict, problem},
    heartbeat::Heartbeats,
    parse,
    respond::Responder,
};

/// Most requests under way at once; one more is answered with 429.
pub const REQUESTS_IN_FLIGHT: usize = 4_096;
/// Longest wait for a verdict, shorter than what clients wait by default.
const VERDICT_LIMIT: Duration = Duration::from_secs(20);

/// Answers commands.
#[derive(Clone)]
pub struct CommandEndpoint {
    subjects: Subjects,
    submitter: Submitter,
    heartbeats: Heartbeats,
    room: Arc<Semaphore>,
    responder: Responder,
}

impl CommandEndpoint {
    /// An endpoint that hands commands to the writer, and heartbeats, which are not events, straight to the job queue.
    pub fn new(
        subjects: Subjects,
        submitter: Submitter,
        heartbeats: Heartbeats,
        room: Arc<Semaphore>,
        responder: Responder,
    ) -> Self {
        Self { subjects, submitter, heartbeats, room, responder }
    }

    /// Registers every command with the micro service.
    pub async fn register(&self, service: &Service) -> Result<Vec<Endpoint>, async_nats::Error> {
        let mut endpoints = Vec::new();
        for name in CommandName::ALL {
            let (aggregate, verb) = name.tokens();
            let metadata = HashMap::from([
                ("request_schema".to_owned(), schema::command_name(*name)),
                ("reply_schema".to_owned(), schema::reply_name(*name)),
                ("schemas".to_owned(), self.subjects.schema_endpoint()),
            ]);
            let builder = service.endpoint_builder().name(format!("{aggregate}-{verb}")).metadata(metadata);
            endpoints.push(builder.add(self.subjects.command_endpoint(*name)).await?);
        }
        Ok(endpoints)
    }

    /// Answers the requests of one endpoint until it is drained.
    pub async fn serve(self, mut endpoint: Endpoint) {
        let tasks = TaskTracker::new();
        while let Some(request) = endpoint.next().await {
            let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
                self.responder.respond(&request, problem(&overloaded())).await;
                continue;
            };
            let this = self.clone();
            tasks.spawn(async move {
                let answer = this.answer(&request).await;
                this.responder.respond(&request, answer.message()).await;
                drop(permit);
            });
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn answer(&self, request: &Request) -> Verdict {
        let message = &request.message;
        let envelope =
            self.subjects.parse_command(&message.subject).map_err(|error| parse::refuse_subject(&error)).and_then(
                |(tenant, name)| {
                    parse::envelope(tenant, name, message.headers.as_ref(), &message.payload, Uuid::now_v7)
                },
            );
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(refusal) => return Verdict::Refused(refusal),
        };
        if let Some(verdict) = self.heartbeats.answer(&envelope).await {
            return verdict;
        }
        let verdict = tokio::time::timeout(VERDICT_LIMIT, self.submitter.submit(envelope)).await;
        verdict.unwrap_or_else(|_| {
            let cause = format!("no verdict within {} s", VERDICT_LIMIT.as_secs());
            Verdict::Failed(Failure { is_passing: true, cause })
        })
    }
}

/// The answer when too many requests are under way.
pub fn overloaded() -> Refusal {
    Refusal::new(RefusalCode::Overloaded, format!("{REQUESTS_IN_FLIGHT} requests are under way; try again"))
}
