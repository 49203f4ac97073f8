//! The dispatcher: publishes due jobs to the work queue, for the workers of their type.
//!
//! What it publishes is an invitation: Postgres decides who starts a job. So publishing twice is harmless, and a message
//! that was lost is published again. It publishes no more than workers take soon, and lets tenants take turns.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant, SystemTime},
};

use plinth_events::{names::JobType, subject::Subjects};
use plinth_projections::job_queue::{
    dispatch::{self as queue, DueJob, Line},
    held,
};
use sqlx::PgConnection;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    allowances::Allowances,
    held_keys::HeldKeys,
    invite::{InvitationError, Invitations},
    queue_stream, reroute,
    route::{Route, Routes},
    turns::Turns,
    window::Windows,
};
use crate::{
    duty::wait,
    log::{Database, LogError},
    measure,
    streams::{StreamError, Streams},
};

/// Jobs per read of the queue.
const PAGE: u32 = 1_000;
/// How often the queue is asked while nothing is heard of it: other replicas commit unheard, and jobs become due.
const POLL: Duration = Duration::from_millis(100);
/// How often jobs become due, at most.
const DUE: Duration = Duration::from_millis(20);
/// How often while jobs wait for room or for their queues: workers fetch, and tokens come, unheard.
const TOKENS: Duration = Duration::from_millis(20);
/// Shortest time between two rounds that publish: what becomes due meanwhile goes out together.
const ROUND: Duration = Duration::from_millis(10);
/// Shortest time to the next one after a round that published nothing.
const LOOK: Duration = Duration::from_millis(2);
/// How often the work queue itself is looked at: it may have been lost.
const CHECK: Duration = Duration::from_secs(5);
/// How often messages that got lost on their own are looked for, and how much older than those left they must be.
const LOST: Duration = Duration::from_secs(10);
/// What was taken within this time before a turn or a new start may never have been sent.
const UNSENT: Duration = Duration::from_secs(30);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);

/// Publishes due jobs.
pub struct Dispatcher {
    database: Database,
    streams: Streams,
    subjects: Subjects,
    invitations: Invitations,
    head: watch::Receiver<u64>,
}

#[derive(Debug, thiserror::Error)]
enum DispatchError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Invitation(#[from] InvitationError),
}

impl From<sqlx::Error> for DispatchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Dispatcher {
    /// A dispatcher from a database to the work queue.
    pub fn new(database: Database, streams: Streams, subjects: Subjects, head: watch::Receiver<u64>) -> Self {
        let invitations = Invitations::new(streams.clone(), subjects.clone());
        Self { database, streams, subjects, invitations, head }
    }

