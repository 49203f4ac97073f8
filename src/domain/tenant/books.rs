//! The closed books of a tenant: before that time nothing takes effect any more.

use plinth_events::{
    Refusal, RefusalCode,
    command::tenant::LockTenantPeriod,
    event::tenant::{TenantEvent, TenantPeriodLocked},
    time::Instant,
};

use super::Registered;
use crate::domain::{Context, Decision};

impl Registered {
    /// The books are never opened again, so a time to come is taken for a mistake.
    pub(super) fn lock_period(&self, command: &LockTenantPeriod, context: &Context) -> Decision<TenantEvent> {
        let LockTenantPeriod { until, reason } = command;
        match self.locked_until {
            Some(locked) if locked == *until => Ok(Vec::new()),
            Some(locked) if locked > *until => Err(period_locked(locked, "until", *until)),
            _ if *until > context.now_millis() => {
                let now = context.now_millis();
                let detail = format!("the period until {until} is not over, the latest time allowed is {now}");
                Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/until"))
            }
            _ => Ok(vec![TenantPeriodLocked { until: *until, reason: reason.clone() }.into()]),
        }
    }
}

/// The books are closed until a time that is later than the one under this key of the body.
pub fn period_locked(until: Instant, key: &str, time: Instant) -> Refusal {
    let detail = format!("{key} {time} lies in the period until {until}, which is locked");
    Refusal::new(RefusalCode::PeriodLocked, detail).at(&format!("/{key}")).fact("until", until.to_string())
}
