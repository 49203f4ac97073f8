//! Widgets are moved: with the mouse, by buttons, with the keyboard.

use plinth_browser::{keys, test};

use super::{edit, lay_out, save, wait_for_focus, wait_for_order};

#[tokio::test]
async fn a_widget_that_is_dragged_stays_where_it_was_dropped() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        wait_for_order(page, "tasks sales news").await?;
        page.wait_until(
            "return typeof Sortable === 'function' && !!Sortable.get(document.querySelector('#widgets'))",
            true,
        )
        .await?;
        page.drag("#handle-news", "#handle-tasks").await?;
        page.wait_for_text(".toolbar-state", "1 change not saved").await?;
        page.wait_for_text("#said", "News is 1 of 3.").await?;
        save(page).await?;
        page.reload().await?;
        wait_for_order(page, "news tasks sales").await
    })
    .await;
}

#[tokio::test]
async fn buttons_move_a_widget_and_keep_the_focus() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.press("#down-tasks").await?;
        wait_for_order(page, "sales tasks news").await?;
        wait_for_focus(page, "down-tasks").await?;
        page.type_keys(keys::ENTER).await?;
        wait_for_order(page, "sales news tasks").await?;
        page.wait_for_text("#said", "Tasks is 3 of 3.").await?;
        page.press("#up-news").await?;
        wait_for_order(page, "news sales tasks").await?;
        page.wait_for_text(".toolbar-state", "3 changes not saved").await?;
        save(page).await?;
        wait_for_order(page, "news sales tasks").await
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_lifts_moves_and_drops_and_says_so() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.focus("#handle-tasks").await?;
        page.type_keys(keys::ENTER).await?;
        page.wait_for_text("#said", "Tasks lifted. 1 of 3.").await?;
        page.wait_for("#handle-tasks[aria-pressed=true]").await?;
        page.type_keys(keys::DOWN).await?;
        page.wait_for_text("#said", "Tasks: 2 of 3.").await?;
        wait_for_order(page, "sales tasks news").await?;
        page.type_keys(keys::END).await?;
        wait_for_order(page, "sales news tasks").await?;
        page.type_keys(keys::LEFT).await?;
        page.type_keys(keys::ENTER).await?;
        page.wait_for_text(".toolbar-state", "1 change not saved").await?;
        page.wait_for_text("#said", "Tasks is 2 of 3.").await?;
        wait_for_focus(page, "handle-tasks").await?;
        save(page).await?;
        wait_for_order(page, "sales tasks news").await
    })
    .await;
}

#[tokio::test]
async fn escape_puts_a_lifted_widget_back() {
    test(async |site, page| {
        lay_out(site).await?;
        edit(page).await?;
        page.focus("#handle-tasks").await?;
        for key in [keys::ENTER, keys::DOWN, keys::DOWN] {
            page.type_keys(key).await?;
        }
        wait_for_order(page, "sales news tasks").await?;
        page.type_keys(keys::ESCAPE).await?;
        page.wait_for_text("#said", "Tasks is back where it was.").await?;
        wait_for_order(page, "tasks sales news").await?;
        wait_for_focus(page, "handle-tasks").await?;
        page.wait_for_text(".toolbar-state", "No changes yet").await
    })
    .await;
}
