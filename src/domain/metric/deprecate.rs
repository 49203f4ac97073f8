//! Ending a metric at a time, with or without the versions scheduled after it.

use plinth_events::{
    Refusal, RefusalCode,
    command::metric::{DeprecateMetric, Scheduled},
    event::metric::{MetricDeprecated, MetricEvent, MetricVersionWithdrawn},
    history::{not_effective, unknown_metric},
    time::Instant,
    timeline::Governs,
};

use super::{Metric, MetricContext, check_actor};
use crate::domain::Decision;

impl Metric {
    /// No version governs from `deprecatedAt` on. The withdrawals come first, so that the log never shows a state
    /// which single commands could not have reached.
    pub(super) fn deprecate(&self, command: &DeprecateMetric, context: &MetricContext) -> Decision<MetricEvent> {
        check_actor(&context.common)?;
        let now = context.common.now_millis();
        let deprecated_at = command.deprecated_at.unwrap_or(now);
        context.check_time("deprecatedAt", deprecated_at)?;
        if self.latest_version() == 0 {
            return Err(unknown_metric(&command.code));
        }
        self.check_governed(command, deprecated_at)?;
        let withdrawn = self.to_withdraw(command, deprecated_at, now)?;
        let deprecated = MetricDeprecated {
            code: command.code.clone(),
            deprecated_at,
            reason: command.reason.clone(),
            retroactive: deprecated_at < now,
        };
        let withdrawals = withdrawn.into_iter().map(|version| withdrawal(command, version));
        Ok(withdrawals.chain([deprecated.into()]).collect())
    }

    /// Only what governs can end.
    fn check_governed(&self, command: &DeprecateMetric, deprecated_at: Instant) -> Result<(), Refusal> {
        match self.timeline.governing(deprecated_at.utc()) {
            Governs::Version(_) => Ok(()),
            Governs::NotYet(first) => {
                Err(not_effective(&command.code, deprecated_at.utc().into(), first).as_conflict())
            }
            Governs::Deprecated(since) => {
                let detail = format!("metric {} is deprecated since {since} already", command.code);
                Err(Refusal::new(RefusalCode::AlreadyDeprecated, detail).fact("deprecatedAt", since.to_string()))
            }
        }
    }

    /// The versions to withdraw with the deprecation: the scheduled ones, when the command says so.
    fn to_withdraw(
        &self,
        command: &DeprecateMetric,
        deprecated_at: Instant,
        now: Instant,
    ) -> Result<Vec<u32>, Refusal> {
        let scheduled = self.timeline.scheduled_after(deprecated_at);
        match command.scheduled {
            _ if scheduled.is_empty() => Ok(scheduled),
            Some(Scheduled::Keep) => Ok(Vec::new()),
            Some(Scheduled::Withdraw) => self.check_none_effective(command, scheduled, now),
            None => {
                let detail = format!("metric {} has versions {scheduled:?} after {deprecated_at}", command.code);
                Err(Refusal::new(RefusalCode::ScheduledVersionsExist, detail).fact("scheduledVersions", scheduled))
            }
        }
    }

    /// After a time in the past, a scheduled version may have taken over already; then nothing is withdrawn.
    fn check_none_effective(
        &self,
        command: &DeprecateMetric,
        scheduled: Vec<u32>,
        now: Instant,
    ) -> Result<Vec<u32>, Refusal> {
        let future = self.timeline.scheduled_after(now);
        let effective: Vec<u32> = scheduled.iter().copied().filter(|version| !future.contains(version)).collect();
        if effective.is_empty() {
            return Ok(scheduled);
        }
        let detail = format!("versions {effective:?} of metric {} are effective already", command.code);
        Err(Refusal::new(RefusalCode::AlreadyEffective, detail).fact("versions", effective))
    }
}

fn withdrawal(command: &DeprecateMetric, version: u32) -> MetricEvent {
    MetricVersionWithdrawn { code: command.code.clone(), version, reason: command.reason.clone() }.into()
}
