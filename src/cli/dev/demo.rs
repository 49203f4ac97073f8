//! The demo tenant of `plinth dev`: sent as commands with fixed ids, so that every run but the first changes nothing.

use bytes::Bytes;
use plinth_client::{Client, SendOptions};
use plinth_events::{CommandId, CommandName, TenantId, UserId, envelope::Origin};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

/// The demo tenant.
pub const TENANT: Uuid = uuid!("00000000-0000-4000-8000-000000000001");
/// A user who defines metrics.
pub const ADA: Uuid = uuid!("00000000-0000-4000-8000-0000000000aa");
/// A user with a dashboard.
pub const GRACE: Uuid = uuid!("00000000-0000-4000-8000-0000000000bb");

/// Makes the tenant with users, metrics and a default layout, unless it is there.
pub async fn seed(client: &Client) -> anyhow::Result<()> {
    for (number, (command, body)) in commands().into_iter().enumerate() {
        let options = SendOptions {
            command_id: CommandId(Uuid::new_v5(&TENANT, format!("demo/{number}").as_bytes())),
            origin: Origin { actor: Some(UserId(ADA)), ..Origin::default() },
        };
        client.send_raw(TenantId(TENANT), command, Bytes::from(body.to_string()), &options).await?;
    }
    Ok(())
}

fn commands() -> Vec<(CommandName, Value)> {
    let widget = |widget_type: &str, size: &str| {
        (CommandName::AddWidget, json!({ "userId": null, "widgetType": widget_type, "size": size }))
    };
    vec![
        (CommandName::RegisterTenant, json!({ "name": "Demo" })),
        (CommandName::RegisterUser, json!({ "userId": ADA, "name": "Ada" })),
        (CommandName::RegisterUser, json!({ "userId": GRACE, "name": "Grace" })),
        (
            CommandName::DefineMetric,
            json!({
                "code": "at_risk_customer",
                "name": "At Risk Customer",
                "description": "A customer who has not ordered for more than 30 days.",
                "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
            }),
        ),
        (
            CommandName::DefineMetric,
            json!({
                "code": "contacted_recently",
                "name": "Contacted Recently",
                "description": "A customer to whom somebody spoke within the last 7 days.",
                "formula": { "field": "lastContactDate", "operator": "<=", "value": "7 days" },
            }),
        ),
        widget("at_risk_customers", "large"),
        widget("revenue_trend", "medium"),
        widget("tasks_from_management", "small"),
    ]
}
