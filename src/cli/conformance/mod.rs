//! `plinth conformance -- CMD`: runs a worker program, gives it jobs, and says rule by rule whether it keeps the protocol of
//! docs/worker-protocol.md.
//!
//! It is a client of a running service like any other: it enqueues jobs of a type that nobody else has, listens to what the
//! worker asks, reads the histories of the jobs, and stops, freezes and kills the worker.

mod program;
mod rules;
mod service;
mod tap;

use std::{process::ExitCode, time::Instant};

use clap::Args;
use plinth_events::{limits, names::JobType};
use serde_json::json;
use uuid::Uuid;

use self::{
    program::Program,
    rules::{Level, RULES, Rule},
    service::Service,
    tap::Tap,
};
use super::{
    failure, output,
    remote::{Remote, Tenant},
};

/// Check whether a worker program keeps the protocol, rule by rule.
///
/// The program serves the one job type that PLINTH_JOB_TYPE names, with leases of PLINTH_LEASE_SECONDS, over NATS_URL and
/// under PLINTH_SUBJECT_PREFIX. What it has to do with the payloads of this type stands in docs/worker-protocol.md.
#[derive(Args)]
pub(super) struct Conformance {
    /// The program and its arguments
    #[arg(required = true, last = true, value_name = "CMD")]
    command: Vec<String>,
    #[command(flatten)]
    tenant: Tenant,
    /// The leases that the program is told to take, in seconds: longer ones take longer to check
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=i64::from(limits::LEASE_SECONDS)))]
    lease_seconds: u32,
    /// Check only the rules with this in their names
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Print JSON, one rule a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

/// What a rule is checked with.
struct Trial {
    service: Service,
    tap: Tap,
    program: Program,
}

impl Conformance {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        let job_type: JobType = format!("conformance_{}", &Uuid::new_v4().simple().to_string()[..12]).parse()?;
        let service = Service::new(client.clone(), self.tenant.id, job_type, self.lease_seconds);
        let tap = Tap::open(&client, self.tenant.id).await?;
        let program = Program::start(&self.command, &service, &self.remote.nats)?;
        let mut trial = Trial { service, tap, program };
        let mut broken = 0;
        for rule in RULES.iter().filter(|rule| rule.name.contains(&self.only)) {
            broken += u32::from(!self.check(rule, &mut trial).await? && rule.level == Level::Must);
        }
        trial.program.kill().await?;
        trial.service.clean_up().await?;
        Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whether the program keeps a rule. After one that it breaks it starts afresh, so that the next ones stand for
    /// themselves.
    async fn check(&self, rule: &Rule, trial: &mut Trial) -> anyhow::Result<bool> {
        let started = Instant::now();
        let checked = (rule.check)(trial).await;
        self.print(rule, checked.as_ref().err(), started.elapsed().as_secs_f64())?;
        trial.service.end_all().await?;
        if checked.is_err() {
            trial.program.kill().await?;
        }
        trial.program.start_unless_running()?;
        Ok(checked.is_ok())
    }

    fn print(&self, rule: &Rule, broken: Option<&anyhow::Error>, seconds: f64) -> anyhow::Result<()> {
        let reason = broken.map(failure::told);
        let level = rule.level.as_str();
        if self.json {
            let line = json!({ "rule": rule.name, "level": level, "kept": reason.is_none(), "reason": reason,
                "seconds": seconds });
            output::print(line)?;
            return Ok(());
        }
        let verdict = match (&reason, rule.level) {
            (None, _) => "kept",
            (Some(_), Level::May) => "absent",
            (Some(_), Level::Must | Level::Should) => "BROKEN",
        };
        output::print(format_args!("{verdict:<6}  {level:<6}  {seconds:>5.1} s  {}", rule.name))?;
        if let Some(reason) = reason {
            output::print(format_args!("        {}", output::printable(&reason)))?;
        }
        Ok(())
    }
}
