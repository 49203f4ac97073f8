//! Where a move is to end.

use plinth_events::{Refusal, RefusalCode, layout::EffectiveWidget, names::WidgetType};

use super::editor::find;

/// Where a widget is to go.
pub(super) enum Target {
    /// To this position of the resulting layout.
    Index(u32),
    /// In front of what is at this position now.
    Gap(usize),
}

/// Where a widget is to go, by exactly one of a position and two kinds of neighbours.
pub(super) fn target(
    widgets: &[EffectiveWidget],
    moved: &WidgetType,
    to_position: Option<u32>,
    before: Option<&WidgetType>,
    after: Option<&WidgetType>,
) -> Result<Target, Refusal> {
    match (to_position, before, after) {
        (Some(position), None, None) => Ok(Target::Index(position)),
        (None, Some(before), None) if before == moved => Err(beside_itself("/before")),
        (None, None, Some(after)) if after == moved => Err(beside_itself("/after")),
        (None, Some(before), None) => Ok(Target::Gap(anchor(widgets, before, "/before")?)),
        (None, None, Some(after)) => Ok(Target::Gap(anchor(widgets, after, "/after")? + 1)),
        (to_position, before, after) => Err(not_one_target([to_position.is_some(), before.is_some(), after.is_some()])),
    }
}

/// Where the widget stands that another one is to stand beside.
fn anchor(widgets: &[EffectiveWidget], widget_type: &WidgetType, pointer: &str) -> Result<usize, Refusal> {
    let anchor = find(widgets, widget_type).ok_or_else(|| {
        let detail = format!("widget {widget_type} is not in the layout, so nothing can stand beside it");
        Refusal::new(RefusalCode::AnchorMissing, detail).at(pointer)
    })?;
    Ok(anchor.position as usize)
}

fn beside_itself(pointer: &str) -> Refusal {
    Refusal::new(RefusalCode::InvalidValue, "a widget cannot be moved beside itself").at(pointer)
}

/// Names the targets that are too many, or all when none is given.
fn not_one_target(given: [bool; 3]) -> Refusal {
    let refusal = Refusal::new(RefusalCode::InvalidValue, "give exactly one of toPosition, before and after");
    let none = !given.contains(&true);
    let pointers = ["/toPosition", "/before", "/after"].into_iter().zip(given);
    pointers.filter(|(_, given)| none || *given).fold(refusal, |refusal, (pointer, _)| refusal.at(pointer))
}
