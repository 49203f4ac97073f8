//! Subjects and stream names: built and parsed here, nowhere else.
//!
//! Every token is checked before it gets here (ids, names that match their pattern), so no subject can be injected.

use std::{fmt, str::FromStr};

use crate::{
    command::CommandName,
    event::Event,
    ids::{CommandId, TenantId},
    names::JobType,
    query::QueryName,
};

/// A prefix that cannot start subjects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the subject prefix must be 1 to 32 characters of a-z, 0-9, - and _, starting with a letter")]
pub struct BadPrefix;

/// A subject that is not of the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSubject {
    /// Not `<prefix>.<use>.<tenant>.<aggregate>.<verb>`.
    #[error("the subject must be <prefix>.<use>.<tenant>.<aggregate>.<verb>")]
    Form,
    /// The token of the tenant is not a UUID.
    #[error("the tenant in the subject must be a UUID, not {0}")]
    Tenant(String),
    /// No such aggregate and verb.
    #[error("there is no {0}.{1}")]
    Unknown(String, String),
}

/// All subjects and streams of one installation: they start with its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    prefix: String,
}

impl Default for Subjects {
    fn default() -> Self {
        Self { prefix: "plinth".to_owned() }
    }
}

impl fmt::Display for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)
    }
}

impl FromStr for Subjects {
    type Err = BadPrefix;

    fn from_str(prefix: &str) -> Result<Self, BadPrefix> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        let starts = prefix.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if starts && prefix.len() <= 32 && prefix.bytes().all(allowed) {
            Ok(Self { prefix: prefix.to_owned() })
        } else {
            Err(BadPrefix)
        }
    }
}

impl Subjects {
    /// Where a command is requested and answered.
    pub fn command(&self, tenant: TenantId, command: CommandName) -> String {
        let (aggregate, verb) = command.tokens();
        format!("{}.cmd.{tenant}.{aggregate}.{verb}", self.prefix)
    }

    /// Where a command is published durably.
    pub fn intake(&self, tenant: TenantId, command: CommandName) -> String {
        let (aggregate, verb) = command.tokens();
        format!("{}.intake.{tenant}.{aggregate}.{verb}", self.prefix)
    }

    /// Where a query is requested and answered.
    pub fn query(&self, tenant: TenantId, query: QueryName) -> String {
        let (aggregate, verb) = query.tokens();
        format!("{}.query.{tenant}.{aggregate}.{verb}", self.prefix)
    }

    /// Where the outcome of a command from the intake is published. The tenant is the token of the intake's subject.
    pub fn receipt(&self, tenant: &str, command: CommandId) -> String {
        format!("{}.receipt.{tenant}.{command}", self.prefix)
    }

    /// Where an event is published; `tail` as [`event_tail`] gives it.
    pub fn event(&self, tenant: TenantId, tail: &str) -> String {
        format!("{}.evt.{tenant}.{tail}", self.prefix)
    }

    /// Where a due job is published.
    pub fn job(&self, job_type: &JobType, tenant: TenantId) -> String {
        format!("{}.job.{job_type}.{tenant}", self.prefix)
    }

    /// The endpoint's subject for a command of any tenant.
    pub fn command_endpoint(&self, command: CommandName) -> String {
        let (aggregate, verb) = command.tokens();
        format!("{}.cmd.*.{aggregate}.{verb}", self.prefix)
    }

    /// The endpoint's subject for a query of any tenant.
    pub fn query_endpoint(&self, query: QueryName) -> String {
        let (aggregate, verb) = query.tokens();
        format!("{}.query.*.{aggregate}.{verb}", self.prefix)
    }

    /// The endpoint's subject for the schemas.
    pub fn schema_endpoint(&self) -> String {
        format!("{}.schema", self.prefix)
    }

    /// All subjects of a use, such as `cmd`.
    pub fn all(&self, usage: &str) -> String {
        format!("{}.{usage}.>", self.prefix)
    }

    /// All jobs of a type.
    pub fn jobs_of(&self, job_type: &JobType) -> String {
        format!("{}.job.{job_type}.>", self.prefix)
    }

    /// All events of a tenant.
    pub fn events_of(&self, tenant: TenantId) -> String {
        format!("{}.evt.{tenant}.>", self.prefix)
    }

    /// The tenant's token and the command in a `cmd` or `intake` subject.
    pub fn parse_command(&self, subject: &str) -> Result<(TenantId, CommandName), BadSubject> {
        let (tenant, aggregate, verb) = self.tokens(subject, &["cmd", "intake"])?;
        let command = CommandName::from_tokens(aggregate, verb)
            .ok_or_else(|| BadSubject::Unknown(aggregate.to_owned(), verb.to_owned()))?;
        Ok((parse_tenant(tenant)?, command))
    }

    /// The tenant and the query in a `query` subject.
    pub fn parse_query(&self, subject: &str) -> Result<(TenantId, QueryName), BadSubject> {
        let (tenant, aggregate, verb) = self.tokens(subject, &["query"])?;
        let query = QueryName::from_tokens(aggregate, verb)
            .ok_or_else(|| BadSubject::Unknown(aggregate.to_owned(), verb.to_owned()))?;
        Ok((parse_tenant(tenant)?, query))
    }

    /// The token in the place of the tenant, whatever it is.
    pub fn tenant_token<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject.strip_prefix(&self.prefix)?.split('.').nth(2)
    }

    /// The stream of all events, with sequence = position.
    pub fn events_stream(&self) -> String {
        self.stream("EVENTS")
    }

    /// The work queue of due jobs.
    pub fn jobs_stream(&self) -> String {
        self.stream("JOBS")
    }

    /// The durable commands that are not handled yet.
    pub fn intake_stream(&self) -> String {
        self.stream("INTAKE")
    }

    /// The outcomes of durable commands.
    pub fn receipts_stream(&self) -> String {
        self.stream("RECEIPTS")
    }

    /// The durable consumer that workers of a type bind to.
    pub fn job_consumer(&self, job_type: &JobType) -> String {
        format!("worker-{job_type}")
    }

    fn stream(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix.to_ascii_uppercase())
    }

    fn tokens<'a>(&self, subject: &'a str, uses: &[&str]) -> Result<(&'a str, &'a str, &'a str), BadSubject> {
        let rest = subject.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('.')).ok_or(BadSubject::Form)?;
        let mut tokens = rest.split('.');
        match (tokens.next(), tokens.next(), tokens.next(), tokens.next(), tokens.next()) {
            (Some(usage), Some(tenant), Some(aggregate), Some(verb), None) if uses.contains(&usage) => {
                Ok((tenant, aggregate, verb))
            }
            _ => Err(BadSubject::Form),
        }
    }
}

fn parse_tenant(token: &str) -> Result<TenantId, BadSubject> {
    token.parse().map_err(|_| BadSubject::Tenant(token.to_owned()))
}

/// The part of an event's subject behind the tenant: `<aggregate>.<key>.<event>`.
pub fn event_tail(tenant: TenantId, event: &Event) -> String {
    let aggregate = event.aggregate();
    let token = event.token();
    match event {
        Event::Tenant(_) => format!("{aggregate}.{tenant}.{token}"),
        Event::User(event) => format!("{aggregate}.{}.{token}", event.user_id()),
        Event::Metric(event) => format!("{aggregate}.{}.{token}", event.code()),
        Event::Dashboard(event) => match event.user_id() {
            Some(user) => format!("{aggregate}.{user}.{token}"),
            None => format!("{aggregate}.default.{token}"),
        },
        Event::Job(event) => format!("{aggregate}.{}.{token}", event.job().1),
    }
}
