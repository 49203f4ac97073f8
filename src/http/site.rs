//! What the API and the pages are made of: who asks, commands, queries.

use std::{ops::Deref, sync::Arc};

use super::{access::Access, feed::Feed, workers::Workers};
use crate::{command::Commands, log::Database, query::Queries};

/// What requests are answered with. Every request is handed it several times, so its clones share it.
#[derive(Clone)]
pub struct Site(Arc<Parts>);

/// What there is of it.
pub struct Parts {
    pub(super) database: Database,
    pub(super) access: Access,
    pub(super) commands: Commands,
    pub(super) queries: Queries,
    pub(super) feed: Feed,
    pub(super) workers: Workers,
}

impl Site {
    /// On a database, with a way to find out who asks, one to carry out commands, and those who wait for something.
    pub fn new(database: Database, access: Access, commands: Commands, feed: Feed, workers: Workers) -> Self {
        let queries = Queries::new(database.clone());
        Self(Arc::new(Parts { database, access, commands, queries, feed, workers }))
    }
}

impl Deref for Site {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
