//! Sending commands and queries, and getting their answers. Durable commands are in `durable`.

use std::{fmt, sync::Arc, time::Duration};

use async_nats::{
    HeaderMap, HeaderValue,
    jetstream::{self, context::ContextBuilder},
};
use bytes::Bytes;
use plinth_events::{
    Command, CommandId, CommandName, TenantId,
    envelope::{Origin, header},
    query::QueryName,
    reply::Reply,
    subject::Subjects,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{error::SendError, request::Request};

/// How long a command or a query is tried when nobody says otherwise.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long JetStream has to answer one request of ours.
const JETSTREAM_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle to one installation of Plinth. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Client {
    nats: async_nats::Client,
    jetstream: jetstream::Context,
    subjects: Arc<Subjects>,
    deadline: Duration,
    /// The context of commands that say none themselves.
    context: Origin,
}

/// What goes with a command.
#[derive(Debug, Clone)]
pub struct SendOptions {
    /// The command's idempotency key. Keep it to send the same command again, however much later.
    pub command_id: CommandId,
    /// Who sends it, and in which context.
    pub origin: Origin,
}

impl SendOptions {
    /// With a fresh command id, and nothing said about who and why.
    pub fn new() -> Self {
        Self { command_id: CommandId(Uuid::now_v7()), origin: Origin::default() }
    }
}

impl Default for SendOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the installation with these subjects, over a connection made by [`crate::connect()`].
    pub fn new(nats: async_nats::Client, subjects: Subjects) -> Self {
        let jetstream =
            ContextBuilder::new().timeout(JETSTREAM_TIMEOUT).ack_timeout(JETSTREAM_TIMEOUT).build(nats.clone());
        Self { nats, jetstream, subjects: Arc::new(subjects), deadline: DEADLINE, context: Origin::default() }
    }

    /// The same client, but giving up on an answer after this long; 30 s when never said.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The same client, but everything that it sends belongs to a context and is caused by it, such as a
    /// [job](crate::Job::context), unless the options of a command say otherwise.
    #[must_use]
    pub fn within(&self, context: &Origin) -> Self {
        Self { context: context.clone(), ..self.clone() }
    }

    /// The connection.
    pub fn nats(&self) -> &async_nats::Client {
        &self.nats
    }

    /// The subjects of the installation.
    pub fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// Sends a command and returns its outcome, which is committed and readable by then.
    ///
    /// While Plinth is overloaded or away the command is sent again, under the same command id, until the deadline.
    pub async fn send(&self, tenant: TenantId, command: &Command, options: &SendOptions) -> Result<Reply, SendError> {
        let body = body_of(command, options)?;
        self.send_raw(tenant, command.name(), body, options).await
    }

    /// Like [`send`](Self::send), and returns only the `result` of the reply, as the type that the contract names.
    pub async fn send_for<R: DeserializeOwned>(
        &self,
        tenant: TenantId,
        command: &Command,
        options: &SendOptions,
    ) -> Result<R, SendError> {
        let reply = self.send(tenant, command, options).await?;
        let what = || describe(command.name(), options);
        reply.result_as().map_err(|source| SendError::BadAnswer { what: what(), source })
    }

    /// Like [`send`](Self::send), with any body, good or bad.
    pub async fn send_raw(
        &self,
        tenant: TenantId,
        command: CommandName,
        body: Bytes,
        options: &SendOptions,
    ) -> Result<Reply, SendError> {
        let what = describe(command, options);
        let headers = self.headers_of(&what, options)?;
        let subject = self.subjects.command(tenant, command);
        let request = Request { what: what.clone(), subject, headers, body };
        let answer = request.send(&self.nats, self.deadline).await?;
        serde_json::from_slice(&answer).map_err(|source| SendError::BadAnswer { what, source })
    }

    /// Asks a query and returns its answer, as the type that the contract names for it.
    pub async fn query<A: DeserializeOwned>(
        &self,
        tenant: TenantId,
        query: QueryName,
        body: &impl Serialize,
    ) -> Result<A, SendError> {
        let what = query.as_str();
        let body = serde_json::to_vec(body)
            .map_err(|error| SendError::NotSent { what: what.to_owned(), reason: error.to_string() })?;
        let answer = self.query_raw(tenant, query, body.into()).await?;
        serde_json::from_slice(&answer).map_err(|source| SendError::BadAnswer { what: what.to_owned(), source })
    }

    /// Like [`query`](Self::query), with any body, and the answer as the JSON that came.
    pub async fn query_raw(&self, tenant: TenantId, query: QueryName, body: Bytes) -> Result<Bytes, SendError> {
        let subject = self.subjects.query(tenant, query);
        let request = Request { what: query.as_str().to_owned(), subject, headers: HeaderMap::new(), body };
        request.send(&self.nats, self.deadline).await
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// A command's headers.
    pub(crate) fn headers_of(&self, what: &str, options: &SendOptions) -> Result<HeaderMap, SendError> {
        headers(what, options, &self.context)
    }
}

/// A command by name and id, for messages.
pub(crate) fn describe(command: CommandName, options: &SendOptions) -> String {
    format!("{} {}", command.as_str(), options.command_id)
}

/// A command's body.
pub(crate) fn body_of(command: &Command, options: &SendOptions) -> Result<Bytes, SendError> {
    let what = || describe(command.name(), options);
    command.body().map(Bytes::from).map_err(|error| SendError::NotSent { what: what(), reason: error.to_string() })
}

fn headers(what: &str, options: &SendOptions, context: &Origin) -> Result<HeaderMap, SendError> {
    let origin = &options.origin;
    let or = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
    let values = [
        (header::COMMAND_ID, Some(options.command_id.to_string())),
        (header::ACTOR, origin.actor.or(context.actor).map(|actor| actor.to_string())),
        (header::CORRELATION_ID, or(&origin.correlation_id, &context.correlation_id)),
        (header::CAUSATION_ID, or(&origin.causation_id, &context.causation_id)),
        (header::TRACEPARENT, or(&origin.traceparent, &context.traceparent)),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        let Some(value) = value else { continue };
        let value: HeaderValue = value.parse().map_err(|_| SendError::NotSent {
            what: what.to_owned(),
            reason: format!("the header {name} has a line break"),
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_command_gets_its_own_id() {
        assert_ne!(SendOptions::new().command_id, SendOptions::new().command_id);
    }

    #[test]
    fn only_what_is_known_about_the_origin_is_sent() {
        let options = SendOptions {
            origin: Origin { correlation_id: Some("order-7".to_owned()), ..Origin::default() },
            ..SendOptions::new()
        };
        let headers = headers("x", &options, &Origin::default()).unwrap();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers.get(header::CORRELATION_ID).unwrap().as_str(), "order-7");
        assert_eq!(headers.get(header::COMMAND_ID).unwrap().as_str(), options.command_id.to_string());
    }

    #[test]
    fn a_context_stands_in_for_what_a_command_does_not_say() {
        let text = |text: &str| Some(text.to_owned());
        let context = Origin { correlation_id: text("order-7"), causation_id: text("job-1"), ..Origin::default() };
        let origin = Origin { causation_id: text("page-4"), ..Origin::default() };
        let headers = headers("x", &SendOptions { origin, ..SendOptions::new() }, &context).unwrap();
        assert_eq!(headers.get(header::CORRELATION_ID).unwrap().as_str(), "order-7");
        assert_eq!(headers.get(header::CAUSATION_ID).unwrap().as_str(), "page-4");
    }

    #[test]
    fn a_line_break_cannot_smuggle_in_a_header() {
        let origin = Origin { causation_id: Some("x\r\nPlinth-Actor: boss".to_owned()), ..Origin::default() };
        let error = headers("x", &SendOptions { origin, ..SendOptions::new() }, &Origin::default()).unwrap_err();
        assert_eq!(error.to_string(), "x cannot be sent: the header Plinth-Causation-Id has a line break");
    }
}
