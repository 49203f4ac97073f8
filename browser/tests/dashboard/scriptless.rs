//! The same without scripts: everything is a form.

use plinth_browser::test;

use super::{change, lay_out};

#[tokio::test]
async fn without_scripts_a_widget_is_moved_saved_and_put_back_by_forms() {
    test(async |site, page| {
        lay_out(site).await?;
        page.allow_scripts(false).await?;
        page.go("/dashboard/edit").await?;
        assert_eq!(page.count("[data-scripted]").await?, 0);
        change(page, "#down-tasks").await?;
        assert_eq!(page.texts("#widgets h2").await?, ["Sales", "Tasks", "News"]);
        page.press("#undo").await?;
        page.wait_for_text(".toolbar-state", "No changes yet").await?;
        change(page, "#redo").await?;
        page.press("#save").await?;
        page.wait_for_text("#flash", "Saved.").await?;
        assert_eq!(page.texts("#widgets h2").await?, ["Sales", "Tasks", "News"]);
        page.press("[aria-keyshortcuts='Control+Z']").await?;
        page.wait_for_text("#flash", "Undone.").await?;
        assert_eq!(page.texts("#widgets h2").await?, ["Tasks", "Sales", "News"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_scripts_settings_are_filled_in_and_all_is_reset() {
    test(async |site, page| {
        lay_out(site).await?;
        page.allow_scripts(false).await?;
        page.go("/dashboard/edit").await?;
        page.press("#settings-sales").await?;
        page.fill("config/months", "3").await?;
        change(page, "button[name=configure]").await?;
        page.press("#save").await?;
        page.wait_for_text("#widget-sales .widget-body", "3").await?;
        page.press("#edit").await?;
        page.press("[data-dialog] a").await?;
        page.wait_for_text("h1", "Reset your dashboard?").await?;
        page.press("main form button[type=submit]").await?;
        page.wait_for_text("#widget-sales .widget-body", "12").await
    })
    .await;
}
