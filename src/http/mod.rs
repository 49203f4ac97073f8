//! HTTP: whether the replica lives, whether it is ready, its metrics, and the tree over the log.

mod gauges;
mod metrics;
mod readiness;
mod tlog;

use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::log::Database;

pub use self::{gauges::Gauges, metrics::install, readiness::Readiness};

/// Answers requests until told to stop.
pub async fn serve(
    listener: TcpListener,
    readiness: Readiness,
    gauges: Gauges,
    database: Database,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let stopping = shutdown.clone();
    let router = Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(move || ready(readiness.clone(), stopping.clone())))
        .route("/metrics", get(move || metrics::render(gauges.clone())))
        .merge(tlog::routes(database));
    let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    tokio::join!(serving.into_future(), metrics::keep_up(shutdown)).0
}

async fn ready(readiness: Readiness, stopping: CancellationToken) -> (StatusCode, String) {
    if stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    match readiness.troubles().await {
        troubles if troubles.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        troubles => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", troubles.join("\n"))),
    }
}