    /// Publishes until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                tracing::warn!(error = %error, "the dispatcher starts over");
                wait(PAUSE, &stop).await;
            }
        }
    }

    async fn follow(&self, stop: &CancellationToken) -> Result<(), DispatchError> {
        let mut wake = self.head.clone();
        let mut state = Rounds::default();
        self.check_stream(&mut state.windows).await?;
        let (mut checked, mut searched) = (Instant::now(), Instant::now());
        let mut connection = self.database.follower().await?;
        queue::unpublish(&mut connection, Some(UNSENT)).await?;
        while !stop.is_cancelled() {
            let begun = Instant::now();
            wake.borrow_and_update();
            if checked.elapsed() > CHECK {
                self.check_stream(&mut state.windows).await?;
                checked = Instant::now();
            }
            if searched.elapsed() > LOST {
                self.republish_lost(&mut state).await?;
                plinth_projections::queue::sweep_buckets(self.database.pool()).await?;
                searched = Instant::now();
            }
            self.invitations.recount(&mut state.windows).await?;
            let pause = match self.round(&mut connection, &mut state).await? {
                Round::Busy => {
                    wait(ROUND.saturating_sub(begun.elapsed()), stop).await;
                    continue;
                }
                Round::Waiting => TOKENS,
                Round::Idle => POLL,
            };
            tokio::select! {
                _ = wake.changed() => {}
                () = wait(pause, stop) => {}
            }
            wait(LOOK.saturating_sub(begun.elapsed()), stop).await;
        }
        Ok(())
    }

    /// Makes the work queue if it is gone. Into another one than before, everything is published again.
    async fn check_stream(&self, windows: &mut Windows) -> Result<(), DispatchError> {
        let info = self.streams.ensure(self.streams.jobs()).await?;
        let created_at = info.created.to_string();
        if queue_stream::known(self.database.pool()).await?.as_deref() == Some(&created_at) {
            return Ok(());
        }
        windows.clear();
        let mut connection = self.database.pool().acquire().await?;
        let jobs = queue::unpublish(&mut connection, None).await?;
        if jobs > 0 {
            tracing::warn!(jobs, "the work queue is another one: its jobs are published again");
        }
        Ok(queue_stream::remember(&mut *connection, &created_at).await?)
    }

    /// Jobs that were published well before the oldest message of their type that is left, and never started: their
    /// messages are gone, and they are published again. A work queue that need not sync loses its last ones in a crash.
    async fn republish_lost(&self, Rounds { windows, routes, .. }: &mut Rounds) -> Result<(), DispatchError> {
        let pool = self.database.pool();
        for name in queue::types_published_before(pool, LOST).await? {
            let Ok(job_type) = name.parse::<JobType>() else { continue };
            windows.forget(&job_type);
            let routes = routes.clone().unwrap_or_default().of_type(&job_type);
            for route in &routes {
                self.invitations.ensure_consumer(route, windows).await?;
            }
            let age = self.oldest_message(&routes).await? + LOST;
            if queue::types_published_before(pool, age).await?.contains(&name) {
                let mut connection = pool.acquire().await?;
                let jobs = queue::unpublish_type(&mut connection, &name, age).await?;
                tracing::warn!(job.r#type = name, jobs, "messages of jobs are gone: the jobs are published again");
            }
        }
        Ok(())
    }

    /// The age of the oldest message in the work queue on any of these ways, waiting or with a worker; nothing when there
    /// is none.
    async fn oldest_message(&self, routes: &[Route]) -> Result<Duration, DispatchError> {
        let mut oldest = None;
        for route in routes {
            let (consumer, filter) = (route.consumer(&self.subjects), route.filter(&self.subjects));
            let of_route = self.streams.oldest(&self.subjects.jobs_stream(), &consumer, &filter).await?;
            oldest = [oldest, of_route].into_iter().flatten().min();
        }
        let age = oldest.map(|published: SystemTime| SystemTime::now().duration_since(published).unwrap_or_default());
        Ok(age.unwrap_or_default())
    }

    /// One round: as much as there is room for and the queues let through.
    async fn round(&self, connection: &mut PgConnection, state: &mut Rounds) -> Result<Round, DispatchError> {
        if state.made_ready.is_none_or(|at| at.elapsed() >= DUE) {
            queue::make_ready(&mut *connection, PAGE).await?;
            state.made_ready = Some(Instant::now());
        }
        let mut allowances = Allowances::read(connection).await?;
        self.follow_routes(connection, allowances.routes(), state).await?;
        state.held.release(connection, &allowances).await?;
        let lines = queue::lines(&mut *connection).await?;
        if lines.is_empty() {
            return Ok(Round::Idle);
        }
        let picks = state.turns.pick(lines, |route| state.windows.room(route), PAGE, &mut allowances);
        if picks.is_empty() {
            return Ok(Round::Waiting);
        }
        let due = self.take(connection, &picks).await?;
        let Share { invited, held } = share(picks, due, &mut state.turns, &mut allowances);
        if !held.is_empty() {
            held::hold(&mut *connection, held.iter().map(|job| job.job_id)).await?;
            state.held.expect();
        }
        if invited.is_empty() {
            return Ok(if held.is_empty() { Round::Waiting } else { Round::Busy });
        }
        self.invitations.publish(&invited, allowances.routes(), &mut state.windows).await?;
        measure::jobs_published(invited.len());
        Ok(Round::Busy)
    }

    /// When a webhook came or went, jobs that went the old way go again.
    async fn follow_routes(
        &self,
        connection: &mut PgConnection,
        routes: &Routes,
        state: &mut Rounds,
    ) -> Result<(), DispatchError> {
        if state.routes.as_ref() == Some(routes) {
            return Ok(());
        }
        state.windows.clear();
        for job_type in reroute::clear(&self.streams, &self.subjects, routes).await? {
            let jobs = queue::unpublish_type(connection, job_type.as_str(), Duration::ZERO).await?;
            tracing::info!(job.r#type = %job_type, jobs, "jobs go another way: they are published again");
        }
        state.routes = Some(routes.clone());
        Ok(())
    }

    async fn take(&self, connection: &mut PgConnection, picks: &[Line]) -> Result<Vec<DueJob>, DispatchError> {
        let mut shares: HashMap<&Line, u32> = HashMap::new();
        for line in picks {
            *shares.entry(line).or_default() += 1;
        }
        Ok(queue::take_due(connection, shares).await?)
    }
}

/// What a round comes to.
enum Round {
    /// Something went out, and there may be more.
    Busy,
    /// Jobs are ready, and wait for room, or for their queue to let them through.
    Waiting,
    /// No job is ready.
    Idle,
}

/// What the dispatcher remembers from round to round.
#[derive(Default)]
struct Rounds {
    windows: Windows,
    turns: Turns,
    held: HeldKeys,
    /// When scheduled jobs were last looked through for those that are due.
    made_ready: Option<Instant>,
    /// The ways that jobs go; none: they may have gone others before.
    routes: Option<Routes>,
}

/// The jobs of one round.
struct Share {
    invited: Vec<DueJob>,
    held: Vec<DueJob>,
}

/// Jobs in the order of the picks; those whose key is allowed no more are held. Lines that have fewer jobs than turns keep
/// the turns that are left.
fn share(picks: Vec<Line>, due: Vec<DueJob>, turns: &mut Turns, allowances: &mut Allowances) -> Share {
    let mut lines: HashMap<Line, VecDeque<DueJob>> = HashMap::new();
    for job in due {
        lines.entry(job.line.clone()).or_default().push_back(job);
    }
    let mut share = Share { invited: Vec::with_capacity(picks.len()), held: Vec::new() };
    for line in picks {
        match lines.get_mut(&line).and_then(VecDeque::pop_front) {
            Some(job) if allowances.take_key(&line, job.concurrency_key.as_ref()) => share.invited.push(job),
            Some(job) => share.held.push(job),
            None => turns.give_back(&line, allowances),
        }
    }
    share
}
