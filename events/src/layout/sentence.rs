//! What happened to a layout, in a few words of plain English.

use crate::{
    event::dashboard::{DashboardEvent, LayoutApplied},
    names::WidgetType,
};

/// How many of several changes are told one by one.
const TOLD: usize = 3;

/// What an event says. `title` is what people call a type of widgets, `told` what was said about all events before it.
pub fn sentence(event: &DashboardEvent, title: &impl Fn(&WidgetType) -> String, told: &[String]) -> String {
    match event {
        DashboardEvent::WidgetAdded(event) => {
            let place = event.order.as_deref().map(|order| place(&event.widget_type, order, title));
            format!("added {}{}", title(&event.widget_type), place.unwrap_or_default())
        }
        DashboardEvent::WidgetMoved(event) => {
            format!("moved {}{}", title(&event.widget_type), place(&event.widget_type, &event.order, title))
        }
        DashboardEvent::WidgetResized(event) => format!("made {} {}", title(&event.widget_type), event.size.as_str()),
        DashboardEvent::WidgetShown(event) => format!("showed {}", title(&event.widget_type)),
        DashboardEvent::WidgetHidden(event) => format!("hid {}", title(&event.widget_type)),
        DashboardEvent::WidgetConfigured(event) => {
            let keys: Vec<&str> = event.config.0.keys().map(String::as_str).take(TOLD).collect();
            format!("configured {} ({})", title(&event.widget_type), keys.join(", "))
        }
        DashboardEvent::WidgetRemoved(event) => format!("removed {}", title(&event.widget_type)),
        DashboardEvent::WidgetReset(event) => format!("reset {} to the default", title(&event.widget_type)),
        DashboardEvent::LayoutReset(event) if event.user_id.is_some() => "reset the layout to the default".to_owned(),
        DashboardEvent::LayoutReset(_) => "removed every widget".to_owned(),
        DashboardEvent::LayoutApplied(event) => applied(event, title),
        DashboardEvent::LayoutChangeUndone(event) => format!("took back: {}", earlier(event.version, told)),
        DashboardEvent::LayoutChangeRedone(event) => format!("made again: {}", earlier(event.version, told)),
        DashboardEvent::WidgetLocked(event) => format!("locked {}", title(&event.widget_type)),
        DashboardEvent::WidgetUnlocked(event) => format!("unlocked {}", title(&event.widget_type)),
        DashboardEvent::LayoutEnforced(_) => "made everybody see the default".to_owned(),
        DashboardEvent::LayoutReleased(_) => "let users have layouts of their own".to_owned(),
    }
}

/// Beside which neighbour a widget stands: behind the one before it, or in front of all others.
fn place(widget_type: &WidgetType, order: &[WidgetType], title: &impl Fn(&WidgetType) -> String) -> String {
    match order.iter().position(|name| name == widget_type) {
        Some(0) => order.get(1).map(|next| format!(" before {}", title(next))).unwrap_or_default(),
        Some(index) => format!(" after {}", title(&order[index - 1])),
        None => String::new(),
    }
}

fn applied(event: &LayoutApplied, title: &impl Fn(&WidgetType) -> String) -> String {
    let each = event.changes.iter().map(|change| sentence(&change.clone().into(), title, &[]));
    let mut parts: Vec<String> = each.take(TOLD).collect();
    match event.changes.len().saturating_sub(TOLD) {
        0 => {}
        1 => parts.push("made another change".to_owned()),
        more => parts.push(format!("made {more} more changes")),
    }
    match parts.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.concat(),
    }
}

fn earlier(version: u64, told: &[String]) -> &str {
    let index = usize::try_from(version).ok().and_then(|version| version.checked_sub(1));
    index.and_then(|index| told.get(index)).map_or("an earlier change", String::as_str)
}
