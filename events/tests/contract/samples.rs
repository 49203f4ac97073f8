//! One full body for every command and every query: every key is there.

use plinth_events::{CommandName, query::QueryName};
use serde_json::{Value, json};

const USER: &str = "7d1f2a30-93a1-4d0b-8a55-6c1d0f3b9e21";
const JOB: &str = "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5";
const TIME: &str = "2026-03-01T00:00:00.125+01:00";

/// A body of a command.
pub(crate) fn command(name: CommandName) -> Value {
    use CommandName as C;
    let metric = "at_risk_customer";
    let widget = "revenue_trend";
    match name {
        C::RegisterTenant => json!({ "name": "Northwind" }),
        C::DeleteTenant => json!({}),
        C::LockTenantPeriod => json!({ "until": TIME, "reason": "the year is audited" }),
        C::RegisterUser => json!({ "userId": USER, "name": "Ada" }),
        C::DeleteUser => json!({ "userId": USER }),
        C::DefineMetric => json!({
            "code": metric, "name": "At Risk Customer", "description": "No order for 30 days.",
            "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
            "effectiveAt": TIME, "expectedVersion": 1, "reason": "agreed with sales",
        }),
        C::DeprecateMetric => {
            json!({ "code": metric, "deprecatedAt": TIME, "reason": "not used any more", "scheduled": "keep" })
        }
        C::WithdrawMetricVersion => json!({ "code": metric, "version": 2, "reason": "too early" }),
        C::DeclareFields => json!({
            "fields": { "lastOrderDate": "instant", "orders": "record[]", "orders.amount": "decimal" },
            "undeclared": "refused",
        }),
        C::AddWidget => json!({
            "userId": USER, "widgetType": widget, "position": 0, "size": "large", "isVisible": true,
            "config": { "months": 12 }, "baseVersion": 7,
        }),
        C::MoveWidget => {
            json!({
                "userId": USER, "widgetType": widget, "toPosition": 0, "before": "tasks", "after": "tasks", "baseVersion": 7,
            })
        }
        C::ResizeWidget => json!({ "userId": USER, "widgetType": widget, "size": "small", "baseVersion": 7 }),
        C::ShowWidget | C::HideWidget | C::RemoveWidget | C::ResetWidget => {
            json!({ "userId": USER, "widgetType": widget, "baseVersion": 7 })
        }
        C::ConfigureWidget => {
            json!({ "userId": USER, "widgetType": widget, "config": { "months": null }, "baseVersion": 7 })
        }
        C::ResetLayout => json!({ "userId": USER, "baseVersion": 7 }),
        C::ApplyLayout => json!({ "userId": USER, "baseVersion": 7, "ops": layout_ops(widget) }),
        C::UndoLayoutChange => json!({ "userId": USER, "version": 7 }),
        C::RedoLayoutChange => json!({ "userId": USER }),
        C::LockWidget | C::UnlockWidget | C::RetireWidgetType => json!({ "widgetType": widget }),
        C::EnforceTenantLayout => json!({ "enforced": true }),
        C::DeclareWidgetType => json!({
            "widgetType": widget, "title": "Revenue", "description": "By month.", "defaultSize": "large",
            "configSchema": { "type": "object" }, "defaultConfig": { "months": 12 },
        }),
        C::EnqueueJob => job(),
        C::EnqueueJobs => json!({ "jobs": [job()], "callback": job() }),
        C::StartJobs => json!({ "jobs": [JOB], "worker": "extractor-7", "leaseSeconds": 30 }),
        C::HeartbeatJobs => {
            json!({ "worker": "extractor-7", "jobs": [{
                "jobId": JOB, "token": 3, "progress": 40, "message": "page 4 of 10",
            }] })
        }
        C::CheckpointJobs => json!({ "jobs": [{ "jobId": JOB, "token": 3, "checkpoint": { "page": 4 } }] }),
        C::LogJobs => json!({ "jobs": [{
            "jobId": JOB, "token": 3, "lines": [{ "at": TIME, "level": "info", "message": "page 4 has no images" }],
        }] }),
        C::CompleteJobs => json!({ "jobs": [{ "jobId": JOB, "token": 3, "result": { "pages": 4 } }] }),
        C::FailJobs => json!({ "jobs": [{
            "jobId": JOB, "token": 3, "error": "no such image", "kind": "NotFound", "details": { "image": "a.png" },
            "retryable": true, "retryAfterSeconds": 60,
        }] }),
        C::SnoozeJobs => json!({ "jobs": [{ "jobId": JOB, "token": 3, "seconds": 60 }] }),
        C::CancelJobs => json!({ "jobs": [JOB], "reason": "the order was cancelled" }),
        C::RescheduleJobs => json!({ "jobs": [JOB], "runAt": TIME, "reason": "the image comes later" }),
        C::PrioritizeJobs => json!({ "jobs": [JOB], "priority": 10, "reason": "the customer waits" }),
        C::DefineSchedule => json!({
            "name": "nightly_report", "cron": "0 3 * * MON-FRI", "timeZone": "Europe/Berlin", "catchUp": 5,
            "overlap": "cancelPrevious", "description": "For the board.", "job": {
                "type": "report", "payload": { "kind": "daily" }, "maxAttempts": 5, "priority": -3,
                "timeoutSeconds": 600, "concurrencyKey": "board",
            },
        }),
        C::PauseSchedule | C::DeleteSchedule => json!({ "name": "nightly_report", "reason": "nobody reads it" }),
        C::ResumeSchedule => json!({ "name": "nightly_report" }),
        C::BackfillSchedule => json!({ "name": "nightly_report", "from": TIME, "until": TIME }),
        C::ConfigureQueue => json!({ "type": "image_extraction", "reason": "the service is slow", "settings": {
            "concurrency": 8, "concurrencyPerKey": 1, "rate": { "jobs": 100, "seconds": 60, "burst": 5 },
            "ratePerKey": { "jobs": 1, "seconds": 1, "burst": 2 }, "weight": 3, "maxAttempts": 5,
            "timeoutSeconds": 300, "keepFinishedSeconds": 86400, "webhook": {
                "url": "https://example.com/jobs", "secret": "images", "timeoutSeconds": 60, "concurrency": 4,
            },
        } }),
        C::StartBulkAction => json!({
            "actionId": JOB, "action": { "kind": "reschedule", "runAt": TIME }, "reason": "the partner is down",
            "filter": {
                "type": "image_extraction", "status": "pending", "createdBefore": TIME, "createdAfter": TIME,
                "changedBefore": TIME, "changedAfter": TIME, "errorContains": "timed out",
            },
        }),
        C::CancelBulkAction => json!({ "actionId": JOB, "reason": "the partner is back" }),
        C::CreateApiKey => json!({
            "keyId": JOB, "name": "report generator", "digest": "0a".repeat(32), "userId": USER,
            "scopes": ["metrics:read", "jobs:write"], "expiresAt": TIME,
        }),
        C::RevokeApiKey => json!({ "keyId": JOB, "reason": "it was found in a log" }),
        C::PauseQueue | C::ResumeQueue => json!({ "type": "image_extraction", "reason": "the service is down" }),
        C::RetryJobs => json!({ "jobs": [JOB], "reason": "the image is back" }),
    }
}

