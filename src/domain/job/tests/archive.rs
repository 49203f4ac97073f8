//! What becomes of a job that was kept for long enough after its end.

use plinth_events::{command::job::OnConflict, event::job::JobArchived};

use super::*;
use crate::domain::job::unique::Conflict;

fn archive(sequence: u64) -> JobCommand {
    JobCommand::Archive { sequence, ended_at: now() }
}

fn archived() -> JobEvent {
    JobArchived { job_id: JOB, job_type: job_type(), ended_at: now() }.into()
}

fn job(events: &[JobEvent]) -> Job {
    let mut job = Job::default();
    events.iter().for_each(|event| job.evolve(event.clone()));
    job
}

/// A job that is completed, and one that failed, both with their third event.
fn ended() -> [Vec<JobEvent>; 2] {
    let failed = failed(1, 2, "no such page", None);
    [vec![enqueued(), started(1, 2), completed(1, 2)], vec![enqueued(), started(1, 2), failed]]
}

#[test]
fn a_job_that_ended_is_archived_once() {
    for history in ended() {
        expect(when(&history, archive(3)), &[archived()]);
        let again = [history.as_slice(), &[archived()]].concat();
        expect_refusal(when(&again, archive(3)), RefusalCode::StaleLease);
        expect_refusal(when(&again, archive(4)), RefusalCode::StaleLease);
    }
}

#[test]
fn an_end_that_was_not_the_last_thing_to_happen_archives_nothing() {
    let [_, failed] = ended();
    let retried = [failed.as_slice(), &[retried()]].concat();
    expect_refusal(when(&retried, archive(3)), RefusalCode::StaleLease);
    expect_refusal(when(&retried, archive(4)), RefusalCode::StaleLease);
    let failed_again = [retried.as_slice(), &[cancelled()]].concat();
    expect_refusal(when(&failed_again, archive(3)), RefusalCode::StaleLease);
    expect(when(&failed_again, archive(5)), &[archived()]);
    expect_refusal(when(&[], archive(1)), RefusalCode::UnknownJob);
}

#[test]
fn nothing_happens_any_more_to_an_archived_job() {
    let reschedule = JobCommand::Reschedule { run_at: now(), reason: None };
    let prioritize = JobCommand::Prioritize { priority: 1, reason: None };
    for history in ended() {
        let history = [history.as_slice(), &[archived()]].concat();
        for command in [start(), cancel(), retry(), JobCommand::Expire, reschedule.clone(), prioritize.clone()] {
            expect_refusal(when(&history, command), RefusalCode::JobArchived);
        }
        expect_refusal(when(&history, complete(2)), RefusalCode::StaleLease);
        expect_refusal(when(&history, enqueue(request())), RefusalCode::JobIdTaken);
    }
}

#[test]
fn an_archived_job_is_to_others_what_it_was() {
    let [completed, failed] = ended().map(|history| job(&[history.as_slice(), &[archived()]].concat()));
    assert_eq!((completed.standing(), failed.standing()), (Standing::Completed, Standing::Failed));
    assert!(!completed.is_open());
    let key = "a".parse().unwrap();
    assert_eq!(failed.conflict(&key, OnConflict::Replace), Ok(Conflict::TakeOver));
    assert_eq!(failed.conflict(&key, OnConflict::ReturnExisting), Ok(Conflict::Existing));
}
