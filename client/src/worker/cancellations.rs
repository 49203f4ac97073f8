//! Hears at once that somebody wants a running job stopped, from the event that says so. A plain subscription, kept by
//! nobody: what it misses comes with the next heartbeat.

use std::sync::Arc;

use futures_util::StreamExt;
use plinth_events::event::job::JobCancelRequested;
use tokio_util::sync::CancellationToken;

use super::leases::Leases;
use crate::Client;

/// Listens until told to stop.
pub(super) async fn listen(client: Client, leases: Arc<Leases>, stop: CancellationToken) {
    let mut requests = match client.nats().subscribe(client.subjects().cancel_requests()).await {
        Ok(requests) => requests,
        Err(error) => {
            tracing::warn!(%error, "cancellations are only heard of with heartbeats");
            return;
        }
    };
    while let Some(Some(request)) = stop.run_until_cancelled(requests.next()).await {
        match serde_json::from_slice::<JobCancelRequested>(&request.payload) {
            Ok(request) => leases.cancel_job(request.job_id),
            Err(error) => tracing::warn!(subject = %request.subject, %error, "a cancellation could not be read"),
        }
    }
}
