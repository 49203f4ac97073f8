//! The demo tenant of `plinth dev`: sent as commands with fixed ids, so that every run but the first changes nothing, and
//! the starter set of metrics, of which those stay as they are that are there.

use bytes::Bytes;
use plinth_client::{Client, SendOptions};
use plinth_events::{CommandId, CommandName, TenantId, UserId, envelope::Origin};
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
    for (number, (command, body)) in commands().into_iter().enumerate() {
        let options = SendOptions {
            command_id: CommandId(Uuid::new_v5(&TENANT, format!("demo/{number}").as_bytes())),
            origin: Origin { actor: Some(UserId(ADA)), ..Origin::default() },
        };
        client.send_raw(TenantId(TENANT), command, Bytes::from(body.to_string()), &options).await?;
    }
    // refused are those of a demo tenant that was deleted since, which stays as it is
    seed::define(client, TenantId(TENANT), UserId(ADA), seed::starter_set()?).await?;
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
        widget("at_risk_customers", "large"),
        widget("revenue_trend", "medium"),
        widget("tasks_from_management", "small"),
    ]
}
