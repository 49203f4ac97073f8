//! Taking back a version that is not effective yet.

use plinth_events::{
    Refusal, RefusalCode,
    command::metric::WithdrawMetricVersion,
    event::metric::{MetricEvent, MetricVersionWithdrawn},
    history::unknown_metric,
};

use super::{Metric, check_actor};
use crate::domain::{Context, Decision};

impl Metric {
    /// The version never governs. Its number is not used again.
    pub(super) fn withdraw(&self, command: &WithdrawMetricVersion, context: &Context) -> Decision<MetricEvent> {
        check_actor(context)?;
        let WithdrawMetricVersion { code, version, reason } = command;
        if self.timeline.latest_version() == 0 {
            return Err(unknown_metric(code));
        }
        let Some(point) = self.timeline.version(*version) else {
            let detail = format!("metric {code} has no version {version}");
            return Err(Refusal::new(RefusalCode::UnknownVersion, detail));
        };
        if point.withdrawn {
            let detail = format!("version {version} of metric {code} is withdrawn already");
            return Err(Refusal::new(RefusalCode::AlreadyWithdrawn, detail));
        }
        if point.at <= context.now_millis() {
            let detail = format!("version {version} of metric {code} is effective since {}", point.at);
            return Err(Refusal::new(RefusalCode::AlreadyEffective, detail));
        }
        Ok(vec![MetricVersionWithdrawn { code: code.clone(), version: *version, reason: reason.clone() }.into()])
    }
}
