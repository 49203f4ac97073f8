//! Metrics in the text format of Prometheus: counters of this process, and what the database says when it is asked.

use std::{sync::OnceLock, time::Duration};

use axum::http::StatusCode;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use plinth_projections::job_queue::dispatch;

use super::Readiness;
use crate::log::head;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Longest look at the database.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// Starts to collect; once per process.
pub fn install() -> Result<(), BuildError> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    // only the first call gets here: a second recorder is an error
    HANDLE.set(handle).ok();
    Ok(())
}

/// All metrics as text.
pub async fn render(readiness: &Readiness) -> (StatusCode, String) {
    let looked = tokio::time::timeout(LOOK_LIMIT, look(readiness)).await;
    if !matches!(looked, Ok(Ok(()))) {
        tracing::warn!("metrics are shown without those of the database, which did not answer");
    }
    match HANDLE.get() {
        Some(handle) => (StatusCode::OK, handle.render()),
        None => (StatusCode::NOT_FOUND, "metrics are not collected\n".to_owned()),
    }
}

async fn look(readiness: &Readiness) -> Result<(), crate::log::LogError> {
    let pool = readiness.database().pool();
    let position = head::position(pool).await?;
    metrics::gauge!("plinth_log_position").set(position as f64);
    for depth in dispatch::depth(pool).await? {
        let labels = [("state", depth.state), ("type", depth.job_type)];
        metrics::gauge!("plinth_job_queue_depth", &labels).set(depth.jobs as f64);
    }
    Ok(())
}
