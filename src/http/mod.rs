//! HTTP: whether the replica lives, whether it is ready, and its metrics.

mod metrics;
mod readiness;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::{metrics::install, readiness::Readiness};

/// Answers requests until told to stop.
pub async fn serve(listener: TcpListener, readiness: Readiness, shutdown: CancellationToken) -> std::io::Result<()> {
    let stopping = shutdown.clone();
    let router = Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(move |State(readiness)| ready(readiness, stopping.clone())))
        .route("/metrics", get(|State(readiness): State<Readiness>| async move { metrics::render(&readiness).await }))
        .with_state(readiness);
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
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
