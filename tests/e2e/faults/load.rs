//! A load of mixed commands. Every command has its id before it is first sent, and is sent under it until it is
//! accepted, whatever happens meanwhile. What was accepted is kept for the oracle.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{CommandId, CommandName, TenantId, UserId, envelope::Origin, reply::Reply};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

/// Callers that ask and wait for the answer.
const CALLERS: usize = 12;
/// Callers that publish to the intake.
const PUBLISHERS: usize = 2;
/// How long a caller thinks between two commands, so that the load leaves room for what is tested.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a caller waits for one answer before it sends the command again.
const ANSWER_LIMIT: Duration = Duration::from_millis(1_500);
/// Longest time without progress.
const STALL_LIMIT: Duration = Duration::from_secs(30);
/// Versions per metric of a publisher; then it goes on with the next metric.
const VERSIONS: usize = 40;
/// Jobs per batch.
const BATCH: usize = 5;
/// The type of the jobs that are left to workers.
pub const LEFT_TO_WORKERS: &str = "left_to_workers";

/// A command that was accepted.
pub struct Accepted {
    pub command_id: CommandId,
    pub reply: Reply,
}

/// A command that the intake took.
pub struct Published {
    pub command_id: CommandId,
    /// The metric that it defines a version of.
    pub code: String,
}

/// Everything that callers were told.
#[derive(Default)]
pub struct Ledger {
    pub accepted: Mutex<Vec<Accepted>>,
    pub published: Mutex<Vec<Published>>,
    count: AtomicU64,
    unanswered: AtomicU64,
}

impl Ledger {
    /// How many answers did not come in time.
    pub fn late(&self) -> u64 {
        self.unanswered.load(Relaxed)
    }
}

/// A running load.
pub struct Load {
    ledger: Arc<Ledger>,
    stop: CancellationToken,
    callers: JoinSet<()>,
}

impl Load {
    /// Callers and publishers for a tenant of their own.
    pub async fn start(ground: &Ground) -> Self {
        Self::of(ground, PUBLISHERS).await
    }

    /// Callers only, for tests that take from the intake what it holds.
    pub async fn without_publishers(ground: &Ground) -> Self {
        Self::of(ground, 0).await
    }

    async fn of(ground: &Ground, publishers: usize) -> Self {
        let client = ground.client().await;
        let acting = Acting::new(&client).await;
        for widget in WIDGETS {
            acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": widget })).await.unwrap();
        }
        let (ledger, stop) = (Arc::<Ledger>::default(), CancellationToken::new());
        let caller = Caller {
            client: client.with_deadline(ANSWER_LIMIT),
            tenant: acting.tenant,
            user: acting.user,
            ledger: Arc::clone(&ledger),
            stop: stop.clone(),
        };
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            callers.spawn(caller.clone().call(number));
        }
        for number in 0..publishers {
            callers.spawn(caller.clone().publish(number));
        }
        Self { ledger, stop, callers }
    }

    /// Waits until so many more commands are accepted.
    pub async fn progress(&self, commands: u64) {
        let goal = self.ledger.count.load(Relaxed) + commands;
        eventually(STALL_LIMIT, "callers get on", async || (self.ledger.count.load(Relaxed) >= goal).then_some(()))
            .await;
    }

    /// How many answers did not come in time.
    pub fn unanswered(&self) -> u64 {
        self.ledger.late()
    }

    /// Lets every caller finish the command that it is at, and tells what they were told.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stop.cancel();
        let finished = tokio::time::timeout(STALL_LIMIT, async {
            while let Some(caller) = self.callers.join_next().await {
                caller.unwrap();
            }
        });
        finished.await.expect("callers finish");
        self.ledger
    }
}

const WIDGETS: [&str; 4] = ["revenue", "tasks", "at_risk", "orders"];

#[derive(Clone)]
struct Caller {
    client: Client,
    tenant: TenantId,
    user: UserId,
    ledger: Arc<Ledger>,
    stop: CancellationToken,
}

impl Caller {
    /// Rounds of commands: metrics of its own and shared ones, layouts that all callers move, jobs from their start to
    /// their end.
    async fn call(self, number: usize) {
        let mut round = 0;
        while !self.stop.is_cancelled() {
            self.round(number, round).await;
            round += 1;
        }
    }

