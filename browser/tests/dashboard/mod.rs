//! The dashboard: looked at, and changed by mouse, buttons, keyboard, and with scripts off.

mod changing;
mod moving;
mod others;
mod scriptless;
mod undoing;

use plinth_browser::{Browser, Installation};
use serde_json::json;

/// A default layout of three widgets: tasks, sales, which has settings, and news.
async fn lay_out(site: &Installation) -> anyhow::Result<()> {
    let type_of_sales = json!({ "widgetType": "sales", "title": "Sales", "defaultConfig": { "months": 12 },
        "configSchema": { "type": "object", "required": ["months"], "properties": {
            "months": { "type": "integer", "title": "Months", "minimum": 1 },
            "region": { "enum": ["North", "South"], "title": "Region" },
        } },
    });
    site.send("dashboard.declare-type", type_of_sales).await?;
    let widgets = ["tasks", "sales", "news"].map(|widget| json!({ "op": "add", "widgetType": widget }));
    site.send("dashboard.apply-layout", json!({ "userId": null, "ops": widgets })).await?;
    Ok(())
}

/// Opens edit mode, with its scripts.
async fn edit(page: &Browser) -> anyhow::Result<()> {
    page.go("/dashboard/edit").await?;
    page.wait_for("[data-scripted]").await
}

/// Presses what changes something, and waits until that is the one change of the draft.
pub async fn change(page: &Browser, button: &str) -> anyhow::Result<()> {
    page.press(button).await?;
    page.wait_for_text(".toolbar-state", "1 change not saved").await
}

/// Waits until the widgets stand in an order.
async fn wait_for_order(page: &Browser, order: &str) -> anyhow::Result<()> {
    let script =
        "return [...document.querySelectorAll('#widgets > .widget')].map((widget) => widget.id.slice(7)).join(' ')";
    page.wait_until(script, order).await
}

/// Waits until an element has the focus.
async fn wait_for_focus(page: &Browser, id: &str) -> anyhow::Result<()> {
    page.wait_until("return document.activeElement.id", id).await
}

/// Saves, and waits until it is.
async fn save(page: &Browser) -> anyhow::Result<()> {
    page.press("#save").await?;
    page.wait_for("[data-mode=view]").await?;
    page.wait_for_text("#flash", "Saved.").await
}
