//! What is rebuilt from the log: the stream of events after it was lost, and the read tables.

use std::time::{Duration, Instant};

use anyhow::bail;
use async_nats::jetstream;

use super::{
    figure::Figures,
    over_nats::{Place, Service},
};
use crate::{
    app,
    cli::remote,
    log::{head, rebuild},
};

/// Longest wait for the relay to catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(300);
/// How often the stream is asked how far it is.
const POLL: Duration = Duration::from_millis(20);

pub async fn measure(place: &Place, figures: &Figures) -> anyhow::Result<()> {
    let database = app::database(&place.postgres)?;
    let events = head::position(database.pool()).await?;
    let per_second = |start: Instant| events as f64 / start.elapsed().as_secs_f64();

    let jetstream = jetstream::new(remote::nats(&place.nats).await?);
    let stream = place.nats.subject_prefix.events_stream();
    jetstream.delete_stream(&stream).await?;
    let service = Service::start(place).await?;
    while !matches!(jetstream.get_stream(&stream).await, Ok(found) if found.cached_info().state.last_sequence > 0) {
        tokio::time::sleep(POLL).await;
    }
    let start = Instant::now();
    while jetstream.get_stream(&stream).await?.cached_info().state.last_sequence < events {
        if start.elapsed() > CATCH_UP_LIMIT {
            bail!("the relay did not catch up within {} s", CATCH_UP_LIMIT.as_secs());
        }
        tokio::time::sleep(POLL).await;
    }
    figures.plain("relay_catching_up", "events/s", per_second(start), Some(50_000.0));
    service.kill().await?;

    let start = Instant::now();
    rebuild::rebuild(&database, |_| {}).await?;
    figures.plain("rebuild", "events/s", per_second(start), Some(30_000.0));
    Ok(())
}
