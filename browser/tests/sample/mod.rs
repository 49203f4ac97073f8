//! An installation as it is after some months of use: metrics with a past, a dashboard, jobs that ran, failed and wait.

mod jobs;
mod metrics;

use plinth_browser::Installation;
use serde_json::{Value, json};

pub use jobs::SHOWN_JOB;

/// Fills an installation.
pub async fn fill(site: &Installation) -> anyhow::Result<()> {
    metrics::define(site).await?;
    jobs::run(site).await?;
    lay_out(site).await
}

async fn lay_out(site: &Installation) -> anyhow::Result<()> {
    for (name, title, description, size, config) in types() {
        let body = json!({
            "widgetType": name, "title": title, "description": description, "defaultSize": size, "defaultConfig": config,
            "configSchema": schema(&config),
        });
        site.send("dashboard.declare-type", body).await?;
    }
    let shown = ["at_risk_customers", "open_orders", "jobs", "throughput", "latency", "invoices", "news"];
    let ops = shown.map(|widget| json!({ "op": "add", "widgetType": widget }));
    site.send("dashboard.apply-layout", json!({ "userId": null, "ops": ops })).await?;
    let own = json!([
        { "op": "move", "widgetType": "jobs", "before": "at_risk_customers" },
        { "op": "configure", "widgetType": "news", "config": { "text": "Planning for next quarter: Thursday at ten." } },
    ]);
    site.send("dashboard.apply-layout", json!({ "userId": site.ada.id, "ops": own })).await?;
    Ok(())
}

fn types() -> [(&'static str, &'static str, &'static str, &'static str, Value); 8] {
    [
        ("at_risk_customers", "At-risk customers", "Who may leave.", "medium", json!({ "metric": "at_risk_customer" })),
        ("open_orders", "Open orders", "What is not delivered.", "medium", json!({ "metric": "open_order_count" })),
        ("jobs", "Jobs", "How many wait, run and have ended.", "large", json!({ "jobs": "counts" })),
        ("throughput", "Throughput", "How many jobs end.", "medium", json!({ "jobs": "throughput" })),
        ("latency", "Waits and runs", "How long jobs take.", "medium", json!({ "jobs": "latency" })),
        ("news", "News", "What everybody should know.", "medium", json!({ "text": "Welcome." })),
        ("contacts", "Contacts", "Whom somebody called.", "small", json!({ "metric": "contacted_recently" })),
        ("invoices", "Overdue invoices", "Who has not paid.", "medium", json!({ "metric": "overdue_invoice" })),
    ]
}

/// The settings of a configuration, all of them texts.
fn schema(config: &Value) -> Value {
    let titles = json!({ "metric": "Metric", "jobs": "What", "text": "Text" });
    let names = config.as_object().into_iter().flatten().map(|(name, _)| name);
    let setting = |name: &String| (name.clone(), json!({ "type": "string", "title": titles[name], "minLength": 1 }));
    let properties: serde_json::Map<_, _> = names.map(setting).collect();
    json!({ "type": "object", "properties": properties })
}
