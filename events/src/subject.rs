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

    /// Where the due jobs of a webhook are published: that of a queue of its owner, or of the installation.
    pub fn webhook_job(&self, job_type: &JobType, owner: TenantId) -> String {
        format!("{}.webhook.{job_type}.{owner}", self.prefix)
    }

    /// Where signed checkpoints of the log are published.
    pub fn checkpoint(&self) -> String {
        format!("{}.checkpoint", self.prefix)
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

    /// All jobs of a tenant.
    pub fn jobs_of_tenant(&self, tenant: TenantId) -> String {
        format!("{}.job.*.{tenant}", self.prefix)
    }

    /// All jobs of the webhooks of a tenant.
    pub fn webhook_jobs_of(&self, tenant: TenantId) -> String {
        format!("{}.webhook.*.{tenant}", self.prefix)
    }

    /// All outcomes of commands of a tenant from the intake.
    pub fn receipts_of(&self, tenant: TenantId) -> String {
        format!("{}.receipt.{tenant}.>", self.prefix)
    }

    /// Where it is published that a running job of any tenant is to stop.
    pub fn cancel_requests(&self) -> String {
        format!("{}.evt.*.job.*.cancel-requested", self.prefix)
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
        subject.strip_prefix(&self.prefix)?.strip_prefix('.')?.split('.').nth(1)
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

    /// The signed checkpoints of the log.
    pub fn checkpoints_stream(&self) -> String {
        self.stream("CHECKPOINTS")
    }

    /// The durable consumer that workers of a type bind to.
    pub fn job_consumer(&self, job_type: &JobType) -> String {
        format!("worker-{job_type}")
    }

    /// The durable consumer by which Plinth fetches the jobs of a webhook.
    pub fn webhook_consumer(&self, job_type: &JobType, owner: TenantId) -> String {
        format!("webhook-{job_type}-{owner}")
    }

    /// The type and the owner in the name of the consumer of a webhook; none: it is another consumer.
    pub fn parse_webhook_consumer(&self, name: &str) -> Option<(JobType, TenantId)> {
        let (job_type, owner) = name.strip_prefix("webhook-")?.split_once('-')?;
        Some((job_type.parse().ok()?, owner.parse().ok()?))
    }

    fn stream(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix.to_ascii_uppercase())
    }

    fn tokens<'a>(&self, subject: &'a str, uses: &[&str]) -> Result<(&'a str, &'a str, &'a str), BadSubject> {
        let rest =
            subject.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('.')).ok_or(BadSubject::Form)?;
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
        Event::Queue(event) => match event.job_type() {
            Some(job_type) => format!("{aggregate}.{job_type}.{token}"),
            None => format!("{aggregate}.all-types.{token}"),
        },
        Event::Schedule(event) => format!("{aggregate}.{}.{token}", event.name()),
        Event::BulkAction(event) => format!("{aggregate}.{}.{token}", event.action_id()),
        Event::ApiKey(event) => format!("{aggregate}.{}.{token}", event.key_id()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::{prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;

    fn tenants() -> impl Strategy<Value = TenantId> {
        any::<u128>().prop_map(|bits| TenantId(Uuid::from_u128(bits)))
    }

    fn installations() -> impl Strategy<Value = Subjects> {
        "[a-z][a-z0-9_-]{0,31}".prop_map(|prefix| prefix.parse().unwrap())
    }

    proptest! {
        #[test]
        fn subjects_of_commands_parse_into_what_they_were_built_of(
            subjects in installations(),
            tenant in tenants(),
            command in select(CommandName::ALL),
        ) {
            let token = tenant.to_string();
            for subject in [subjects.command(tenant, command), subjects.intake(tenant, command)] {
                prop_assert_eq!(subjects.parse_command(&subject), Ok((tenant, command)));
                prop_assert_eq!(subjects.tenant_token(&subject), Some(token.as_str()));
                prop_assert_eq!(subjects.parse_query(&subject), Err(BadSubject::Form));
            }
        }

        #[test]
        fn subjects_of_queries_parse_into_what_they_were_built_of(
            subjects in installations(),
            tenant in tenants(),
            query in select(QueryName::ALL),
        ) {
            let subject = subjects.query(tenant, query);
            prop_assert_eq!(subjects.parse_query(&subject), Ok((tenant, query)));
            prop_assert_eq!(subjects.parse_command(&subject), Err(BadSubject::Form));
        }

        #[test]
        fn no_text_makes_parsing_panic(subjects in installations(), text in ".{0,80}") {
            let _ = subjects.parse_command(&text);
            let _ = subjects.parse_query(&text);
            let _ = subjects.tenant_token(&text);
            let _ = subjects.parse_command(&format!("{subjects}.cmd.{text}"));
        }

        #[test]
        fn a_subject_of_one_installation_is_none_of_another(
            one in installations(),
            other in installations(),
            tenant in tenants(),
            command in select(CommandName::ALL),
        ) {
            prop_assume!(one != other);
            let subject = one.command(tenant, command);
            prop_assert_eq!(other.parse_command(&subject), Err(BadSubject::Form));
            prop_assert_eq!(other.tenant_token(&subject), None);
        }
    }

    #[test]
    fn subjects_are_those_of_the_contract() {
        let subjects = Subjects::default();
        let tenant = TenantId(Uuid::nil());
        let tenant_text = "00000000-0000-0000-0000-000000000000";
        let job_type: JobType = "image_extraction".parse().unwrap();
        let expected = |pattern: &str| pattern.replace('#', tenant_text);
        assert_eq!(subjects.command(tenant, CommandName::MoveWidget), expected("plinth.cmd.#.dashboard.move-widget"));
        assert_eq!(subjects.intake(tenant, CommandName::DefineMetric), expected("plinth.intake.#.metric.define"));
        assert_eq!(subjects.query(tenant, QueryName::GetMetric), expected("plinth.query.#.metric.get"));
        assert_eq!(subjects.receipt(tenant_text, CommandId(Uuid::nil())), expected("plinth.receipt.#.#"));
        assert_eq!(subjects.event(tenant, "metric.a.defined"), expected("plinth.evt.#.metric.a.defined"));
        assert_eq!(subjects.job(&job_type, tenant), expected("plinth.job.image_extraction.#"));
        assert_eq!(subjects.events_stream(), "PLINTH_EVENTS");
        assert_eq!(subjects.checkpoint(), "plinth.checkpoint");
        assert_eq!(subjects.checkpoints_stream(), "PLINTH_CHECKPOINTS");
        assert_eq!(subjects.job_consumer(&job_type), "worker-image_extraction");
        assert_eq!(subjects.webhook_job(&job_type, tenant), expected("plinth.webhook.image_extraction.#"));
        let consumer = subjects.webhook_consumer(&job_type, tenant);
        assert_eq!(consumer, expected("webhook-image_extraction-#"));
        assert_eq!(subjects.parse_webhook_consumer(&consumer), Some((job_type.clone(), tenant)));
        assert_eq!(subjects.parse_webhook_consumer("worker-image_extraction"), None);
    }

    #[test]
    fn nothing_is_injected_through_a_subject() {
        let subjects = Subjects::default();
        let tenant = "3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11";
        for subject in [
            String::new(),
            "plinth".to_owned(),
            "plinth.cmd".to_owned(),
            format!("plinth.cmd.{tenant}.metric"),
            format!("plinth.cmd.{tenant}.metric.define.more"),
            format!("plinthcmd.{tenant}.metric.define"),
            format!("plinth2.cmd.{tenant}.metric.define"),
            format!("other.cmd.{tenant}.metric.define"),
            format!("plinth.evt.{tenant}.metric.define"),
            format!("plinth.cmd..{tenant}.metric.define"),
        ] {
            assert_eq!(subjects.parse_command(&subject), Err(BadSubject::Form), "{subject}");
        }
        for token in ["*", ">", "", "3f6c1b528f0e4a7d9a535f0f0b9d7c11", "{3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11}"] {
            let subject = format!("plinth.cmd.{token}.metric.define");
            assert_eq!(subjects.parse_command(&subject), Err(BadSubject::Tenant(token.to_owned())));
        }
        for (aggregate, verb) in [("metric", "*"), ("*", "define"), ("metric", "Define"), ("job", "define")] {
            let subject = format!("plinth.cmd.{tenant}.{aggregate}.{verb}");
            let unknown = BadSubject::Unknown(aggregate.to_owned(), verb.to_owned());
            assert_eq!(subjects.parse_command(&subject), Err(unknown));
        }
    }

    #[test]
    fn a_prefix_is_one_token() {
        let longest = "a".repeat(32);
        for prefix in ["plinth", "a", "plinth-2_b", &longest] {
            assert_eq!(prefix.parse::<Subjects>().unwrap().to_string(), prefix);
        }
        let too_long = "a".repeat(33);
        for prefix in ["", "Plinth", "2plinth", "-a", "a.b", "a b", "a*", ">", "a\n", "ä", "$SRV", &too_long] {
            assert_eq!(prefix.parse::<Subjects>(), Err(BadPrefix), "{prefix}");
        }
    }
}
