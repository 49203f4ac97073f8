//! Commands over HTTP: the same way as over NATS, behind the same verdicts.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION, request::Parts},
    response::{IntoResponse, Response},
};
use plinth_events::{
    CommandId, CommandName, Refusal, RefusalCode, UserId,
    envelope::{Origin, header},
    reply::Reply,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    parameters::{Nothing, Parameters},
    version::if_match,
};
use crate::{
    command::{
        answer::{Verdict, unavailable},
        parse::{self, Envelope, Heading},
    },
    http::{
        access::{Caller, Needed, Principal},
        problem::Problem,
        site::Site,
    },
};

/// The idempotency key of a request: the id of its command.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The first parameter of what carries out a command: who sends it, allowed to, and what the request says beside its body.
/// There are no parameters in its query string unless the type of them is named.
pub struct Sender<S, Q = Nothing> {
    /// Who it is.
    pub caller: Caller<S>,
    /// What the headers say.
    pub headers: HeaderMap,
    /// What the query string says.
    pub parameters: Q,
    /// What the command is carried out with.
    pub site: Site,
}

impl<S: Needed, Q: DeserializeOwned> FromRequestParts<Site> for Sender<S, Q> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(request, site).await?;
        let Parameters(parameters) = Parameters::from_request_parts(request, site).await?;
        Ok(Self { caller, headers: request.headers.clone(), parameters, site: site.clone() })
    }
}

impl<S, Q> Sender<S, Q> {
    /// Carries out a command of the sender's; tells what was replied.
    pub async fn carry_out(&self, name: CommandName, body: &[u8]) -> Result<Arc<Reply>, Problem> {
        carry_out(&self.site, &self.caller, &self.headers, name, body).await
    }

    /// Carries out a command of the sender's; answers with what was replied.
    pub async fn answer(&self, name: CommandName, body: &[u8]) -> Result<Response, Problem> {
        Ok(replied(StatusCode::OK, &*self.carry_out(name, body).await?))
    }
}

/// Carries out a command that the principal is allowed; tells what was replied.
pub async fn carry_out(
    site: &Site,
    principal: &Principal,
    headers: &HeaderMap,
    name: CommandName,
    body: &[u8],
) -> Result<Arc<Reply>, Problem> {
    replied_to(site.commands.carry_out(envelope(principal, headers, name, body)).await)
}

/// What would be replied to a command of the principal's just now. Nothing is written.
pub async fn rehearse(
    site: &Site,
    principal: &Principal,
    headers: &HeaderMap,
    name: CommandName,
    body: &[u8],
) -> Result<Arc<Reply>, Problem> {
    replied_to(site.commands.rehearse(envelope(principal, headers, name, body)).await)
}

fn envelope(principal: &Principal, headers: &HeaderMap, name: CommandName, body: &[u8]) -> Result<Envelope, Refusal> {
    parse::envelope(principal.tenant, name, heading(principal, headers)?, body, Uuid::now_v7)
}

fn replied_to(verdict: Verdict) -> Result<Arc<Reply>, Problem> {
    match verdict {
        Verdict::Accepted(reply) => Ok(reply),
        Verdict::Refused(refusal) => Err(refusal.into()),
        Verdict::Failed(_) => Err(unavailable().into()),
    }
}

/// The reply to a command as an answer.
pub fn replied(status: StatusCode, reply: &Reply) -> Response {
    (status, axum::Json(reply)).into_response()
}

/// The reply to a command that made something, with the address of it.
pub fn created(location: &str, reply: &Reply) -> Response {
    let mut response = replied(StatusCode::CREATED, reply);
    let location = HeaderValue::try_from(location).ok();
    response.headers_mut().extend(location.map(|location| (LOCATION, location)));
    response
}

/// The idempotency key of a request, if it has one.
pub fn command_id(headers: &HeaderMap) -> Result<Option<CommandId>, Refusal> {
    let id = text(headers, IDEMPOTENCY_KEY)?.map(str::parse).transpose();
    id.map_err(|error| bad_header(IDEMPOTENCY_KEY, &error))
}

fn heading(principal: &Principal, headers: &HeaderMap) -> Result<Heading, Refusal> {
    let text = |name| text(headers, name);
    let id = |name| text(name)?.map(|value| parse::id_header(name, value)).transpose();
    let origin = Origin {
        actor: actor(principal, headers)?,
        correlation_id: id(header::CORRELATION_ID)?,
        causation_id: id(header::CAUSATION_ID)?,
        traceparent: id(header::TRACEPARENT)?,
    };
    Ok(Heading { command_id: command_id(headers)?, expected_version: if_match(headers)?, origin })
}

/// The user of the credential; for a program of the tenant's, whom it says that it acts for.
pub fn actor(principal: &Principal, headers: &HeaderMap) -> Result<Option<UserId>, Refusal> {
    let named: Option<UserId> = match text(headers, header::ACTOR)? {
        None => return Ok(principal.user),
        Some(value) => Some(value.parse().map_err(|error| bad_header(header::ACTOR, &error))?),
    };
    if principal.user.is_some() && principal.user != named {
        let detail = format!("the credential is that of a user, so {} cannot name another one", header::ACTOR);
        return Err(Refusal::new(RefusalCode::Forbidden, detail));
    }
    Ok(named)
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let value = headers.get(name).map(|value| value.to_str().map_err(|error| bad_header(name, &error)));
    value.transpose()
}

fn bad_header(name: &str, error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(RefusalCode::BadHeader, format!("header {name} is {error}"))
}
