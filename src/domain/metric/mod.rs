//! A metric: its versions and when they govern. One aggregate per tenant and code.
//!
//! The state is the timeline and, for every version, a fingerprint of what it says: enough for every decision, however
//! long the texts are. What the points of the timeline mean is not decided here but in [`plinth_events::timeline`].

mod define;
mod deprecate;
mod fingerprint;
#[cfg(test)]
mod tests;
mod withdraw;

use std::collections::BTreeMap;

use plinth_events::{
    Refusal, RefusalCode,
    command::metric::{DefineMetric, DeprecateMetric, WithdrawMetricVersion},
    envelope::header,
    event::metric::{MetricDeprecated, MetricEvent},
    reply::{MetricDeprecation, MetricVersion},
    time::Instant,
    timeline::Timeline,
};
use serde::{Deserialize, Serialize};

use self::fingerprint::Fingerprint;
use super::{
    Context, Decision, aggregate,
    tenant::{Fields, period_locked},
};
use crate::formulas::read;

/// What the decisions need to know of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    timeline: Timeline,
    /// What each version says.
    fingerprints: BTreeMap<u32, Fingerprint>,
}

/// What can be asked of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricCommand {
    /// Add the next version.
    Define(DefineMetric),
    /// End the metric.
    Deprecate(DeprecateMetric),
    /// Take back a version that is not effective yet.
    Withdraw(WithdrawMetricVersion),
}

/// What an accepted command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MetricAnswer {
    /// To a definition and to a withdrawal: the version and its window now.
    Version(MetricVersion),
    /// To a deprecation.
    Deprecation(MetricDeprecation),
}

/// What a decision may know beside the metric and the command.
#[derive(Debug, Clone)]
pub struct MetricContext {
    /// What every decision may know.
    pub common: Context,
    /// Until when the books of the tenant are closed, if they are.
    pub locked_until: Option<Instant>,
    /// Which fields the records of the tenant have.
    pub fields: Fields,
}

impl MetricContext {
    /// A time at which something takes effect must be one that is allowed. `key` is its key in the body.
    fn check_time(&self, key: &str, time: Instant) -> Result<(), Refusal> {
        self.common.check_not_too_far_ahead(key, time)?;
        match self.locked_until {
            Some(until) if time < until => Err(period_locked(until, key, time)),
            _ => Ok(()),
        }
    }
}

aggregate!(Metric, "metric", MetricCommand => MetricEvent, MetricContext);

impl Metric {
    /// The number of the latest version; 0 when there is none.
    pub fn latest_version(&self) -> u32 {
        self.timeline.latest_version()
    }

    /// What a command comes to.
    pub fn decide(&self, command: &MetricCommand, context: &MetricContext) -> Decision<MetricEvent> {
        match command {
            MetricCommand::Define(command) => self.define(command, context),
            MetricCommand::Deprecate(command) => self.deprecate(command, context),
            MetricCommand::Withdraw(command) => self.withdraw(command, &context.common),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: MetricEvent) {
        self.timeline.apply(&event);
        if let MetricEvent::MetricDefined(event) = event {
            let formula = read(event.formula.as_ref(), event.meaning.as_ref());
            let fingerprint = Fingerprint::of(&event.name, &event.description, formula.as_ref());
            self.fingerprints.insert(event.version, fingerprint);
        }
    }

    /// The answer to a command whose events this state has taken in; none without events, which no command comes to.
    pub fn answer(&self, events: &[MetricEvent]) -> Option<MetricAnswer> {
        match events.last()? {
            MetricEvent::MetricDefined(event) => self.version(event.version),
            MetricEvent::MetricVersionWithdrawn(event) => self.version(event.version),
            MetricEvent::MetricDeprecated(event) => Some(deprecation(event, events)),
        }
    }

    fn version(&self, version: u32) -> Option<MetricAnswer> {
        let window = self.timeline.window(version)?;
        Some(MetricAnswer::Version(MetricVersion { version, effective_at: window.from, deprecated_at: window.until }))
    }
}

fn deprecation(deprecated: &MetricDeprecated, events: &[MetricEvent]) -> MetricAnswer {
    let withdrawn = events.iter().filter_map(|event| match event {
        MetricEvent::MetricVersionWithdrawn(event) => Some(event.version),
        _ => None,
    });
    MetricAnswer::Deprecation(MetricDeprecation {
        deprecated_at: deprecated.deprecated_at,
        withdrawn_versions: withdrawn.collect(),
    })
}

/// An actor need not be given, but one that is given must be a user.
fn check_actor(context: &Context) -> Result<(), Refusal> {
    match context.actor {
        Some(actor) if !context.actor_is_user => {
            let detail = format!("{} {actor} is not a user of the tenant", header::ACTOR);
            Err(Refusal::new(RefusalCode::UnknownActor, detail))
        }
        _ => Ok(()),
    }
}
