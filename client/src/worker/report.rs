//! Reports as commands: many outcomes of a tenant in one, within the limits of a message. Pure.

use std::{collections::HashMap, mem};

use plinth_events::{
    Command, TenantId,
    command::job::{CompleteJobs, Completion, FailJobs, Failure, Snooze, SnoozeJobs},
    limits,
};

use super::{leases::Lease, outcome::Outcome};

/// Most bytes of items in one command, which leaves room for what stands around them.
const ITEMS_BYTES: usize = limits::MESSAGE_BYTES - 1024;
/// What an item takes beside its result or its error.
const ITEM_BYTES: usize = 200;
/// One character of an error may become this many bytes of JSON.
const ESCAPED_BYTES: usize = 6;

/// The outcome of an attempt.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) lease: Lease,
    pub(super) outcome: Outcome,
}

/// A command that reports outcomes, and the leases that end with it.
#[derive(Debug)]
pub(super) struct ReportCommand {
    pub(super) tenant: TenantId,
    pub(super) leases: Vec<Lease>,
    pub(super) command: Command,
}

/// All outcomes of one kind and one tenant together, as far as they fit into a message.
pub(super) fn commands(reports: impl IntoIterator<Item = Report>) -> Vec<ReportCommand> {
    let mut tenants: HashMap<TenantId, Outcomes> = HashMap::new();
    for report in reports {
        tenants.entry(report.lease.tenant).or_default().add(report);
    }
    tenants.into_iter().flat_map(|(tenant, outcomes)| outcomes.commands(tenant)).collect()
}

/// The outcomes of one tenant, by kind.
#[derive(Default)]
struct Outcomes {
    completed: Parts<Completion>,
    failed: Parts<Failure>,
    snoozed: Parts<Snooze>,
}

impl Outcomes {
    fn add(&mut self, Report { lease, outcome }: Report) {
        let Lease { job_id, token, .. } = lease;
        match outcome {
            Outcome::Completed(result) => {
                let bytes = result.as_ref().map_or(0, |result| result.as_str().len());
                self.completed.add(lease, Completion { job_id, token, result }, bytes);
            }
            Outcome::Failed { error, kind, details, retryable, retry_after_seconds } => {
                let details_bytes = details.as_ref().map_or(0, |details| details.as_str().len());
                let kind_bytes = kind.as_ref().map_or(0, |kind| kind.as_str().len());
                let bytes = ESCAPED_BYTES * (error.as_str().len() + kind_bytes) + details_bytes;
                let retryable = Some(retryable);
                let failure = Failure { job_id, token, error, kind, details, retryable, retry_after_seconds };
                self.failed.add(lease, failure, bytes);
            }
            Outcome::Snoozed { seconds } => self.snoozed.add(lease, Snooze { job_id, token, seconds }, 0),
        }
    }

    fn commands(self, tenant: TenantId) -> impl Iterator<Item = ReportCommand> {
        let completed = self.completed.commands(|jobs| Command::CompleteJobs(CompleteJobs { jobs }));
        let failed = self.failed.commands(|jobs| Command::FailJobs(FailJobs { jobs }));
        let snoozed = self.snoozed.commands(|jobs| Command::SnoozeJobs(SnoozeJobs { jobs }));
        let all = completed.chain(failed).chain(snoozed);
        all.map(move |(leases, command)| ReportCommand { tenant, leases, command })
    }
}

/// Items, in parts that each fit into one command.
struct Parts<T> {
    full: Vec<(Vec<Lease>, Vec<T>)>,
    leases: Vec<Lease>,
    items: Vec<T>,
    bytes: usize,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self { full: Vec::new(), leases: Vec::new(), items: Vec::new(), bytes: 0 }
    }
}

impl<T> Parts<T> {
    fn add(&mut self, lease: Lease, item: T, content_bytes: usize) {
        let bytes = content_bytes + ITEM_BYTES;
        if self.items.len() == limits::BATCH_JOBS || self.bytes + bytes > ITEMS_BYTES {
            self.close();
        }
        self.leases.push(lease);
        self.items.push(item);
        self.bytes += bytes;
    }

    fn close(&mut self) {
        if !self.items.is_empty() {
            self.full.push((mem::take(&mut self.leases), mem::take(&mut self.items)));
            self.bytes = 0;
        }
    }

    fn commands(mut self, command: impl Fn(Vec<T>) -> Command) -> impl Iterator<Item = (Vec<Lease>, Command)> {
        self.close();
        self.full.into_iter().map(move |(leases, items)| (leases, command(items)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::{CommandName, JobId};
    use uuid::Uuid;

    use super::*;

    fn report(tenant: u128, job: u128, outcome: Outcome) -> Report {
        let lease = Lease { tenant: TenantId(Uuid::from_u128(tenant)), job_id: JobId(Uuid::from_u128(job)), token: 7 };
        Report { lease, outcome }
    }

    fn completed(bytes: usize) -> Outcome {
        let json = format!("\"{}\"", "x".repeat(bytes - 2));
        Outcome::Completed(Some(serde_json::from_str(&json).unwrap()))
    }

    fn failed(error: &str) -> Outcome {
        let error = error.parse().unwrap();
        Outcome::Failed { error, kind: None, details: None, retryable: true, retry_after_seconds: None }
    }

    fn sizes(commands: &[ReportCommand]) -> Vec<usize> {
        commands.iter().map(|command| command.leases.len()).collect()
    }

    #[test]
    fn outcomes_of_a_tenant_and_a_kind_go_together() {
        let reports = [
            report(1, 1, Outcome::Completed(None)),
            report(1, 2, Outcome::Completed(None)),
            report(1, 3, failed("no")),
            report(2, 4, Outcome::Snoozed { seconds: 0 }),
        ];
        let mut commands = commands(reports);
        commands.sort_by_key(|command| command.leases[0].job_id);
        let names: Vec<CommandName> = commands.iter().map(|command| command.command.name()).collect();
        assert_eq!(names, [CommandName::CompleteJobs, CommandName::FailJobs, CommandName::SnoozeJobs]);
        assert_eq!(sizes(&commands), [2, 1, 1]);
    }

    #[test]
    fn a_command_reports_at_most_a_thousand_jobs() {
        let reports = (0..2_500).map(|job| report(1, job, Outcome::Completed(None)));
        assert_eq!(sizes(&commands(reports)), [1_000, 1_000, 500]);
    }

    #[test]
    fn every_command_fits_into_a_message() {
        let results = (0..9).map(|job| report(1, job, completed(limits::PAYLOAD_BYTES)));
        let errors = (10..60).map(|job| report(1, job, failed(&"\u{1}".repeat(10_000))));
        let small = (100..3_000).map(|job| report(1, job, completed(700)));
        let commands = commands(results.chain(errors).chain(small));
        assert_eq!(sizes(&commands).iter().sum::<usize>(), 9 + 50 + 2_900);
        for command in commands {
            assert!(command.command.body().unwrap().len() <= limits::MESSAGE_BYTES);
        }
    }
}
