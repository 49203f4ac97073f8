//! The writer: one task per process that turns commands into committed events, a batch at a time.
//!
//! A batch that a constraint rejects is split until the culprit stands alone and is refused; its neighbours commit. A
//! database that is gone fails the batch, and its callers send the same commands again. Within a submission order is
//! kept: once a command of it has failed, the ones behind it are not tried. A command that comes from a duty is decided
//! only in the turn that it comes from.

use std::{
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::FutureExt;
use plinth_events::{AggregateKey, CommandId, TenantId, reply::Reply};
use sqlx::{Connection, PgConnection};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot, watch},
};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Failure, Verdict},
    batch::{BATCH_WEIGHT, Workspace},
    cache::Cache,
    decide, keys, loading,
    parse::Envelope,
    rejection, spans,
    submission::{Place, Submission, places, take_batch},
};
use crate::{
    log::{
        Database, LogError, append, head,
        lease::{self, Fence},
    },
    measure::{self, jobs::Jobs},
    traces::Traces,
};

/// How many submissions wait for the writer before callers have to.
const QUEUE_SUBMISSIONS: usize = 4_096;
/// How long to wait before each further try of a batch while the database is away.
const RETRY_DELAYS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// Longest try: opening a connection, waiting for the lock, writing.
const TRY_LIMIT: Duration = Duration::from_secs(25);

/// Hands commands to the writer.
#[derive(Debug, Clone)]
pub struct Submitter {
    queue: mpsc::Sender<Submission>,
    head: watch::Receiver<u64>,
}

impl Submitter {
    /// Has one command decided and committed.
    pub async fn submit(&self, envelope: Envelope) -> Verdict {
        self.submit_all(vec![envelope]).await.pop().unwrap_or_else(stopped)
    }

    /// Has commands decided and committed in their order; after one that failed the others fail untried.
    pub async fn submit_all(&self, envelopes: Vec<Envelope>) -> Vec<Verdict> {
        let count = envelopes.len();
        let (reply, verdicts) = oneshot::channel();
        let taken_at = SystemTime::now();
        let submission = Submission { envelopes, taken_at, verdicts: Vec::with_capacity(count), reply };
        if self.queue.send(submission).await.is_err() {
            return vec![stopped(); count];
        }
        verdicts.await.unwrap_or_else(|_| vec![stopped(); count])
    }

    /// The position of the last event that this process committed, and word of every later one.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }
}

fn stopped() -> Verdict {
    Verdict::Failed(Failure { is_passing: true, cause: "the service is stopping".to_owned() })
}

/// The writer.
pub struct Executor {
    database: Database,
    connection: Option<PgConnection>,
    cache: Cache,
    queue: mpsc::Receiver<Submission>,
    head: watch::Sender<u64>,
    jobs: Jobs,
    traces: Traces,
}

/// What is wrong with a try to commit a batch.
enum Trouble {
    /// The database is away or changing hands: the same batch may pass in a moment.
    Passing(LogError),
    /// The database does not take what one of the commands wants to write.
    Rejected(LogError),
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        if rejection::is_passing(&error) { Self::Passing(error) } else { Self::Rejected(error) }
    }
}

impl Executor {
    /// A writer on a database, with a cache of so many aggregates, which tells traces what it did; and the handle by which
    /// it gets its commands.
    pub fn new(database: Database, cache_capacity: NonZeroUsize, traces: Traces) -> (Self, Submitter) {
        let (sender, queue) = mpsc::channel(QUEUE_SUBMISSIONS);
        let (head, positions) = watch::channel(0);
        let cache = Cache::new(cache_capacity);
        let executor = Self { database, connection: None, cache, queue, head, jobs: Jobs::default(), traces };
        (executor, Submitter { queue: sender, head: positions })
    }

