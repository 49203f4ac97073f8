//! How many jobs there are, and how they fared. What is asked is decided here; nothing is counted.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use plinth_events::{
    Refusal, RefusalCode, TenantId, limits,
    query::job_statistics::{GetJobStatistics, JobStatistics, StatisticsStep},
    time::Instant,
};
use plinth_projections::job_statistics::{self, Counts, Periods};

use super::{Queries, QueryError};
use crate::log::{LogError, head};

/// Most periods when the query does not say how long they are.
const DEFAULT_PERIODS: i64 = 200;
/// How far back when the query does not say.
const DEFAULT_RANGE: TimeDelta = TimeDelta::hours(1);

impl Queries {
    /// How many jobs there are, and how they fared: all as of one position of the log.
    pub async fn job_statistics(
        &self,
        tenant: TenantId,
        query: &GetJobStatistics,
    ) -> Result<JobStatistics, QueryError> {
        let periods = periods(query, Utc::now())?;
        let mut snapshot = self.database.snapshot().await?;
        let head = head::position(&mut *snapshot).await?;
        let position = job_statistics::position(&mut *snapshot).await.map_err(LogError::from)?;
        let Counts { jobs, types, other_types } =
            job_statistics::counts(&mut *snapshot, tenant, query.job_type.as_ref()).await.map_err(LogError::from)?;
        let (whole, series) = job_statistics::activity(&mut *snapshot, tenant, query.job_type.as_ref(), periods)
            .await
            .map_err(LogError::from)?;
        let Periods { step, from, until } = periods;
        Ok(JobStatistics {
            position,
            events_behind: head.saturating_sub(position),
            jobs,
            types,
            other_types,
            from: from.into(),
            until: until.into(),
            step,
            whole,
            series,
        })
    }
}

/// The periods that a query asks for, as wide as to hold all that it asks for.
fn periods(query: &GetJobStatistics, now: DateTime<Utc>) -> Result<Periods, Refusal> {
    let until = query.until.map_or(now, Instant::utc);
    let from = query.from.map_or(until - DEFAULT_RANGE, Instant::utc);
    if from >= until {
        return Err(invalid(
            "/from",
            format!("from {} must be before until {}", Instant::from(from), Instant::from(until)),
        ));
    }
    let step = query.step.unwrap_or_else(|| fitting(from, until, now));
    if from < kept_since(step, now) {
        let kept_since = Instant::from(kept_since(step, now));
        return Err(invalid("/from", format!("periods of {} s are kept since {kept_since} only", step.seconds())));
    }
    let periods = aligned(step, from, until).ok_or_else(|| invalid("/from", "the time is out of range".to_owned()))?;
    if count(periods) > limits::STATISTICS_PERIODS {
        let (asked, most) = (count(periods), limits::STATISTICS_PERIODS);
        return Err(invalid("/step", format!("{asked} periods of {} s are more than {most}", step.seconds())));
    }
    Ok(periods)
}

/// The shortest that is kept and does not make too many; or else the longest.
fn fitting(from: DateTime<Utc>, until: DateTime<Utc>, now: DateTime<Utc>) -> StatisticsStep {
    let fits = |step: &StatisticsStep| {
        from >= kept_since(*step, now) && (until - from).num_seconds() <= DEFAULT_PERIODS * i64::from(step.seconds())
    };
    StatisticsStep::ALL.into_iter().find(fits).unwrap_or(StatisticsStep::Day)
}

fn kept_since(step: StatisticsStep, now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(step.kept_days().into())
}

fn aligned(step: StatisticsStep, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Periods> {
    let long = TimeDelta::seconds(step.seconds().into());
    Some(Periods { step, from: from.duration_trunc(long).ok()?, until: until.duration_round_up(long).ok()? })
}

fn count(Periods { step, from, until }: Periods) -> i64 {
    (until - from).num_seconds() / i64::from(step.seconds())
}

fn invalid(pointer: &str, detail: String) -> Refusal {
    Refusal::new(RefusalCode::InvalidValue, detail).at(pointer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(time: &str) -> Instant {
        time.parse().unwrap()
    }

    fn asked(
        from: &str,
        until: &str,
        step: Option<StatisticsStep>,
    ) -> Result<(StatisticsStep, String, String), Refusal> {
        let query = GetJobStatistics { job_type: None, from: Some(at(from)), until: Some(at(until)), step };
        let Periods { step, from, until } = periods(&query, at("2026-11-23T12:00:00Z").utc())?;
        Ok((step, Instant::from(from).to_string(), Instant::from(until).to_string()))
    }

    #[test]
    fn the_last_hour_is_shown_by_the_minute() {
        let now = at("2026-11-23T12:00:30Z").utc();
        let found = periods(&GetJobStatistics::default(), now).unwrap();
        assert_eq!((found.step, count(found)), (StatisticsStep::Minute, 61));
        assert_eq!(found.until, at("2026-11-23T12:01:00Z").utc(), "the minute that is not over is shown too");
    }

    #[test]
    fn the_longer_the_time_the_longer_its_periods() {
        for (from, step) in [
            ("2026-11-23T09:00:00Z", StatisticsStep::Minute),
            ("2026-11-22T12:00:00Z", StatisticsStep::TenMinutes),
            ("2026-11-16T12:00:00Z", StatisticsStep::Hour),
            ("2026-09-23T12:00:00Z", StatisticsStep::Day),
        ] {
            assert_eq!(asked(from, "2026-11-23T12:00:00Z", None).unwrap().0, step, "{from}");
        }
        let past = asked("2026-11-15T10:00:00Z", "2026-11-15T11:00:00Z", None).unwrap().0;
        assert_eq!(past, StatisticsStep::TenMinutes, "minutes of that day are not kept any more");
    }

    #[test]
    fn periods_begin_and_end_with_those_of_utc() {
        let expected = (StatisticsStep::Hour, "2026-11-22T09:00:00Z".to_owned(), "2026-11-22T11:00:00Z".to_owned());
        let found = asked("2026-11-22T09:59:59Z", "2026-11-22T10:00:01Z", Some(StatisticsStep::Hour));
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn what_is_not_kept_what_is_too_much_and_what_is_no_time_is_refused() {
        let minute = Some(StatisticsStep::Minute);
        for (from, until, step, pointer) in [
            ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", minute, "/from"),
            ("2020-11-20T10:00:00Z", "2026-11-20T11:00:00Z", None, "/from"),
            ("2026-11-23T03:00:00Z", "2026-11-23T12:00:00Z", minute, "/step"),
            ("2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z", None, "/from"),
        ] {
            let refusal = asked(from, until, step).unwrap_err();
            let refused = (refusal.code, refusal.errors.first().map(|error| error.pointer.as_str()));
            assert_eq!(refused, (RefusalCode::InvalidValue, Some(pointer)), "{}", refusal.detail);
        }
    }
}
