//! `job_flow` against a real Postgres: waits begin and end as a naive model says, however events are grouped.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::{collections::BTreeSet, fmt, time::Duration};

use plinth_events::{
    JobId,
    event::job::{JobDependencyFailed, JobEnqueued, JobEvent, JobReleased, JobRetried},
    flow::{DependencyCounts, OnDependencyFailure},
    names::JobKey,
};
use plinth_projections::{
    apply,
    job_queue::settled::{self, Verdict},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use sqlx::{Connection, PgConnection};
use support::{Log, assert_grouping_makes_no_difference, job::*, samples};

/// One step of a random history. Jobs are counted from 0 in the order in which they were enqueued.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        depends_on: Vec<Index>,
        sequence_key: Option<&'static str>,
        runs_anyway: bool,
    },
    /// Does what the wait of the job has come to.
    Settle(Index),
    StartAndComplete(Index),
    StartAndFail(Index),
    Cancel(Index),
    Retry(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let sequence_key = prop_oneof![2 => Just(None), 1 => Just(Some("a")), 1 => Just(Some("b"))];
    let job = any::<Index>;
    prop_oneof![
        4 => (vec(job(), 0..4), sequence_key, any::<bool>())
            .prop_map(|(depends_on, sequence_key, runs_anyway)| Step::Enqueue { depends_on, sequence_key, runs_anyway }),
        4 => job().prop_map(Step::Settle),
        2 => job().prop_map(Step::StartAndComplete),
        2 => job().prop_map(Step::StartAndFail),
        1 => job().prop_map(Step::Cancel),
        2 => job().prop_map(Step::Retry),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Since which of its events.
    Blocked(u64),
    Pending,
    Completed,
    Failed,
}

/// A job as a person would keep it on paper.
struct Paper {
    phase: Phase,
    events: u64,
    /// When it came to its line: how many events there were.
    line: Option<(&'static str, usize)>,
    open: BTreeSet<usize>,
    counts: DependencyCounts,
    /// The dependency with which it fails.
    fails_with: Option<usize>,
    runs_anyway: bool,
}

/// Writes the events of random steps as the service would.
struct Writer {
    log: Log,
    jobs: Vec<Paper>,
}

fn id(job: usize) -> JobId {
    job_id(job as u128 + 1)
}

fn key(sequence_key: Option<&str>) -> Option<JobKey> {
    sequence_key.map(|key| key.parse().unwrap())
}

impl Writer {
    fn record(&mut self, job: usize, event: impl Into<JobEvent>) {
        self.jobs[job].events += 1;
        self.log.record(TENANT, None, event.into());
    }

    fn take(&mut self, step: Step) {
        let job = match &step {
            Step::Enqueue { .. } => 0,
            Step::Settle(job)
            | Step::StartAndComplete(job)
            | Step::StartAndFail(job)
            | Step::Cancel(job)
            | Step::Retry(job)
                if !self.jobs.is_empty() =>
            {
                job.index(self.jobs.len())
            }
            _ => return,
        };
        match (step, self.jobs.get(job).map(|paper| paper.phase)) {
            (Step::Enqueue { depends_on, sequence_key, runs_anyway }, _) => {
                let jobs = self.jobs.len();
                let depends_on = depends_on.iter().filter(|_| jobs > 0).map(|job| job.index(jobs)).collect();
                self.enqueue(&depends_on, sequence_key, runs_anyway);
            }
            (Step::Settle(_), Some(Phase::Blocked(_))) => match self.verdict(job) {
                Some(Verdict::Release(dependencies)) => {
                    let (run_at, job_type) = (in_seconds(-5), job_type());
                    self.jobs[job].phase = Phase::Pending;
                    self.record(job, JobReleased { job_id: id(job), job_type, run_at, dependencies });
                }
                Some(Verdict::Fail(dependency)) => {
                    self.record(job, JobDependencyFailed { job_id: id(job), job_type: job_type(), dependency });
                    self.end(job, Phase::Failed);
                }
                None => {}
            },
            (Step::StartAndComplete(_), Some(Phase::Pending)) => {
                let token = self.jobs[job].events + 1;
                self.record(job, started(id(job), 1, token));
                self.record(job, completed(id(job), 1, token));
                self.end(job, Phase::Completed);
            }
            (Step::StartAndFail(_), Some(Phase::Pending)) => {
                let token = self.jobs[job].events + 1;
                self.record(job, started(id(job), 1, token));
                self.record(job, failed(id(job), 1, token, None));
                self.end(job, Phase::Failed);
            }
            (Step::Cancel(_), Some(Phase::Pending | Phase::Blocked(_))) => {
                self.record(job, cancelled(id(job)));
                self.end(job, Phase::Failed);
            }
            (Step::Retry(_), Some(Phase::Failed)) => self.retry(job),
            _ => {}
        }
    }

    fn enqueue(&mut self, depends_on: &BTreeSet<usize>, sequence_key: Option<&'static str>, runs_anyway: bool) {
        let in_phase = |phase: Phase| -> Vec<usize> {
            depends_on.iter().copied().filter(|job| self.jobs[*job].phase == phase).collect()
        };
        let (done, dead) = (in_phase(Phase::Completed), in_phase(Phase::Failed));
        let ids = |jobs: &[usize]| jobs.iter().map(|job| id(*job)).collect::<Vec<_>>();
        let job = self.jobs.len();
        let event = JobEnqueued {
            depends_on: depends_on.iter().map(|job| id(*job)).collect(),
            completed_dependencies: ids(&done),
            failed_dependencies: ids(&dead),
            on_dependency_failure: runs_anyway.then_some(OnDependencyFailure::Run),
            sequence_key: key(sequence_key),
            ..enqueue(id(job), in_seconds(-5), 0)
        };
        let open = depends_on.iter().copied().filter(|job| !done.contains(job) && !dead.contains(job)).collect();
        self.jobs.push(Paper {
            phase: if event.is_blocked() { Phase::Blocked(1) } else { Phase::Pending },
            events: 0,
            line: sequence_key.map(|key| (key, self.log.entries.len())),
            open,
            counts: DependencyCounts { completed: done.len() as u32, failed: dead.len() as u32 },
            fails_with: None,
            runs_anyway,
        });
        self.record(job, event);
        if let (Some(dead), false) = (dead.first(), runs_anyway) {
            self.record(job, JobDependencyFailed { job_id: id(job), job_type: job_type(), dependency: id(*dead) });
            self.end(job, Phase::Failed);
        }
    }

    fn retry(&mut self, job: usize) {
        let sequence_key = self.jobs[job].line.map(|(key, _)| key);
        let JobEvent::JobRetried(event) = retried(id(job), in_seconds(-5), 0) else { panic!("it is a retry") };
        let (events, place) = (self.jobs[job].events, self.log.entries.len());
        self.record(job, JobRetried { sequence_key: key(sequence_key), ..event });
        let paper = &mut self.jobs[job];
        paper.phase = sequence_key.map_or(Phase::Pending, |_| Phase::Blocked(events + 1));
        paper.line = sequence_key.map(|key| (key, place));
        (paper.open, paper.counts, paper.fails_with) = (BTreeSet::new(), DependencyCounts::default(), None);
    }

    fn end(&mut self, job: usize, phase: Phase) {
        self.jobs[job].phase = phase;
        for paper in &mut self.jobs {
            if matches!(paper.phase, Phase::Blocked(_)) && paper.open.remove(&job) {
                paper.counts.completed += u32::from(phase == Phase::Completed);
                paper.counts.failed += u32::from(phase == Phase::Failed);
                if phase == Phase::Failed && !paper.runs_anyway {
                    paper.fails_with.get_or_insert(job);
                }
            }
        }
    }

    /// What the wait of a blocked job has come to.
    fn verdict(&self, job: usize) -> Option<Verdict> {
        let paper = &self.jobs[job];
        if let Some(dependency) = paper.fails_with {
            return Some(Verdict::Fail(id(dependency)));
        }
        let is_open = |other: &&Paper| !matches!(other.phase, Phase::Completed | Phase::Failed);
        let before = |other: &Paper| match (other.line, paper.line) {
            (Some((key, place)), Some((own_key, own_place))) => key == own_key && place < own_place,
            _ => false,
        };
        let is_first = !self.jobs.iter().filter(is_open).any(before);
        let counts = (paper.counts != DependencyCounts::default()).then_some(paper.counts);
        (paper.open.is_empty() && is_first).then_some(Verdict::Release(counts))
    }

    /// All blocked jobs whose wait is over.
    fn settled(&self) -> Vec<(JobId, u64, Verdict)> {
        let blocked = |(job, paper): (usize, &Paper)| match paper.phase {
            Phase::Blocked(since) => Some((id(job), since, self.verdict(job)?)),
            _ => None,
        };
        self.jobs.iter().enumerate().filter_map(blocked).collect()
    }
}

fn history() -> impl Strategy<Value = Writer> {
    vec(step(), 0..60).prop_map(|steps| {
        let mut writer = Writer { log: log(&[TENANT]), jobs: vec![] };
        steps.into_iter().for_each(|step| writer.take(step));
        writer
    })
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.log.entries.iter().map(|entry| &entry.event)).finish()
    }
}

