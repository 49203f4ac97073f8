//! What others change at the same time, and what administrators keep.

use plinth_browser::test;
use serde_json::json;

use super::{change, edit, lay_out, save, wait_for_order};

#[tokio::test]
async fn who_is_second_in_two_windows_is_told_and_puts_theirs_on_top() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#large-tasks").await?;
        let first = page.other_window().await?;
        edit(page).await?;
        change(page, "#small-tasks").await?;
        save(page).await?;
        page.look_at(first).await?;
        page.wait_for_text("#changed:not([hidden])", "Ada made tasks small").await?;
        page.press("#changed button").await?;
        page.wait_for_text("#said", "Your changes are on top of the newest layout now.").await?;
        save(page).await?;
        page.wait_for("#widget-tasks[data-size=large]").await
    })
    .await;
}

#[tokio::test]
async fn who_saves_what_was_changed_meanwhile_chooses_between_both_sides() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        for button in ["#large-tasks", "#large-news", "#visibility-sales"] {
            page.press(button).await?;
            page.wait_for(&format!("{button}[aria-pressed=true], .widget-hidden {button}")).await?;
        }
        let meanwhile = ["tasks", "news"].map(|name| json!({ "op": "resize", "widgetType": name, "size": "small" }));
        site.send("dashboard.apply-layout", json!({ "userId": site.ada.id, "ops": meanwhile })).await?;
        page.wait_for("#changed:not([hidden])").await?;
        page.press("#save").await?;
        page.wait_for_text(".conflicts", "Ada made tasks small and made news small").await?;
        assert_eq!(page.texts(".conflict legend").await?, ["News: size", "Tasks: size"]);
        page.press("label:has([name='keep.news.size'][value=yours])").await?;
        page.press(".conflicts button.tone-accent").await?;
        page.wait_for_text("#flash", "Saved.").await?;
        page.wait_for("#widget-tasks[data-size=small]").await?;
        page.wait_for("#widget-news[data-size=large]").await?;
        page.wait_for_text("#dashboard", "Hidden: Sales").await
    })
    .await;
}

#[tokio::test]
async fn what_a_window_saves_itself_is_news_to_others_alone() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#large-tasks").await?;
        let first = page.other_window().await?;
        page.go("/dashboard").await?;
        page.wait_for("[data-scripted]").await?;
        let second = page.look_at(first).await?;
        save(page).await?;
        let first = page.look_at(second).await?;
        page.wait_for_text("#changed:not([hidden])", "Ada made tasks large").await?;
        page.wait_for("#widget-tasks[data-size=large]").await?;
        page.look_at(first).await?;
        assert_eq!(page.count("#changed:not([hidden])").await?, 0);
        let own = json!({ "userId": site.ada.id, "widgetType": "news", "size": "small" });
        site.send("dashboard.resize-widget", own).await?;
        page.wait_for_text("#changed:not([hidden])", "Ada made news small").await?;
        let told = page.text("#changed").await?;
        anyhow::ensure!(!told.contains("tasks"), "the own change is told: {told}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn changes_of_other_widgets_do_not_get_into_each_others_way() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#large-tasks").await?;
        let own = json!({ "userId": site.ada.id, "widgetType": "news", "size": "small" });
        site.send("dashboard.resize-widget", own).await?;
        page.wait_for("#changed:not([hidden])").await?;
        save(page).await?;
        page.wait_for("#widget-tasks[data-size=large]").await?;
        page.wait_for("#widget-news[data-size=small]").await
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_default_shows_at_once_where_others_look() {
    test(async |site, page| {
        lay_out(site).await?;
        page.sign_in(&site.grace).await?;
        page.go("/dashboard").await?;
        wait_for_order(page, "tasks sales news").await?;
        page.run("window.isStillHere = true").await?;
        let change = json!({ "userId": null, "widgetType": "news", "before": "tasks" });
        site.send("dashboard.move-widget", change).await?;
        wait_for_order(page, "news tasks sales").await?;
        page.wait_for_text("#changed:not([hidden])", "The default was changed meanwhile.").await?;
        page.wait_for_text("#changed", "Ada moved news before tasks").await?;
        page.wait_until("return window.isStillHere", true).await
    })
    .await;
}

#[tokio::test]
async fn administrators_lock_a_widget_and_show_everybody_the_default() {
    test(async |site, page| {
        lay_out(site).await?;
        let own = json!({ "userId": site.grace.id, "widgetType": "news", "size": "large" });
        site.send("dashboard.resize-widget", own).await?;
        page.go("/dashboard?scope=default").await?;
        page.press("form:has([value=tasks]) button[role=switch]").await?;
        page.wait_for_text("#flash", "Locked: users see it as it is here.").await?;

        page.sign_in(&site.grace).await?;
        edit(page).await?;
        page.wait_for_text("#widget-tasks", "Locked").await?;
        assert_eq!(page.count("#down-tasks").await?, 0);
        page.wait_for("#widget-news[data-size=large]").await?;

        page.sign_in(&site.ada).await?;
        page.go("/dashboard?scope=default").await?;
        page.press("form[action='/dashboard/enforce'] button").await?;
        page.wait_for_text("#flash", "Everybody sees the default now.").await?;

        page.sign_in(&site.grace).await?;
        page.go("/dashboard").await?;
        page.wait_for("#widget-news[data-size=medium]").await?;
        page.wait_for_text("#dashboard", "An administrator shows everybody the default at the moment.").await?;
        assert_eq!(page.count("#edit").await?, 0);
        Ok(())
    })
    .await;
}
