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
        // all definitions are checked against them
        ("metric", "declare-fields") => Order::Barrier,
        ("metric", _) => Order::Keyed(format!("{tenant}/metric/{}", field("code").unwrap_or_default())),
        ("queue", _) => Order::Keyed(format!("{tenant}/queue/{}", field("type").unwrap_or_default())),
        ("schedule", _) => Order::Keyed(format!("{tenant}/schedule/{}", field("name").unwrap_or_default())),
        ("dashboard", _) => Order::Keyed(format!("{tenant}/dashboard")),
        // it has to do with other jobs, whichever they are
        ("job", "enqueue") if ["uniqueKey", "sequenceKey", "dependsOn"].iter().any(|key| body.get(key).is_some()) => {
            Order::Barrier
        }
        ("job", "enqueue") => match field("jobId") {
            Some(job) => Order::Keyed(format!("{tenant}/job/{job}")),
            None => Order::Free,
        },
        _ => Order::Barrier,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const TENANT: TenantId = TenantId(Uuid::nil());

    fn keyed(tail: &str) -> Order {
        Order::Keyed(format!("{TENANT}/{tail}"))
    }

    #[test]
    fn commands_of_tenants_and_users_are_barriers() {
        for command in CommandName::ALL.iter().copied().filter(|name| matches!(name.tokens().0, "tenant" | "user")) {
            assert_eq!(order(TENANT, command, &json!({})), Order::Barrier);
        }
    }

    #[test]
    fn commands_of_one_metric_keep_their_order() {
        let body = json!({ "code": "at_risk_customer" });
        assert_eq!(order(TENANT, CommandName::DefineMetric, &body), keyed("metric/at_risk_customer"));
        assert_eq!(order(TENANT, CommandName::DeprecateMetric, &body), keyed("metric/at_risk_customer"));
        assert_eq!(order(TENANT, CommandName::DeclareFields, &json!({ "fields": {} })), Order::Barrier);
    }

    #[test]
    fn all_layouts_of_a_tenant_keep_their_order_since_the_default_reaches_into_every_other() {
        let body = json!({ "userId": Uuid::nil(), "widgetType": "revenue_trend" });
        assert_eq!(order(TENANT, CommandName::HideWidget, &body), keyed("dashboard"));
        assert_eq!(order(TENANT, CommandName::ResetLayout, &json!({ "userId": null })), keyed("dashboard"));
    }

    #[test]
    fn a_job_keeps_its_order_once_it_has_an_id() {
        assert_eq!(order(TENANT, CommandName::EnqueueJob, &json!({ "type": "a", "payload": 1 })), Order::Free);
        assert_eq!(order(TENANT, CommandName::EnqueueJob, &json!({ "jobId": "x" })), keyed("job/x"));
        assert_eq!(order(TENANT, CommandName::EnqueueJob, &json!({ "uniqueKey": "x", "jobId": "x" })), Order::Barrier);
        assert_eq!(order(TENANT, CommandName::StartJobs, &json!({ "jobs": ["x"] })), Order::Barrier);
    }

    #[test]
    fn a_malformed_body_has_an_order_too() {
        assert_eq!(order(TENANT, CommandName::DefineMetric, &json!([1])), keyed("metric/"));
    }
}
