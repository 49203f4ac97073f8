//! HTTP: the API for applications, and what those who run replicas ask: liveness, readiness, metrics, the tree over the log.

mod accept;
mod access;
mod api;
mod edge;
mod feed;
mod gauges;
mod metrics;
mod openapi;
mod pages;
mod problem;
mod readiness;
mod seats;
mod site;
mod tlog;
mod workers;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::{
    access::{Access, Oidc},
    edge::{Edge, NotAnOrigin, Origin},
    feed::Feed,
    gauges::Gauges,
    metrics::install,
    readiness::Readiness,
    site::Site,
    workers::Workers,
};

/// What those who run a replica learn of it.
#[derive(Clone)]
pub struct Probes {
    /// Whether it is ready.
    pub readiness: Readiness,
    /// What it measures.
    pub gauges: Gauges,
}

/// Answers requests until told to stop.
pub async fn serve(
    listener: TcpListener,
    probes: Probes,
    site: Site,
    edge: Edge,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let (access, feed) = (site.access.clone(), site.feed.clone());
    let tlog = tlog::routes(site.database.clone());
    let (api, operations) = api::routes(site.clone());
    let document = openapi::document(&operations)?;
    let api = edge.before_api(api.merge(openapi::routes(&document)));
    let routes = edge.before(tlog.merge(pages::routes(site, &document)).merge(api));
    // whoever runs a replica gets answers even if nobody else does
    let routes = routes.merge(probe_routes(probes, shutdown.clone()));
    let serving = edge::serve(listener, routes, &shutdown);
    tokio::join!(serving, metrics::keep_up(shutdown.clone()), access.keep_up(shutdown.clone()), feed.follow());
    Ok(())
}

fn probe_routes(probes: Probes, stopping: CancellationToken) -> Router {
    let Probes { readiness, gauges } = probes;
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready).with_state((readiness, stopping)))
        .route("/metrics", get(move || metrics::render(gauges.clone())))
}

async fn ready(State((readiness, stopping)): State<(Readiness, CancellationToken)>) -> (StatusCode, String) {
    if stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    match readiness.troubles().await {
        troubles if troubles.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        troubles => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", troubles.join("\n"))),
    }
}
