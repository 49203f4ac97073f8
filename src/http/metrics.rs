//! Metrics in the text format of Prometheus: what this process counted, and what is looked up when somebody asks.

use std::{sync::OnceLock, time::Duration};

use axum::http::StatusCode;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use super::Gauges;
use crate::{duty::wait, measure};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// How often the figures of histograms are summed up: until then each takes memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts to collect; once per process, and before anything is counted.
pub fn install() -> Result<(), BuildError> {
    let mut builder = PrometheusBuilder::new();
    for (name, _, bounds) in measure::HISTOGRAMS {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), bounds)?;
    }
    let handle = builder.install_recorder()?;
    measure::COUNTERS.iter().for_each(|(name, meaning)| describe_counter!(*name, *meaning));
    measure::GAUGES.iter().for_each(|(name, meaning)| describe_gauge!(*name, *meaning));
    measure::HISTOGRAMS.iter().for_each(|(name, meaning, _)| describe_histogram!(*name, *meaning));
    // only the first call gets here: a second recorder is an error
    HANDLE.set(handle).ok();
    Ok(())
}

/// Keeps what was collected small, until told to stop.
pub async fn keep_up(stop: CancellationToken) {
    let Some(handle) = HANDLE.get() else { return };
    while !stop.is_cancelled() {
        wait(UPKEEP, &stop).await;
        handle.run_upkeep();
    }
}

/// All metrics as text.
pub async fn render(gauges: Gauges) -> (StatusCode, String) {
    let Some(handle) = HANDLE.get() else {
        return (StatusCode::NOT_FOUND, "metrics are not collected\n".to_owned());
    };
    let looked_up = gauges.render().await;
    (StatusCode::OK, handle.render() + &looked_up)
}
