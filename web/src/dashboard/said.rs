//! What a screen reader is told after a button was pressed.

use plinth_events::{command::dashboard::LayoutOp, names::WidgetType};

use super::{WidgetView, draft::Pressed};

/// What came of the pressed button, in a sentence.
pub(super) fn said(pressed: &Pressed, widgets: &[WidgetView]) -> String {
    match pressed {
        Pressed::Do(op) => done(op, widgets),
        Pressed::Undo(op) => format!("The change of {} was taken back.", title(op.widget_type(), widgets)),
        Pressed::Redo(op) => done(op, widgets),
        Pressed::Rebase => "Your changes are on top of the newest layout now.".to_owned(),
    }
}

fn done(op: &LayoutOp, widgets: &[WidgetView]) -> String {
    let title = title(op.widget_type(), widgets);
    match op {
        LayoutOp::Add { .. } => format!("{title} was added."),
        LayoutOp::Move { widget_type, .. } => match place(widget_type, widgets) {
            Some(place) => format!("{title} is {place} of {}.", widgets.len()),
            None => format!("{title} was moved."),
        },
        LayoutOp::Resize { size, .. } => format!("{title} is {}.", size.as_str()),
        LayoutOp::Show { .. } => format!("{title} shows."),
        LayoutOp::Hide { .. } => format!("{title} is hidden."),
        LayoutOp::Configure { .. } => format!("{title} has other settings."),
        LayoutOp::Remove { .. } => format!("{title} was removed."),
        LayoutOp::ResetWidget { .. } => format!("{title} follows the default."),
    }
}

fn title<'a>(widget_type: &'a WidgetType, widgets: &'a [WidgetView]) -> &'a str {
    widgets
        .iter()
        .find(|widget| widget.widget_type == *widget_type)
        .map_or(widget_type.as_str(), |widget| &widget.title)
}

fn place(widget_type: &WidgetType, widgets: &[WidgetView]) -> Option<usize> {
    widgets.iter().position(|widget| widget.widget_type == *widget_type).map(|index| index + 1)
}
