//! What the service counts and times while it works: the names of these metrics, and one function for each fact.
//!
//! To record is a few atomic operations, and nothing at all where nobody collects. What is shown to whom is not known
//! here, and what can be looked up when somebody asks is not counted (`http`).

pub mod http;
pub mod jobs;

use std::time::Duration;

use metrics::{Counter, Histogram, counter, gauge, histogram};
use plinth_events::RefusalCode;

const REQUESTS: &str = "plinth_requests_total";
const REQUEST_DURATION: &str = "plinth_request_duration_seconds";
const BATCH_COMMANDS: &str = "plinth_batch_commands";
const BATCH_DURATION: &str = "plinth_batch_duration_seconds";
const INTAKE_MESSAGES: &str = "plinth_intake_messages_total";
const INTAKE_REDELIVERIES: &str = "plinth_intake_redeliveries_total";
const INTAKE_VERDICTS: &str = "plinth_intake_verdicts_total";
const JOBS_PUBLISHED: &str = "plinth_jobs_published_total";
const WEBHOOKS: &str = "plinth_webhook_requests_total";
const WEBHOOK_DURATION: &str = "plinth_webhook_request_duration_seconds";
const DUTY_HELD: &str = "plinth_duty_held";

/// The counters, each with its meaning.
pub const COUNTERS: [(&str, &str); 12] = [
    (REQUESTS, "requests answered"),
    (http::REQUESTS, "requests answered over HTTP"),
    (INTAKE_MESSAGES, "messages taken from the intake"),
    (INTAKE_REDELIVERIES, "messages of the intake that were delivered before"),
    (INTAKE_VERDICTS, "durable commands settled"),
    (JOBS_PUBLISHED, "jobs offered to workers"),
    (jobs::ENDS, "ends of attempts, and of jobs that did not run"),
    (jobs::RESCUES, "jobs taken away from their workers"),
    (jobs::ARCHIVED, "jobs that had ended and were kept for long enough"),
    (jobs::STARTS_REFUSED, "starts that the queues of a job did not allow"),
    (jobs::SCHEDULE_FIRES, "fire times of schedules that got a job, or none"),
    (WEBHOOKS, "jobs posted to webhooks"),
];

/// The gauges, each with its meaning.
pub const GAUGES: [(&str, &str); 1] = [(DUTY_HELD, "whether this replica holds the duty")];

/// The histograms, each with its meaning and its upper bounds.
pub const HISTOGRAMS: [(&str, &str, &[f64]); 7] = [
    (REQUEST_DURATION, "from taking a request to its answer", &SECONDS),
    (http::REQUEST_DURATION, "from taking a request over HTTP to the head of its answer", &SECONDS),
    (BATCH_COMMANDS, "commands that the writer decided in one transaction", &COMMANDS),
    (BATCH_DURATION, "the transaction of a batch, with loading and waiting for the lock", &SECONDS),
    (jobs::WAIT, "from when a job could start to its start", &jobs::SECONDS),
    (jobs::RUN, "from the start of an attempt to its end", &jobs::SECONDS),
    (WEBHOOK_DURATION, "from posting a job to a webhook to the end of its answer", &SECONDS),
];

const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0];
const COMMANDS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

/// What a request or a durable command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out, or answered.
    Accepted,
    /// It was carried out before.
    Duplicate,
    /// The caller's mistake, or too much at once.
    Refused(RefusalCode),
    /// Ours.
    Failed,
}

impl Outcome {
    /// Its name in metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Refused(_) => "refused",
            Self::Failed => "failed",
        }
    }

    /// Empty, which to Prometheus is no label, unless it was refused.
    fn code(self) -> &'static str {
        match self {
            Self::Refused(code) => code.as_str(),
            _ => "",
        }
    }
}

/// The requests for one command or query. Those who come often are found in advance.
pub struct Requests {
    kind: &'static str,
    name: &'static str,
    accepted: Counter,
    duplicate: Counter,
    failed: Counter,
    duration: Histogram,
}

impl Requests {
    /// Of a kind, `command` or `query`, and a name.
    pub fn of(kind: &'static str, name: &'static str) -> Self {
        Self {
            kind,
            name,
            accepted: requests(kind, name, Outcome::Accepted),
            duplicate: requests(kind, name, Outcome::Duplicate),
            failed: requests(kind, name, Outcome::Failed),
            duration: histogram!(REQUEST_DURATION, "kind" => kind),
        }
    }

    /// One was answered, after so long.
    pub fn answered(&self, outcome: Outcome, took: Duration) {
        self.duration.record(took);
        match outcome {
            Outcome::Accepted => self.accepted.increment(1),
            Outcome::Duplicate => self.duplicate.increment(1),
            Outcome::Refused(code) => self.refused(code),
            Outcome::Failed => self.failed.increment(1),
        }
    }

    /// One was refused at once.
    pub fn refused(&self, code: RefusalCode) {
        requests(self.kind, self.name, Outcome::Refused(code)).increment(1);
    }
}

fn requests(kind: &'static str, name: &'static str, outcome: Outcome) -> Counter {
    counter!(REQUESTS, "kind" => kind, "name" => name, "outcome" => outcome.name(), "code" => outcome.code())
}

/// A request for a command or a query that does not exist was refused.
pub fn stray(kind: &'static str, code: RefusalCode) {
    requests(kind, "unknown", Outcome::Refused(code)).increment(1);
}

/// The writer decided a batch, and committed what there was to commit.
pub fn batch(commands: usize, took: Duration) {
    histogram!(BATCH_COMMANDS).record(commands as f64);
    histogram!(BATCH_DURATION).record(took);
}

/// A message of the intake arrived, possibly not for the first time.
pub fn intake_taken(is_redelivery: bool) {
    counter!(INTAKE_MESSAGES).increment(1);
    counter!(INTAKE_REDELIVERIES).increment(u64::from(is_redelivery));
}

/// A durable command got its receipt. One that failed is parked.
pub fn intake_settled(outcome: Outcome) {
    counter!(INTAKE_VERDICTS, "outcome" => outcome.name(), "code" => outcome.code()).increment(1);
}

/// So many jobs are in the work queue now.
pub fn jobs_published(jobs: usize) {
    counter!(JOBS_PUBLISHED).increment(jobs as u64);
}

/// A job was posted to a webhook, with such an outcome, after so long.
pub fn webhook(outcome: &'static str, took: Duration) {
    counter!(WEBHOOKS, "outcome" => outcome).increment(1);
    histogram!(WEBHOOK_DURATION).record(took);
}

/// This replica has a duty, or has it no longer.
pub fn duty(name: &'static str, is_held: bool) {
    gauge!(DUTY_HELD, "duty" => name).set(f64::from(u8::from(is_held)));
}
