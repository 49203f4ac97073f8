//! Metrics: defined with the builder or by a plain form, looked at as of another time, ended.

use plinth_browser::{Browser, Installation, test};
use serde_json::json;

/// A metric with two versions, of which the second came later than it took effect.
async fn define_growth(site: &Installation) -> anyhow::Result<u64> {
    let define = async |value: &str, effective_at: &str| {
        let formula = json!({ "field": "orders", "operator": ">", "value": value.parse::<u8>()? });
        let body = json!({ "code": "growing", "name": "Growing customer", "description": "Orders more and more.",
            "formula": formula, "effectiveAt": effective_at, "reason": "as agreed with sales" });
        anyhow::Ok(site.send("metric.define", body).await?.position)
    };
    let first = define("3", "2026-01-01T00:00:00Z").await?;
    define("5", "2026-06-01T00:00:00Z").await?;
    Ok(first)
}

/// Writes a time into a field, which people do in many ways.
async fn pick(page: &Browser, name: &str, time: &str) -> anyhow::Result<()> {
    page.run(&format!("document.querySelector('[name={name}]').value = '{time}'")).await.map(drop)
}

#[tokio::test]
async fn a_metric_is_defined_with_the_builder_and_errors_stand_at_their_rows() {
    test(async |_, page| {
        page.go("/definitions/new-metric").await?;
        page.fill("code", "at_risk_customer").await?;
        page.fill("name", "At-risk customer").await?;
        page.choose("[data-at='/formula#kind']", "compare").await?;
        page.write("[data-at='/formula/field']", "last order").await?;
        page.choose("[data-at='/formula/operator']", ">").await?;
        page.write("[data-at='/formula/value']", "30 days").await?;
        page.wait_for_text("#formula-check", "The formula is not valid yet.").await?;
        page.wait_for_text("[data-formula-builder] .formula-error", "is not a path").await?;
        page.write("[data-at='/formula/field']", "lastOrderDate").await?;
        page.wait_for_text("#formula-check .metric-sentence", "last order more than 30 days ago").await?;
        assert_eq!(page.count(".formula-error").await?, 0);
        page.press("button[value=save]").await?;
        page.wait_for_text("#flash", "Version 1 of At-risk customer was defined").await?;
        assert_eq!(page.path().await?, "/definitions/at_risk_customer");
        page.wait_for_text("main .metric-sentence", "last order more than 30 days ago").await?;
        assert_eq!(page.count(".timeline-bars .bar").await?, 1);
        page.go("/definitions").await?;
        page.wait_for_text("tbody", "At-risk customer").await
    })
    .await;
}

#[tokio::test]
async fn rows_of_the_builder_and_its_json_say_the_same() {
    test(async |_, page| {
        page.go("/definitions/new-metric").await?;
        page.wait_for("[data-at='/formula#kind']").await?;
        page.fill("formula", r#"{"all": [{"field": "total", "operator": ">=", "value": 12345678901234567890}]}"#)
            .await?;
        page.wait_for("[data-at='/formula/all/0/field']").await?;
        page.press("[data-at='/formula#add']").await?;
        page.write("[data-at='/formula/all/1/field']", "status").await?;
        page.write("[data-at='/formula/all/1/value']", "paid").await?;
        let json = page.run("return document.querySelector('[name=formula]').value").await?;
        let json = json.as_str().unwrap_or_default().replace(char::is_whitespace, "");
        let first = r#"{"field":"total","operator":">=","value":12345678901234567890}"#;
        let second = r#"{"field":"status","operator":"=","value":"paid"}"#;
        assert_eq!(json, format!(r#"{{"all":[{first},{second}]}}"#));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_timeline_shows_what_governed_and_what_was_known_at_another_time() {
    test(async |site, page| {
        let first = define_growth(site).await?;
        page.go("/definitions/growing").await?;
        assert_eq!(page.count(".timeline-bars .bar").await?, 2);
        page.wait_for_text("main .metric-sentence", "5").await?;
        pick(page, "asOf", "2026-02-01T00:00").await?;
        page.press("form.asked button").await?;
        page.wait_for_text(".mark-main text", "as of").await?;
        page.wait_for_text("main .metric-sentence", "3").await?;
        page.go("/definitions/growing").await?;
        page.choose("[name=knownAt]", &first.to_string()).await?;
        page.press("form.asked button").await?;
        page.wait_for_text(".timeline-lanes", "Known then").await?;
        page.wait_for_text("main .metric-sentence", "3").await?;
        assert_eq!(page.count(".timeline-bars .bar").await?, 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_metric_ends_by_a_dialog_that_asks_why_and_its_history_tells() {
    test(async |site, page| {
        define_growth(site).await?;
        page.go("/definitions/growing").await?;
        page.press("[data-dialog] a").await?;
        page.wait_for_text("dialog[open] h1", "Deprecate Growing customer?").await?;
        page.press("dialog[open] [data-dialog-close] a").await?;
        page.wait_until("return document.querySelectorAll('dialog').length", 0).await?;
        page.press("[data-dialog] a").await?;
        page.write("dialog[open] [name=reason]", "nobody uses it").await?;
        page.press("dialog[open] button[type=submit]").await?;
        page.wait_for_text("main", "no version governs. Below is the last one that did.").await?;
        page.go("/definitions/growing/history").await?;
        let rows = page.texts("tbody tr").await?;
        assert!(rows.len() == 3 && rows.iter().all(|row| row.contains("Ada")), "{rows:?}");
        assert!(rows[0].contains("Deprecated") && rows[0].contains("nobody uses it"), "{rows:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_editor_tells_what_a_new_version_would_change_about_records() {
    test(async |site, page| {
        define_growth(site).await?;
        page.go("/definitions/growing/edit").await?;
        page.write("[data-at='/formula/value']", "10").await?;
        page.wait_for_text(".formula-changes", "Compared with version 2").await?;
        page.fill("records", "{\"orders\": 7}\n{\"orders\": 20}\n{}").await?;
        page.press("button[value=preview]").await?;
        page.wait_for_text(".impact", "1 record changes its verdict").await?;
        page.press("button[value=save]").await?;
        page.wait_for_text("#flash", "Version 3").await
    })
    .await;
}

#[tokio::test]
async fn without_scripts_a_metric_is_checked_and_defined_by_a_form() {
    test(async |_, page| {
        page.allow_scripts(false).await?;
        page.go("/definitions/new-metric").await?;
        page.fill("code", "open_orders").await?;
        page.fill("name", "Open orders").await?;
        page.fill("formula", r#"{"aggregate": "count", "where": {"field": "status", "operator": "??", "value": 1}}"#)
            .await?;
        page.press("button.button[value=check]").await?;
        page.wait_for_text("#formula-check", "Unknown operator ??").await?;
        page.fill(
            "formula",
            r#"{"aggregate": "count", "where": {"field": "status", "operator": "=", "value": "open"}}"#,
        )
        .await?;
        page.press("button[value=save]").await?;
        page.wait_for_text("#flash", "Version 1 of Open orders was defined").await
    })
    .await;
}
