//! Whether a replica can do its work just now.

use std::time::Duration;

use async_nats::connection::State;

use crate::log::Database;

/// Longest wait for Postgres before it counts as away.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// Looks at the servers behind a replica.
#[derive(Clone)]
pub struct Readiness {
    database: Database,
    nats: async_nats::Client,
}

impl Readiness {
    /// Of a replica on these servers.
    pub fn new(database: Database, nats: async_nats::Client) -> Self {
        Self { database, nats }
    }

    /// What keeps the replica from its work, in words without addresses; nothing: it is ready.
    pub async fn troubles(&self) -> Vec<&'static str> {
        let mut troubles = Vec::new();
        if self.nats.connection_state() != State::Connected {
            troubles.push("nats: not connected");
        }
        match tokio::time::timeout(PING_LIMIT, self.database.ping()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => troubles.push("postgres: not reachable"),
            Err(_) => troubles.push("postgres: does not answer"),
        }
        troubles
    }
}