fn layout_ops(widget: &str) -> Value {
    json!([
        { "op": "add", "widgetType": widget, "position": 0, "size": "large", "isVisible": true, "config": {} },
        { "op": "move", "widgetType": widget, "toPosition": 0, "before": "tasks", "after": "tasks" },
        { "op": "resize", "widgetType": widget, "size": "small" },
        { "op": "show", "widgetType": widget },
        { "op": "hide", "widgetType": widget },
        { "op": "configure", "widgetType": widget, "config": { "months": null } },
        { "op": "remove", "widgetType": widget },
        { "op": "resetWidget", "widgetType": widget },
    ])
}

fn job() -> Value {
    json!({
        "jobId": JOB, "type": "image_extraction", "payload": { "image": "a.png" }, "maxAttempts": 5, "runAt": TIME,
        "priority": -3, "dependsOn": [JOB], "onDependencyFailure": "run", "sequenceKey": "order 7", "expiresAt": TIME,
        "concurrencyKey": "account 7",
    })
}

/// A body of a query.
pub(crate) fn query(name: QueryName) -> Value {
    use QueryName as Q;
    match name {
        Q::ListMetrics => {
            json!({ "status": "effective", "search": "risk", "asOf": TIME, "limit": 10, "after": "at_risk_customer" })
        }
        Q::GetMetric => json!({ "code": "at_risk_customer", "asOf": TIME, "knownAt": 42 }),
        Q::ListMetricVersions | Q::GetMetricTimeline => {
            json!({ "code": "at_risk_customer", "asOf": TIME, "knownAt": 42, "from": 2 })
        }
        Q::GetMetricHistory => json!({ "code": "at_risk_customer", "knownAt": 42, "from": 2 }),
        Q::DiffMetric => json!({ "code": "at_risk_customer", "from": 1, "to": TIME, "knownAt": 42 }),
        Q::GetMetricSql => {
            json!({ "code": "at_risk_customer", "asOf": TIME, "knownAt": 42, "dialect": "postgres" })
        }
        Q::GetMetricFields => json!({ "knownAt": 42 }),
        Q::EvaluateMetric => json!({
            "code": "at_risk_customer", "asOf": TIME, "knownAt": 42, "zone": "Europe/Berlin",
            "records": [{ "lastOrderDate": TIME }],
        }),
        Q::PreviewMetric => json!({
            "code": "at_risk_customer", "asOf": TIME, "knownAt": 42, "zone": "Europe/Berlin",
            "formula": { "field": "lastOrderDate", "operator": ">", "value": "45 days" },
            "records": [{ "lastOrderDate": TIME }],
        }),
        Q::GetDashboard => json!({ "userId": USER, "knownAt": 42, "provenance": true }),
        Q::GetDashboardHistory => json!({ "userId": USER, "from": 7, "limit": 10 }),
        Q::ListWidgetTypes => json!({ "knownAt": 42, "after": "revenue_trend" }),
        Q::GetJob => json!({ "jobId": JOB, "knownAt": TIME }),
        Q::GetJobHistory => json!({ "jobId": JOB, "knownAt": 42, "from": 7 }),
        Q::GetJobLogs => json!({ "jobId": JOB, "attempt": 2, "after": { "token": 3, "line": 40 } }),
        Q::ListJobs => json!({
            "type": "image_extraction", "status": "failed", "limit": 10, "after": { "createdAt": TIME, "jobId": JOB },
        }),
        Q::CountJobs => {
            json!({ "filter": { "type": "image_extraction", "status": "failed", "errorContains": "no such" } })
        }
        Q::GetJobStatistics => json!({ "type": "image_extraction", "from": TIME, "until": TIME, "step": "tenMinutes" }),
        Q::GetBulkAction => json!({ "actionId": JOB }),
        Q::ListBulkActions => json!({ "limit": 10, "before": 42 }),
        Q::ListApiKeys => json!({ "limit": 10, "before": 42 }),
        Q::ListQueues => json!({ "after": "image_extraction" }),
        Q::GetSchedule => json!({ "name": "nightly_report", "fireTimes": 10 }),
        Q::ListSchedules => json!({ "limit": 10, "after": "nightly_report" }),
        Q::ReadEvents => json!({ "from": 1, "limit": 10 }),
    }
}
