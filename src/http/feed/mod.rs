//! The feed: what is recorded, told to many listeners at once, each from the position that it names, nothing missed and
//! nothing twice.
//!
//! One follower per process reads what is new of the tenants that somebody listens for, once for all of them, and hands it
//! on. A listener that begins in the past, or falls behind, reads for itself until it has caught up. When nobody listens,
//! nothing is read.

mod follower;
mod listener;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use plinth_events::{Aggregate, TenantId, envelope::RecordedEvent};
use tokio::sync::{Notify, Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

pub use self::listener::Listener;
use super::{problem::Problem, seats::Seats};
use crate::log::{Database, LogError, head};

/// Most listeners of a process.
const LISTENERS: usize = 4_000;
/// Most of them for one tenant.
const TENANT_LISTENERS: usize = 2_000;
/// How many pages a listener may be behind before it has to read for itself.
const PAGES: usize = 16;
/// How many listeners read for themselves at a time.
const READERS: usize = 4;

type Channel = broadcast::Sender<Arc<Page>>;

/// Tells what is recorded. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed {
    database: Database,
    head: watch::Receiver<u64>,
    /// To the listeners of each tenant.
    channels: Arc<Mutex<HashMap<TenantId, Channel>>>,
    joined: Arc<Notify>,
    seats: Seats,
    readers: Arc<Semaphore>,
    shutdown: CancellationToken,
}

/// The events of a tenant behind a position, up to another one. Where a page begins behind what a listener has seen, it
/// reads for itself what may be missing.
#[derive(Debug)]
struct Page {
    after: u64,
    until: u64,
    events: Vec<Told>,
}

/// An event as listeners get it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its place in the log.
    pub position: u64,
    /// Its type.
    pub event_type: Arc<str>,
    /// All of it, as JSON.
    pub json: Arc<str>,
    aggregate: Aggregate,
}

/// Which events somebody wants to hear of.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of these kinds of aggregates; none: of all.
    pub aggregates: Vec<Aggregate>,
    /// Only those of these types; none: of all.
    pub types: Vec<String>,
}

impl Feed {
    /// Of the log of a database, with word of what this process commits. It ends when it is told to stop.
    pub fn new(database: Database, head: watch::Receiver<u64>, shutdown: CancellationToken) -> Self {
        Self {
            database,
            head,
            channels: Arc::default(),
            joined: Arc::default(),
            seats: Seats::new(LISTENERS, TENANT_LISTENERS),
            readers: Arc::new(Semaphore::new(READERS)),
            shutdown,
        }
    }

    /// Listens for a tenant's events behind a position; without one, for those that are yet to come.
    pub async fn listen(&self, tenant: TenantId, after: Option<u64>, filter: Filter) -> Result<Listener, Problem> {
        let seat = self.seats.take(tenant)?;
        let pages = self.channels().entry(tenant).or_insert_with(|| broadcast::channel(PAGES).0).subscribe();
        self.joined.notify_one();
        let seen = match after {
            Some(position) => position,
            None => head::position(self.database.pool()).await?,
        };
        Ok(Listener::new(self.clone(), tenant, filter, seen, pages, seat))
    }

    /// To whom something may be told.
    fn heard(&self) -> HashMap<TenantId, Channel> {
        let mut channels = self.channels();
        channels.retain(|_, channel| channel.receiver_count() > 0);
        channels.clone()
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<TenantId, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    /// Says only that everything up to a position is there to be read.
    fn mark(position: u64) -> Self {
        Self { after: position, until: position, events: Vec::new() }
    }
}

impl Filter {
    /// Whether it lets an event through.
    pub fn matches(&self, aggregate: Aggregate, event_type: &str) -> bool {
        let is_wanted = self.types.is_empty() || self.types.iter().any(|wanted| wanted == event_type);
        is_wanted && (self.aggregates.is_empty() || self.aggregates.contains(&aggregate))
    }
}

impl TryFrom<&RecordedEvent> for Told {
    type Error = LogError;

    fn try_from(event: &RecordedEvent) -> Result<Self, LogError> {
        Ok(Self {
            position: event.position,
            event_type: event.event_type.as_str().into(),
            json: serde_json::to_string(event)?.into(),
            aggregate: event.aggregate_type,
        })
    }
}
