//! The demo tenant of `plinth dev`: sent as commands whose ids follow from what they say, so that every run but the first
//! changes nothing, and the starter set of metrics, of which those stay as they are that are there.

use bytes::Bytes;
use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{CommandId, CommandName, RefusalCode, TenantId, UserId, envelope::Origin};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::cli::seed;

/// The demo tenant.
pub const TENANT: Uuid = uuid!("00000000-0000-4000-8000-000000000001");
/// A user who defines metrics.
pub const ADA: Uuid = uuid!("00000000-0000-4000-8000-0000000000aa");
/// A user with a dashboard.
pub const GRACE: Uuid = uuid!("00000000-0000-4000-8000-0000000000bb");

/// Makes the tenant with users, a default layout and metrics, unless it is there.
pub async fn seed(client: &Client) -> anyhow::Result<()> {
    for (command, body) in commands() {
        let body = body.to_string();
        let options = SendOptions {
            command_id: CommandId(Uuid::new_v5(&TENANT, format!("demo/{} {body}", command.as_str()).as_bytes())),
            origin: Origin { actor: Some(UserId(ADA)), ..Origin::default() },
        };
        match client.send_raw(TenantId(TENANT), command, Bytes::from(body), &options).await {
            // made by another version of this program
            Err(SendError::Refused { problem, .. }) if problem.code == RefusalCode::AlreadyPresent.as_str() => {}
            sent => drop(sent?),
        }
    }
    // refused are those of a demo tenant that was deleted since, which stays as it is
    seed::define(client, TenantId(TENANT), UserId(ADA), seed::starter_set()?).await?;
    Ok(())
}

fn commands() -> Vec<(CommandName, Value)> {
    let people = [
        (CommandName::RegisterTenant, json!({ "name": "Demo" })),
        (CommandName::RegisterUser, json!({ "userId": ADA, "name": "Ada" })),
        (CommandName::RegisterUser, json!({ "userId": GRACE, "name": "Grace" })),
    ];
    let types = widget_types().into_iter().map(|body| (CommandName::DeclareWidgetType, body));
    let widgets = ["at_risk_customers", "job_counts", "job_throughput", "revenue_trend", "tasks_from_management"];
    let widget = |name| (CommandName::AddWidget, json!({ "userId": null, "widgetType": name }));
    people.into_iter().chain(types).chain(widgets.map(widget)).collect()
}

/// Those that Plinth fills, those that an application would, and some that are not in the default layout.
fn widget_types() -> [Value; 7] {
    let metric = json!({
        "type": "object",
        "properties": { "metric": { "type": "string", "title": "Metric", "description": "Its code." } },
        "required": ["metric"],
    });
    let jobs = json!({
        "type": "object",
        "properties": {
            "jobs": { "enum": ["counts", "throughput", "latency"], "title": "What" },
            "type": { "type": "string", "title": "Type", "description": "Only jobs of this type." },
        },
        "required": ["jobs"],
    });
    [
        json!({
            "widgetType": "at_risk_customers", "title": "At risk customers", "configSchema": metric,
            "description": "What it means that a customer is at risk.",
            "defaultSize": "medium", "defaultConfig": { "metric": "at_risk_customer" },
        }),
        json!({
            "widgetType": "job_counts", "title": "Jobs", "configSchema": jobs,
            "description": "How many jobs wait, run and have ended.",
            "defaultSize": "medium", "defaultConfig": { "jobs": "counts" },
        }),
        json!({
            "widgetType": "job_throughput", "title": "Job throughput", "configSchema": jobs,
            "description": "How many jobs end, over the last hour.",
            "defaultSize": "large", "defaultConfig": { "jobs": "throughput" },
        }),
        json!({
            "widgetType": "job_latency", "title": "Job latency", "configSchema": jobs,
            "description": "How long jobs wait and run, over the last hour.",
            "defaultSize": "large", "defaultConfig": { "jobs": "latency" },
        }),
        json!({
            "widgetType": "revenue_trend", "title": "Revenue trend",
            "description": "Revenue over time; the application shows it.",
            "configSchema": {
                "type": "object",
                "properties": {
                    "currency": { "enum": ["EUR", "USD", "GBP"], "title": "Currency" },
                    "days": { "type": "integer", "title": "Days", "minimum": 7, "maximum": 365 },
                    "compare": { "type": "boolean", "title": "Compare with the year before" },
                },
                "additionalProperties": false,
            },
            "defaultConfig": { "currency": "EUR", "days": 30 },
        }),
        json!({
            "widgetType": "tasks_from_management", "title": "Tasks from management",
            "description": "What is to be done; the application shows it.", "defaultSize": "medium",
        }),
        json!({
            "widgetType": "note", "title": "Note", "description": "A text.",
            "configSchema": {
                "type": "object",
                "properties": { "text": { "type": "string", "title": "Text", "maxLength": 2000 } },
            },
            "defaultConfig": { "text": "Drag me anywhere." },
        }),
    ]
}