    /// Works until told to stop, then finishes what it was given before. On a thread of its own: everybody waits for
    /// the writer, so it does not wait in line behind the tasks that hand it commands.
    pub fn spawn(self, shutdown: CancellationToken) -> std::io::Result<oneshot::Receiver<()>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (finished, writer) = oneshot::channel();
        std::thread::Builder::new().name("plinth-writer".to_owned()).spawn(move || {
            runtime.block_on(self.run(shutdown));
            // nobody may wait for the end
            finished.send(()).ok();
        })?;
        Ok(writer)
    }

    async fn run(mut self, shutdown: CancellationToken) {
        let mut waiting = Vec::new();
        loop {
            tokio::select! {
                biased;
                received = self.queue.recv_many(&mut waiting, BATCH_WEIGHT) => if received == 0 { return },
                () = shutdown.cancelled(), if !self.queue.is_closed() => { self.queue.close(); continue }
            }
            while !waiting.is_empty() {
                let batch = take_batch(&mut waiting);
                self.execute(batch).await;
            }
        }
    }

    async fn execute(&mut self, mut submissions: Vec<Submission>) {
        let mut parts = vec![places(&submissions)];
        while let Some(part) = parts.pop() {
            let part: Vec<Place> = part.into_iter().filter(|place| place.is_next(&submissions)).collect();
            if part.is_empty() {
                continue;
            }
            let envelopes: Vec<&Envelope> = part.iter().map(|place| place.envelope(&submissions)).collect();
            let verdicts = match self.commit(&envelopes).await {
                Ok(verdicts) => verdicts,
                Err(Trouble::Rejected(error)) => {
                    if let [envelope] = envelopes.as_slice() {
                        vec![rejection::verdict(envelope, &error)]
                    } else {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.push(second.to_vec());
                        parts.push(first.to_vec());
                        continue;
                    }
                }
                Err(Trouble::Passing(error)) => vec![failed(&error, part.len()); part.len()],
            };
            for (place, verdict) in part.iter().zip(verdicts) {
                let taken_at = submissions[place.submission].taken_at;
                spans::command(&self.traces, place.envelope(&submissions), &verdict, taken_at, part.len());
                submissions[place.submission].verdicts.push(verdict);
            }
        }
        for mut submission in submissions {
            submission.verdicts.resize(submission.envelopes.len(), untried());
            // a caller that does not wait any more has nothing to be told
            submission.reply.send(submission.verdicts).ok();
        }
    }

    /// Commits a batch, again while the database is away. A try whose commit was not answered is recognised by the
    /// next one: its commands are known, with the replies of that try.
    async fn commit(&mut self, envelopes: &[&Envelope]) -> Result<Vec<Verdict>, Trouble> {
        let mut unanswered = Vec::new();
        let mut delays = RETRY_DELAYS.into_iter();
        loop {
            let tried = tokio::time::timeout(TRY_LIMIT, self.try_commit(envelopes, &mut unanswered)).await;
            let trouble = match tried.unwrap_or_else(|_| Err(Trouble::Passing(LogError::TimedOut))) {
                Err(trouble @ Trouble::Passing(_)) => trouble,
                settled => return settled,
            };
            self.connection = None;
            self.cache.clear();
            match delays.next() {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(trouble),
            }
        }
    }

    async fn try_commit(
        &mut self,
        envelopes: &[&Envelope],
        unanswered: &mut Vec<Arc<Reply>>,
    ) -> Result<Vec<Verdict>, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.writer().await?,
        };
        let begun = Instant::now();
        let tried = self.transact(&mut connection, envelopes, unanswered).await.map_err(Trouble::from);
        if tried.is_ok() {
            measure::batch(envelopes.len(), begun.elapsed());
        }
        if !matches!(tried, Err(Trouble::Passing(_))) {
            self.connection = Some(connection);
        }
        tried
    }

    async fn transact(
        &mut self,
        connection: &mut PgConnection,
        envelopes: &[&Envelope],
        unanswered: &mut Vec<Arc<Reply>>,
    ) -> Result<Vec<Verdict>, LogError> {
        let keys: Vec<AggregateKey> = envelopes.iter().flat_map(|envelope| keys::needed(envelope)).collect();
        self.cache.load(connection, &keys).await?;
        let mut transaction = connection.begin().await?;
        let asked = known_ids(envelopes, !unanswered.is_empty());
        let (head, answered) = head::lock(&mut transaction, &asked).await?;
        let fences = envelopes.iter().filter_map(|envelope| envelope.fence);
        let lapsed = lease::lapsed(&mut transaction, fences).await?;
        self.cache.catch_up(&mut transaction, head.position).await?;
        let holds = loading::load(&mut transaction, envelopes, &keys, &mut self.cache).await?;

        let admission = self.cache.lend_admission(&mut transaction).await?;
        let mut workspace = Workspace::new(&mut self.cache, admission, holds, head, answered);
        let mut verdicts = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            if let Some(fence) = envelope.fence.filter(|fence| lapsed.contains(fence)) {
                verdicts.push(out_of_turn(fence));
                continue;
            }
            let decided = AssertUnwindSafe(decide::command(envelope, &mut workspace, unanswered)).catch_unwind().await;
            verdicts.push(decided.unwrap_or_else(|_| {
                workspace.is_spoilt = true;
                panicked(envelope)
            }));
        }
        let (writes, outcome) = workspace.finish();
        if writes.answers.is_empty() {
            transaction.rollback().await?;
            self.cache.give_back(outcome.admission);
            return Ok(verdicts);
        }
        let answers = append::append(&mut transaction, &head, writes).await?;
        *unanswered = answers.into_iter().map(|answer| answer.reply).collect();
        transaction.commit().await?;
        self.head.send_replace(outcome.position);
        for step in &outcome.steps {
            step.measure(&mut self.jobs);
            step.trace(&self.traces);
        }
        self.cache.commit(outcome);
        Ok(verdicts)
    }
}

/// The ids by which commands may be known. One that was minted here is known only if a commit was not answered.
fn known_ids(envelopes: &[&Envelope], after_unanswered_commit: bool) -> Vec<(TenantId, CommandId)> {
    let asked = envelopes.iter().filter(|envelope| after_unanswered_commit || !envelope.is_minted);
    asked.map(|envelope| (envelope.tenant, envelope.command_id)).collect()
}

fn failed(error: &LogError, commands: usize) -> Verdict {
    tracing::error!(commands, error = %error, "a batch of commands was not committed");
    Verdict::Failed(Failure { is_passing: true, cause: error.to_string() })
}

/// Its sender was held up for so long that somebody else has the duty, and may have decided it otherwise.
fn out_of_turn(fence: Fence) -> Verdict {
    let cause = format!("duty {} has changed hands since epoch {}", fence.duty, fence.epoch);
    Verdict::Failed(Failure { is_passing: true, cause })
}

fn untried() -> Verdict {
    Verdict::Failed(Failure { is_passing: true, cause: "a command before it failed".to_owned() })
}

/// A decision that panicked has left nothing behind: its states and events were not kept.
fn panicked(envelope: &Envelope) -> Verdict {
    let name = envelope.task.name();
    tracing::error!(tenant.id = %envelope.tenant, command.id = %envelope.command_id, command = name, "a decision panicked");
    Verdict::Failed(Failure { is_passing: false, cause: format!("deciding {name} panicked") })
}
