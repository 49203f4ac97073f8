//! Jobs that wait and were given another time or another priority, or became another job.

use plinth_events::{
    event::job::JobEvent,
    time::{Instant, Moment},
};
use sqlx::PgConnection;

use super::end::Change;
use crate::ProjectionError;

/// What a batch changes about a job that waits. `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moved {
    /// It waits for this time, and whether that has come.
    pub(super) due: Option<(Instant, bool)>,
    /// The attempt that comes next.
    pub(super) attempt: Option<u32>,
    /// Its priority, which it keeps whatever happens to it.
    pub(super) priority: Option<i16>,
}

impl Moved {
    /// Takes in an event of a job that waits.
    pub(super) fn add(&mut self, event: &JobEvent, recorded_at: Moment) {
        let due = |run_at: Instant| Some((run_at, run_at <= recorded_at.into()));
        match event {
            JobEvent::JobReplaced(event) => {
                *self = Self { due: due(event.run_at), attempt: Some(1), priority: Some(event.priority) };
            }
            JobEvent::JobRescheduled(event) => self.due = due(event.run_at),
            JobEvent::JobPrioritized(event) => self.priority = Some(event.priority),
            _ => {}
        }
    }

    /// As it is left by an event that says when the next attempt is.
    pub(super) fn overtaken(self) -> Self {
        Self { priority: self.priority, ..Self::default() }
    }

    fn is_nothing(self) -> bool {
        self.due.is_none() && self.attempt.is_none() && self.priority.is_none()
    }
}

/// Moves the rows of a batch; costs nothing when there is none.
pub(super) async fn apply(connection: &mut PgConnection, changes: &[Change<'_>]) -> Result<(), ProjectionError> {
    let moved: Vec<_> = changes.iter().filter(|change| !change.moved.is_nothing()).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let of = || moved.iter().map(|change| change.moved);
    sqlx::query(include_str!("moved.sql"))
        .bind(moved.iter().map(|change| change.job.0).collect::<Vec<_>>())
        .bind(of().map(|moved| moved.priority).collect::<Vec<_>>())
        .bind(of().map(|moved| moved.due.map(|(due_at, _)| due_at.utc())).collect::<Vec<_>>())
        .bind(of().map(|moved| moved.due.is_some_and(|(_, is_due)| is_due)).collect::<Vec<_>>())
        .bind(of().map(|moved| moved.attempt.map(u32::cast_signed)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
