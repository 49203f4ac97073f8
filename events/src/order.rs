//! Which commands must keep their order, for those who send many at once.

use serde_json::Value;

use crate::{command::CommandName, ids::TenantId};

/// The order that a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// After everything of the tenant before it, and before everything after it.
    Barrier,
    /// In order with the others of this key.
    Keyed(String),
    /// With nothing.
    Free,
}

/// The order that a command asks for, by its name and its body as it came.
pub fn order(tenant: TenantId, command: CommandName, body: &Value) -> Order {
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    match command.tokens() {
        ("tenant" | "user", _) => Order::Barrier,
        ("metric", _) => Order::Keyed(format!("{tenant}/metric/{}", field("code").unwrap_or_default())),
        ("dashboard", _) => Order::Keyed(format!("{tenant}/dashboard")),
        ("job", "enqueue") => match field("jobId") {
            Some(job) => Order::Keyed(format!("{tenant}/job/{job}")),
            None => Order::Free,
        },
        _ => Order::Barrier,
    }
}
