//! Schedules, with their next fire times.

use plinth_events::{
    RefusalCode, TenantId,
    query::schedule::{GetSchedule, ListSchedules, SchedulePage, ScheduleRow},
};
use plinth_projections::schedule;

use super::{DEFAULT_LIMIT, Queries, QueryError, page, unknown};
use crate::timetable::Timetable;

/// Fire times of a schedule when the query does not say how many.
const DEFAULT_FIRE_TIMES: u32 = 5;

impl Queries {
    /// One schedule, with its next fire times.
    pub async fn schedule(&self, tenant: TenantId, query: &GetSchedule) -> Result<ScheduleRow, QueryError> {
        let Some(row) = schedule::read::find(self.database.pool(), tenant, &query.name).await? else {
            return Err(unknown(RefusalCode::UnknownSchedule, format!("schedule {} is unknown", query.name)));
        };
        with_fire_times(row, query.fire_times.unwrap_or(DEFAULT_FIRE_TIMES))
    }

    /// Schedules, by name.
    pub async fn schedules(&self, tenant: TenantId, query: &ListSchedules) -> Result<SchedulePage, QueryError> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        let after = query.after.as_ref();
        let mut rows = schedule::read::list(self.database.pool(), tenant, after, limit + 1).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let rows = rows.into_iter().map(|row| with_fire_times(row, DEFAULT_FIRE_TIMES));
        let (schedules, cut) = page(rows.collect::<Result<Vec<_>, _>>()?)?;
        let next = schedules.last().filter(|_| more || cut.is_some()).map(|last| last.name.clone());
        Ok(SchedulePage { schedules, next })
    }
}

/// The row has the fire time that is due next; the others follow from it.
fn with_fire_times(mut row: ScheduleRow, count: u32) -> Result<ScheduleRow, QueryError> {
    if let Some(next) = row.next_fire_times.first().copied() {
        let timetable = Timetable::new(&row.cron, &row.time_zone)?;
        row.next_fire_times.extend(timetable.fires_after(next).take(count as usize - 1));
    }
    Ok(row)
}
