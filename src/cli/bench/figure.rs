//! A figure: printed as one JSON line as soon as it is known.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Prints figures, with ratios against the unit where that makes sense.
pub struct Figures {
    unit: Option<f64>,
}

impl Figures {
    pub fn new(unit: Option<f64>) -> Self {
        Self { unit }
    }

    /// A rate of commands, with its ratio to the unit and the ratio that is aimed at.
    pub fn rate(&self, figure: &str, unit: &str, per_second: f64, target_ratio: f64) {
        let ratio = self.unit.map(|stock| (per_second / stock * 100.0).round() / 100.0);
        let line = json!({
            "figure": figure, "unit": unit, "value": per_second.round(), "ratio": ratio, "targetRatio": target_ratio,
        });
        println!("{line}");
    }

    /// A figure with a target of its own.
    pub fn plain(&self, figure: &str, unit: &str, value: f64, target: Option<f64>) {
        let value = (value * 100.0).round() / 100.0;
        println!("{}", json!({ "figure": figure, "unit": unit, "value": value, "target": target }));
    }

    /// The median and the tail of latencies in microseconds.
    pub fn latency(
        &self,
        figure: &str,
        micros: &Histogram<u64>,
        target_p50_ms: Option<f64>,
        target_p99_ms: Option<f64>,
    ) {
        let ms = |quantile: f64| Value::from((micros.value_at_quantile(quantile) as f64 / 10.0).round() / 100.0);
        let line = json!({
            "figure": figure, "unit": "ms", "p50": ms(0.5), "p99": ms(0.99), "targetP50": target_p50_ms,
            "targetP99": target_p99_ms,
        });
        println!("{line}");
    }
}