    async fn round(&self, number: usize, round: usize) {
        let widget = WIDGETS[(number + round) % WIDGETS.len()];
        let place = (number * 3 + round) % WIDGETS.len();
        self.send("metric.define", definition(&format!("own_{number}_{}", round / VERSIONS), round)).await;
        self.send("metric.define", definition(&format!("shared_{}", round / 4), number * 1_000_000 + round)).await;
        self.send("dashboard.move-widget", json!({ "userId": null, "widgetType": widget, "toPosition": place })).await;
        let config = json!({ "number": number, "round": round });
        self.send("dashboard.configure-widget", json!({ "userId": self.user, "widgetType": widget, "config": config }))
            .await;
        self.send("job.enqueue", json!({ "type": LEFT_TO_WORKERS, "payload": { "round": round } })).await;
        self.run_jobs(number).await;
    }

    async fn run_jobs(&self, number: usize) {
        let jobs = vec![json!({ "type": "run_by_callers", "payload": {} }); BATCH];
        let enqueued = self.send("job.enqueue-batch", json!({ "jobs": jobs })).await;
        let worker = format!("caller-{number}");
        let start = json!({ "jobs": enqueued["jobIds"], "worker": worker, "leaseSeconds": 600 });
        let started = self.send("job.start", start).await;
        let outcome = |job: &Value| {
            assert_eq!(job["status"], "started", "{started}");
            json!({ "jobId": job["jobId"], "token": job["token"], "result": { "by": number } })
        };
        let completions: Vec<Value> = started["jobs"].as_array().unwrap().iter().map(outcome).collect();
        let completed = self.send("job.complete", json!({ "jobs": completions })).await;
        assert!(completed["jobs"].as_array().unwrap().iter().all(|job| job["status"] == "completed"), "{completed}");
    }

    /// Sends a command until it is accepted, and returns its result.
    async fn send(&self, command: &str, body: Value) -> Value {
        tokio::time::sleep(PAUSE).await;
        let (options, body) = (self.options(), body.to_string());
        let began = Instant::now();
        let reply = loop {
            let sent = self.client.send_raw(self.tenant, name(command), body.clone().into(), &options).await;
            match sent {
                Ok(reply) => break reply,
                Err(SendError::Unanswered { .. }) => self.unanswered(command, began),
                Err(error) => panic!("{error}"),
            }
        };
        let result = reply.result_as().unwrap();
        self.ledger.accepted.lock().unwrap().push(Accepted { command_id: options.command_id, reply });
        self.ledger.count.fetch_add(1, Relaxed);
        result
    }

    /// Publishes versions of metrics to the intake, each until the broker has it.
    async fn publish(self, number: usize) {
        let mut count = 0;
        while !self.stop.is_cancelled() {
            tokio::time::sleep(PAUSE).await;
            let (options, code) = (self.options(), format!("published_{number}_{}", count / VERSIONS));
            let body = definition(&code, count).to_string();
            let began = Instant::now();
            loop {
                let body = body.clone().into();
                let name = CommandName::DefineMetric;
                match self.client.publish_durable_raw(self.tenant, name, body, &options).await {
                    Ok(_) => break,
                    Err(SendError::Unanswered { .. }) => self.unanswered("publishing", began),
                    Err(error) => panic!("{error}"),
                }
            }
            self.ledger.published.lock().unwrap().push(Published { command_id: options.command_id, code });
            count += 1;
        }
    }

    fn unanswered(&self, command: &str, began: Instant) {
        self.ledger.unanswered.fetch_add(1, Relaxed);
        assert!(began.elapsed() < STALL_LIMIT, "{command} was not answered for {} s", STALL_LIMIT.as_secs());
    }

    fn options(&self) -> SendOptions {
        let origin = Origin { actor: Some(self.user), ..Origin::default() };
        SendOptions { command_id: CommandId(Uuid::new_v4()), origin }
    }
}

/// A version that no other one equals.
fn definition(code: &str, number: usize) -> Value {
    json!({ "code": code, "name": "Under load", "description": format!("Version of step {number}.") })
}

fn name(command: &str) -> CommandName {
    let (aggregate, verb) = command.split_once('.').unwrap();
    CommandName::from_tokens(aggregate, verb).unwrap()
}