async fn settled_by_job(connection: &mut PgConnection) -> Vec<(JobId, u64, Verdict)> {
    let settled = settled::settled(connection, 0, 1_000).await.unwrap();
    let mut settled: Vec<_> = settled.into_iter().map(|job| (job.job_id, job.wait, job.verdict)).collect();
    settled.sort_by_key(|(job, ..)| *job);
    settled
}

#[tokio::test]
async fn however_events_are_grouped_the_tables_are_the_same() {
    let Some((database, mut connection, _)) = with_tenant().await else { return };
    sqlx::query(r#"delete from "Tenant""#).execute(&mut connection).await.unwrap();
    for (writer, cuts) in samples(&(history(), vec(any::<Index>(), 0..6)), 96) {
        assert_grouping_makes_no_difference(&mut connection, &writer.log.entries, &cuts).await;
    }
    database.drop().await;
}

#[tokio::test]
async fn waits_end_as_a_naive_model_says() {
    let Some((database, mut connection, _)) = with_tenant().await else { return };
    sqlx::query(r#"delete from "Tenant""#).execute(&mut connection).await.unwrap();
    for writer in samples(&history(), 192) {
        let mut transaction = connection.begin().await.unwrap();
        apply(&mut transaction, &writer.log.entries).await.unwrap();
        assert_eq!(settled_by_job(&mut transaction).await, writer.settled(), "{writer:?}");
        transaction.rollback().await.unwrap();
    }
    database.drop().await;
}

#[tokio::test]
async fn jobs_expire_that_do_not_run() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let expiring = |job: JobId, seconds| {
        let event = enqueue(job, in_seconds(-60), 0);
        JobEvent::from(JobEnqueued { expires_at: Some(in_seconds(seconds)), ..event })
    };
    let running = [expiring(job_id(1), -5), started(job_id(1), 1, 2)];
    let waiting = [expiring(job_id(2), -1), expiring(job_id(3), 60), expiring(job_id(4), -2)];
    happen(&mut connection, &mut log, running.into_iter().chain(waiting)).await;
    let expired = settled::expired(&mut connection, None, 10).await.unwrap();
    assert_eq!(expired, [(TENANT, job_id(4)), (TENANT, job_id(2))]);
    let lately = Some(Duration::from_millis(1_500));
    assert_eq!(settled::expired(&mut connection, lately, 10).await.unwrap(), [(TENANT, job_id(2))]);
    database.drop().await;
}
