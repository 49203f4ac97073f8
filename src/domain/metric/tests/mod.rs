//! Given events, when a command, then events or a refusal: [`examples`] follows the contract, [`refusals`] the codes,
//! [`locked`] the books that are closed, [`formulas`] what metrics are computed by.

#![allow(clippy::unwrap_used)]

mod answers;
mod examples;
mod formulas;
mod locked;
mod refusals;

use cqrs_es::test::TestFramework;
use plinth_events::{
    Refusal, TenantId, UserId,
    command::metric::{DefineMetric, DeprecateMetric, Scheduled, WithdrawMetricVersion},
    event::metric::{MetricDefined, MetricDeprecated, MetricEvent, MetricVersionWithdrawn},
    json::Formula,
    names::{Code, Reason},
    time::Instant,
    timeline::{Governs, Window},
};
use uuid::Uuid;

use super::{Metric, MetricCommand, MetricContext};
use crate::domain::{Context, Recorded, tenant::Fields};

const ACTOR: UserId = UserId(Uuid::from_u128(7));

/// The times of the contract's examples, and one after all of them.
const A: &str = "2026-01-01T00:00:00Z";
const B: &str = "2026-03-01T00:00:00Z";
const C: &str = "2026-06-01T00:00:00Z";
const LATER: &str = "2026-12-01T00:00:00Z";
/// Before all of them.
const EARLY: &str = "2025-12-01T00:00:00Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn code() -> Code {
    "at_risk_customer".parse().unwrap()
}

fn reason() -> Reason {
    "as agreed with sales".parse().unwrap()
}

fn formula(text: &str) -> Option<Formula> {
    Some(serde_json::from_str(text).unwrap())
}

fn define(name: &str, effective_at: &str) -> DefineMetric {
    DefineMetric {
        code: code(),
        name: name.parse().unwrap(),
        description: "no order for a while".parse().unwrap(),
        formula: None,
        effective_at: Some(at(effective_at)),
        expected_version: None,
        reason: Some(reason()),
    }
}

fn deprecate(deprecated_at: &str, scheduled: Option<Scheduled>) -> DeprecateMetric {
    DeprecateMetric { code: code(), deprecated_at: Some(at(deprecated_at)), reason: reason(), scheduled }
}

fn withdraw(version: u32) -> WithdrawMetricVersion {
    WithdrawMetricVersion { code: code(), version, reason: reason() }
}

fn defined(version: u32, name: &str, effective_at: &str, retroactive: bool) -> MetricEvent {
    let DefineMetric { code, name, description, formula, reason, .. } = define(name, effective_at);
    let effective_at = at(effective_at);
    MetricDefined { code, version, name, description, formula, meaning: None, effective_at, reason, retroactive }.into()
}

fn deprecated(deprecated_at: &str, retroactive: bool) -> MetricEvent {
    MetricDeprecated { code: code(), deprecated_at: at(deprecated_at), reason: reason(), retroactive }.into()
}

fn withdrawn(version: u32) -> MetricEvent {
    MetricVersionWithdrawn { code: code(), version, reason: reason() }.into()
}

impl From<DefineMetric> for MetricCommand {
    fn from(command: DefineMetric) -> Self {
        Self::Define(command)
    }
}

impl From<DeprecateMetric> for MetricCommand {
    fn from(command: DeprecateMetric) -> Self {
        Self::Deprecate(command)
    }
}

impl From<WithdrawMetricVersion> for MetricCommand {
    fn from(command: WithdrawMetricVersion) -> Self {
        Self::Withdraw(command)
    }
}

/// A user does it at this time.
fn context(now: &str) -> Context {
    Context {
        tenant: TenantId(Uuid::from_u128(1)),
        actor: Some(ACTOR),
        actor_is_user: true,
        now: now.parse().unwrap(),
        seed: 0,
    }
}

/// What happened to a metric so far.
#[derive(Clone, Default)]
struct Story {
    events: Vec<MetricEvent>,
}

impl Story {
    /// What a command comes to, in a context, while the books are open.
    fn decide(&self, context: Context, command: impl Into<MetricCommand>) -> Result<Vec<MetricEvent>, Refusal> {
        self.decide_with(MetricContext { common: context, locked_until: None, fields: Fields::default() }, command)
    }

    fn decide_with(
        &self,
        context: MetricContext,
        command: impl Into<MetricCommand>,
    ) -> Result<Vec<MetricEvent>, Refusal> {
        let events = self.events.iter().cloned().map(Recorded).collect();
        let result = TestFramework::<Metric>::with(context).given(events).when(command.into()).inspect_result();
        result.map(|events| events.into_iter().map(|event| event.0).collect())
    }

    /// A command at a time that is accepted with these events.
    #[track_caller]
    fn accepts(mut self, now: &str, command: impl Into<MetricCommand>, expected: &[MetricEvent]) -> Self {
        let events = self.decide(context(now), command).unwrap();
        assert_eq!(events, expected);
        self.events.extend(events);
        self
    }

    /// A command at a time that is refused.
    #[track_caller]
    fn refuses(&self, now: &str, command: impl Into<MetricCommand>) -> Refusal {
        self.decide(context(now), command).unwrap_err()
    }

    fn metric(&self) -> Metric {
        let mut metric = Metric::default();
        self.events.iter().cloned().for_each(|event| metric.evolve(event));
        metric
    }

    /// What governs at a time.
    fn governing(&self, as_of: &str) -> Governs {
        self.metric().timeline.governing(as_of.parse().unwrap())
    }

    /// When a version governs: from, and until.
    fn window(&self, version: u32) -> (String, Option<String>) {
        let Window { from, until } = self.metric().timeline.window(version).unwrap();
        (from.to_string(), until.map(|until| until.to_string()))
    }

    /// As it was known before the last few events.
    fn before(&self, events: usize) -> Self {
        Self { events: self.events[..self.events.len() - events].to_vec() }
    }
}

/// Version 1 from A on.
fn one_version() -> Story {
    Story::default().accepts(EARLY, define("one", A), &[defined(1, "one", A, false)])
}

/// Version 1 from A on, version 2 from B on.
fn two_versions() -> Story {
    one_version().accepts(EARLY, define("two", B), &[defined(2, "two", B, false)])
}

/// Version 1 from A until C.
fn one_version_until_c() -> Story {
    one_version().accepts(EARLY, deprecate(C, None), &[deprecated(C, false)])
}
