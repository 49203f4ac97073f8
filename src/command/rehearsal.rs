//! What a command would come to: decided like any, on the present states, and not written.
//!
//! Asks neither the writer nor its lock, so what is true here may be over when the command is sent. For commands of people,
//! who look before they leap: which jobs may start just now is not known here.

use std::{collections::HashMap, num::NonZeroUsize};

use super::{
    answer::{Failure, Verdict},
    batch::Workspace,
    cache::Cache,
    decide, keys, loading,
    parse::Envelope,
};
use crate::{
    domain::queue::admission::Admission,
    log::{Database, LogError, head},
};

/// More aggregates than a command is about.
const AGGREGATES: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

/// The verdict on a command as it would be.
pub async fn verdict(database: &Database, envelope: &Envelope) -> Verdict {
    decided(database, envelope).await.unwrap_or_else(|error| {
        tracing::error!(tenant.id = %envelope.tenant, command = envelope.task.name(), error = %error, "a command could not be rehearsed");
        Verdict::Failed(Failure { is_passing: true, cause: error.to_string() })
    })
}

async fn decided(database: &Database, envelope: &Envelope) -> Result<Verdict, LogError> {
    let mut connection = database.pool().acquire().await?;
    let mut cache = Cache::new(AGGREGATES);
    let holds = loading::load(&mut connection, &[envelope], &keys::needed(envelope), &mut cache).await?;
    let head = head::look(&mut *connection).await?;
    let mut workspace = Workspace::new(&mut cache, Admission::default(), holds, head, HashMap::new());
    Ok(decide::command(envelope, &mut workspace, &[]).await)
}
