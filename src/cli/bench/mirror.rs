//! A mirror that catches up with the whole stream of events, in a second database of the same Postgres.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::ensure;
use plinth_client::Client;
use tokio_util::sync::CancellationToken;

use super::{figure::Figures, over_nats::Place};
use crate::{
    app,
    cli::remote,
    log::benchmark,
    mirror::{self, Mirror},
};

/// Longest wait for the mirror to catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(300);

/// The stream of events must be whole; nothing else may run.
pub async fn measure(place: &Place, figures: &Figures) -> anyhow::Result<()> {
    let database = app::database(&place.postgres)?;
    let url = benchmark::create_beside(&database, &place.postgres.database_url).await?;
    let client = Client::new(remote::nats(&place.nats).await?, place.nats.subject_prefix.clone());
    let mirror = Mirror { client, place: mirror::Place::new(&url)?, tenant: None, snapshot: None };
    let (stop, events) = (CancellationToken::new(), AtomicU64::new(0));
    let start = Instant::now();
    let caught_up = |position| {
        events.store(position, Ordering::Relaxed);
        stop.cancel();
    };
    tokio::time::timeout(CATCH_UP_LIMIT, mirror.run(stop.clone(), caught_up)).await??;
    let events = events.into_inner();
    ensure!(events > 0, "there were no events to mirror");
    figures.plain("mirror", "events/s", events as f64 / start.elapsed().as_secs_f64(), Some(15_000.0));
    Ok(())
}
