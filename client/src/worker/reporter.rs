//! The duty that reports outcomes: collects them for a moment, sends many at once, and releases their leases.

use std::{sync::Arc, time::Duration};

use plinth_events::{
    limits,
    reply::{JobItems, JobOutcome},
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{
    leases::Leases,
    report::{Report, ReportCommand, commands},
};
use crate::{Client, SendOptions};

/// How long outcomes are collected before they are sent.
const LINGER: Duration = Duration::from_millis(2);
/// Most reports under way at once; while they are, outcomes collect.
const REPORTS_IN_FLIGHT: usize = 16;

/// Reports the outcomes of one worker.
#[derive(Clone)]
pub(super) struct Reporter {
    client: Client,
    leases: Arc<Leases>,
}

impl Reporter {
    /// A report is tried for as long as its leases may last.
    pub(super) fn new(client: &Client, lease: Duration, leases: Arc<Leases>) -> Self {
        Self { client: client.with_deadline(lease), leases }
    }

    /// Reports until nobody is left who could have an outcome.
    pub(super) async fn run(self, mut reports: mpsc::Receiver<Report>) {
        let mut sending = JoinSet::new();
        loop {
            let collected = collect(&mut reports).await;
            if collected.is_empty() {
                break;
            }
            for command in commands(collected) {
                while sending.len() >= REPORTS_IN_FLIGHT {
                    sending.join_next().await;
                }
                sending.spawn(self.clone().send(command));
            }
            while sending.try_join_next().is_some() {}
        }
        while sending.join_next().await.is_some() {}
    }

    async fn send(self, report: ReportCommand) {
        let ReportCommand { tenant, leases, command } = report;
        match self.client.send_for::<JobItems>(tenant, &command, &SendOptions::new()).await {
            Ok(items) => items.jobs.iter().for_each(|item| {
                if let JobOutcome::Refused { code, .. } = &item.outcome {
                    tracing::warn!(tenant.id = %tenant, job.id = %item.job_id, code, "an outcome came too late");
                }
            }),
            Err(error) => {
                tracing::error!(tenant.id = %tenant, jobs = leases.len(), %error, "outcomes could not be reported");
            }
        }
        self.leases.release(&leases);
    }
}

/// Waits for an outcome; where several came at once, a moment longer for more. Empty when there will be none.
async fn collect(reports: &mut mpsc::Receiver<Report>) -> Vec<Report> {
    let mut collected = Vec::new();
    reports.recv_many(&mut collected, limits::BATCH_JOBS).await;
    let until = Instant::now() + LINGER;
    while collected.len() > 1 && collected.len() < limits::BATCH_JOBS {
        let free = limits::BATCH_JOBS - collected.len();
        match timeout_at(until, reports.recv_many(&mut collected, free)).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    collected
}
