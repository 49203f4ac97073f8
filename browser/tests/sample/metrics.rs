//! Metrics with a past and a future.

use plinth_browser::Installation;
use serde_json::{Value, json};

pub async fn define(site: &Installation) -> anyhow::Result<()> {
    let fields = json!({ "fields": { "lastOrderDate": "instant", "status": "string", "orderCount": "decimal" } });
    site.send("metric.declare-fields", fields).await?;
    for (code, name, description, versions) in metrics() {
        for (formula, effective_at, reason) in versions {
            let body = json!({ "code": code, "name": name, "description": description, "formula": formula,
                "effectiveAt": effective_at, "reason": reason });
            site.send("metric.define", body).await?;
        }
    }
    let end = json!({ "code": "contacted_recently", "deprecatedAt": "2026-09-01T00:00:00Z",
        "reason": "Calls are not recorded any more." });
    site.send("metric.deprecate", end).await?;
    Ok(())
}

type Version = (Value, &'static str, &'static str);

fn metrics() -> Vec<(&'static str, &'static str, &'static str, Vec<Version>)> {
    let lapsed = |time: &str| json!({ "field": "lastOrderDate", "operator": ">", "value": time });
    let status = |operator: &str, value: Value| json!({ "field": "status", "operator": operator, "value": value });
    vec![
        (
            "at_risk_customer",
            "At-risk customer",
            "A customer who ordered before, and may not do so again.",
            vec![
                (lapsed("90 days"), "2026-01-01T00:00:00Z", "First draft."),
                (lapsed("60 days"), "2026-04-01T00:00:00Z", "Customers order more often since spring."),
                (lapsed("30 days"), "2026-08-01T00:00:00Z", "Agreed with sales."),
                (
                    json!({ "all": [lapsed("30 days"), status("!=", json!("closed"))] }),
                    "2027-02-01T00:00:00Z",
                    "Closed accounts are out.",
                ),
            ],
        ),
        (
            "open_order_count",
            "Open orders",
            "How many orders are neither delivered nor cancelled.",
            vec![(
                json!({ "aggregate": "count", "where": status("not_in", json!(["delivered", "cancelled"])) }),
                "2026-02-01T00:00:00Z",
                "For the dashboard.",
            )],
        ),
        (
            "overdue_invoice",
            "Overdue invoice",
            "An invoice that fell due more than a day ago and is not paid.",
            vec![(
                json!({ "all": [{ "field": "dueDate", "operator": ">", "value": "1 day" },
                    { "field": "paidAt", "operator": "not_exists" }] }),
                "2026-03-15T00:00:00Z",
                "Asked for by accounting.",
            )],
        ),
        (
            "contacted_recently",
            "Contacted recently",
            "A customer to whom somebody spoke within the last week.",
            vec![(
                json!({ "field": "lastContactDate", "operator": "<=", "value": "7 days" }),
                "2026-01-01T00:00:00Z",
                "First draft.",
            )],
        ),
        (
            "repeat_purchase_rate",
            "Repeat purchase rate",
            "Of the customers who ordered at all, the share of those who did more than once.",
            vec![(
                json!({ "ratio": {
                    "numerator": { "aggregate": "count", "where": { "field": "orderCount", "operator": ">=", "value": 2 } },
                    "denominator": { "aggregate": "count", "where": { "field": "orderCount", "operator": ">=", "value": 1 } },
                } }),
                "2027-01-01T00:00:00Z",
                "From next year on.",
            )],
        ),
    ]
}
