//! Changes are taken back and made again: before they are saved, and long after.

use plinth_browser::{keys, test};

use super::{change, edit, lay_out, save, wait_for_order};

#[tokio::test]
async fn what_was_saved_is_undone_after_a_reload_and_made_again() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.press("#down-tasks").await?;
        wait_for_order(page, "sales tasks news").await?;
        save(page).await?;
        page.reload().await?;
        page.press("[aria-keyshortcuts='Control+Z']").await?;
        page.wait_for_text("#flash", "Undone.").await?;
        wait_for_order(page, "tasks sales news").await?;
        page.reload().await?;
        page.press("[aria-keyshortcuts='Control+Shift+Z']").await?;
        page.wait_for_text("#flash", "Made again.").await?;
        wait_for_order(page, "sales tasks news").await
    })
    .await;
}

#[tokio::test]
async fn control_and_z_takes_back_what_is_not_saved_yet() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        change(page, "#down-tasks").await?;
        page.type_keys(&format!("{}z", keys::CONTROL)).await?;
        wait_for_order(page, "tasks sales news").await?;
        page.wait_for_text("#said", "The change of Tasks was taken back.").await?;
        page.press("#redo").await?;
        wait_for_order(page, "sales tasks news").await?;
        page.wait_for_text(".toolbar-state", "1 change not saved").await
    })
    .await;
}

#[tokio::test]
async fn the_history_tells_who_changed_what_and_undoes_one_change_of_many() {
    test(async |site, page| {
        lay_out(site).await?;
        for button in ["#down-tasks", "#large-news"] {
            edit(page).await?;
            change(page, button).await?;
            save(page).await?;
        }
        page.go("/dashboard/history").await?;
        let rows = page.texts("tbody tr").await?;
        assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("Ada")), "{rows:?}");
        page.press("button[value='1']").await?;
        wait_for_order(page, "tasks sales news").await?;
        page.wait_for("#widget-news[data-size=large]").await
    })
    .await;
}
