//! Size, visibility and settings of widgets, and the way back to the default.

use plinth_browser::test;
use serde_json::json;

use super::{change, edit, lay_out, save, wait_for_focus, wait_for_order};

#[tokio::test]
async fn a_widget_gets_another_size_is_hidden_and_shown_again() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.press("#large-tasks").await?;
        page.wait_for("#widget-tasks[data-size=large] #large-tasks[aria-pressed=true]").await?;
        page.press("#visibility-news").await?;
        page.wait_for("#widget-news.widget-hidden").await?;
        wait_for_focus(page, "visibility-news").await?;
        save(page).await?;
        wait_for_order(page, "tasks sales").await?;
        page.wait_for_text("#dashboard", "Hidden: News").await?;
        edit(page).await?;
        page.wait_for_text("#widget-tasks .origins", "Yours").await?;
        page.press("#visibility-news").await?;
        page.wait_for("#widget-news:not(.widget-hidden)").await?;
        save(page).await?;
        wait_for_order(page, "tasks sales news").await
    })
    .await;
}

#[tokio::test]
async fn settings_are_checked_by_the_schema_of_their_type() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.press("#settings-sales").await?;
        page.fill("config/months", "0").await?;
        page.press("button[name=configure]").await?;
        page.wait_for("[name='config/months'][aria-invalid=true]").await?;
        page.wait_for_text(".widget-settings .field-error", "less than the minimum of 1").await?;
        page.wait_for_text(".toolbar-state", "No changes yet").await?;
        page.fill("config/months", "6").await?;
        page.choose("[name='config/region']", "South").await?;
        change(page, "button[name=configure]").await?;
        save(page).await?;
        page.wait_for_text("#widget-sales .widget-body", "South").await?;
        page.wait_for_text("#widget-sales .widget-body", "6").await
    })
    .await;
}

#[tokio::test]
async fn one_widget_or_all_follow_the_default_again() {
    test(async |site, page| {
        let ada = site.ada.id;
        lay_out(site).await?;
        let own = json!([
            { "op": "resize", "widgetType": "tasks", "size": "small" },
            { "op": "resize", "widgetType": "news", "size": "large" },
            { "op": "move", "widgetType": "news", "before": "tasks" },
        ]);
        site.send("dashboard.apply-layout", json!({ "userId": ada, "ops": own })).await?;
        edit(page).await?;
        page.press("#reset-tasks").await?;
        page.wait_for("#widget-tasks[data-size=medium]").await?;
        save(page).await?;
        page.wait_for("#widget-tasks[data-size=medium]").await?;
        page.wait_for("#widget-news[data-size=large]").await?;
        edit(page).await?;
        page.press("[data-dialog] a").await?;
        page.wait_for_text("dialog[open] h1", "Reset your dashboard?").await?;
        page.press("dialog[open] button[type=submit]").await?;
        page.wait_for_text("#flash", "Reset. Undo takes it back.").await?;
        page.wait_for("#widget-news[data-size=medium]").await?;
        wait_for_order(page, "tasks sales news").await
    })
    .await;
}

#[tokio::test]
async fn a_move_makes_the_order_ones_own_and_no_widget() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#down-tasks").await?;
        save(page).await?;
        edit(page).await?;
        page.wait_for_text(".page-note", "The order is yours").await?;
        let badges = page.texts(".origins summary").await?;
        assert_eq!(badges, ["Default", "Default", "Default"]);
        page.press(".page-note a").await?;
        page.wait_for_text("dialog[open] h1", "Reset your dashboard?").await?;
        page.press("dialog[open] button[type=submit]").await?;
        wait_for_order(page, "tasks sales news").await
    })
    .await;
}

#[tokio::test]
async fn who_leaves_with_unsaved_changes_is_asked_whether_to() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        let leave = "const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving);
                     return leaving.defaultPrevented";
        page.wait_until(leave, false).await?;
        change(page, "#down-tasks").await?;
        page.wait_until(leave, true).await?;
        save(page).await?;
        page.wait_until(leave, false).await
    })
    .await;
}

#[tokio::test]
async fn cancel_keeps_nothing() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#down-tasks").await?;
        page.press("#cancel").await?;
        page.wait_for("[data-mode=view]").await?;
        wait_for_order(page, "tasks sales news").await
    })
    .await;
}

#[tokio::test]
async fn widgets_are_added_and_taken_out_again() {
    test(async |site, page| {
        lay_out(site).await?;
        site.send("dashboard.declare-type", json!({ "widgetType": "map", "title": "Map" })).await?;
        edit(page).await?;
        page.press("#add-map").await?;
        wait_for_order(page, "tasks sales news map").await?;
        page.wait_for_text("#said", "Map was added.").await?;
        save(page).await?;
        edit(page).await?;
        page.press("#remove-map").await?;
        wait_for_order(page, "tasks sales news").await?;
        save(page).await?;
        wait_for_order(page, "tasks sales news").await
    })
    .await;
}
