//! Adding the next version of a metric.

use plinth_events::{
    Refusal, RefusalCode,
    command::metric::DefineMetric,
    envelope::header,
    event::metric::{MetricDefined, MetricEvent},
    time::Instant,
    timeline::Governs,
};

use super::{Fingerprint, Metric, MetricContext, check_actor};
use crate::{
    domain::{Context, Decision},
    formulas::understand,
};

impl Metric {
    /// The next version takes over at `effectiveAt`, whatever governs before and after. The formula is looked at last, since
    /// that takes longest.
    pub(super) fn define(&self, command: &DefineMetric, context: &MetricContext) -> Decision<MetricEvent> {
        let now = context.common.now_millis();
        check_author(&context.common)?;
        let effective_at = command.effective_at.unwrap_or(now);
        context.check_time("effectiveAt", effective_at)?;
        check_reason(command, effective_at, now)?;
        self.check_expected_version(command)?;
        let understood = command.formula.as_ref().map(|formula| understand(formula, &context.fields)).transpose()?;
        let fingerprint =
            Fingerprint::of(&command.name, &command.description, understood.as_ref().map(|formula| &formula.formula));
        self.check_change(command, &fingerprint, effective_at)?;
        let defined = MetricDefined {
            code: command.code.clone(),
            version: self.latest_version() + 1,
            name: command.name.clone(),
            description: command.description.clone(),
            formula: command.formula.clone(),
            meaning: understood.and_then(|formula| formula.meaning),
            effective_at,
            reason: command.reason.clone(),
            retroactive: effective_at < now,
        };
        Ok(vec![defined.into()])
    }

    fn check_expected_version(&self, command: &DefineMetric) -> Result<(), Refusal> {
        let (code, current) = (&command.code, self.latest_version());
        match command.expected_version {
            Some(expected) if expected != current => {
                let detail = format!("metric {code} is at version {current}, expected {expected}");
                Err(Refusal::new(RefusalCode::VersionConflict, detail).fact("current", current))
            }
            _ => Ok(()),
        }
    }

    fn check_change(
        &self,
        command: &DefineMetric,
        fingerprint: &Fingerprint,
        effective_at: Instant,
    ) -> Result<(), Refusal> {
        let Governs::Version(version) = self.timeline.governing(effective_at.utc()) else {
            return Ok(());
        };
        if self.fingerprints.get(&version) != Some(fingerprint) {
            return Ok(());
        }
        let detail = format!("version {version} of metric {} says the same at {effective_at}", command.code);
        Err(Refusal::new(RefusalCode::NoChange, detail).fact("version", version))
    }
}

/// A definition needs an author, who must be a user.
fn check_author(context: &Context) -> Result<(), Refusal> {
    if context.actor.is_none() {
        let detail = format!("a definition needs an author: the header {} is missing", header::ACTOR);
        return Err(Refusal::new(RefusalCode::UnknownActor, detail));
    }
    check_actor(context)
}

fn check_reason(command: &DefineMetric, effective_at: Instant, now: Instant) -> Result<(), Refusal> {
    if effective_at >= now || command.reason.is_some() {
        return Ok(());
    }
    let detail = format!("{effective_at} is earlier than the recording at {now}, which needs a reason");
    Err(Refusal::new(RefusalCode::ReasonRequired, detail).at("/reason"))
}
