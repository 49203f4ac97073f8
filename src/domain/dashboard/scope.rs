//! One layout in the middle of a decision: each command against what the scope shows now.

use plinth_events::{
    Refusal, RefusalCode,
    command::dashboard::{
        AddWidget, ConfigureWidget, HideWidget, MoveWidget, RemoveWidget, ResetLayout, ResizeWidget, ShowWidget,
    },
    event::dashboard::{
        DashboardEvent, LayoutReset, WidgetAdded, WidgetConfigured, WidgetHidden, WidgetMoved, WidgetRemoved,
        WidgetResized, WidgetShown,
    },
    json::Config,
    layout::{EffectiveWidget, Layout, merge_patch},
    limits,
    names::WidgetType,
};

/// What became of a command: an event, or nothing because it changes nothing.
pub(super) type Outcome = Result<Option<DashboardEvent>, Refusal>;

/// What a decision looks at: what the scope says of its own, what lies below it, and what the two show.
pub(super) struct Scope<'a> {
    own: &'a Layout,
    below: Vec<EffectiveWidget>,
    widgets: Vec<EffectiveWidget>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(own: &'a Layout, below: Vec<EffectiveWidget>) -> Self {
        let widgets = own.over(&below);
        Self { own, below, widgets }
    }

    pub(super) fn add_widget(&self, command: &AddWidget) -> Outcome {
        let AddWidget { user_id, widget_type, position, size, is_visible, config } = command;
        if find(&self.widgets, widget_type).is_some() {
            let detail = format!("widget {widget_type} is in the layout already");
            return Err(Refusal::new(RefusalCode::AlreadyPresent, detail).at("/widgetType"));
        }
        let count = self.widgets.len();
        if count >= limits::LAYOUT_WIDGETS {
            let detail = format!("the layout has {count} widgets, {} are allowed", limits::LAYOUT_WIDGETS);
            return Err(Refusal::new(RefusalCode::LayoutFull, detail));
        }
        let position = position.map_or(Ok(count), |position| in_range(position, count, "/position"));
        let config = config.as_ref().map(|config| Config(merge_patch::without_nulls(&config.0)));
        let (position, ()) = both(position, config.as_ref().map_or(Ok(()), bounded))?;
        Ok(Some(
            WidgetAdded {
                user_id: *user_id,
                widget_type: widget_type.clone(),
                size: size.unwrap_or_default(),
                is_visible: is_visible.unwrap_or(true),
                config,
                order: (position < count).then(|| self.order_with(widget_type, position)),
            }
            .into(),
        ))
    }

    pub(super) fn move_widget(&self, command: &MoveWidget) -> Outcome {
        let MoveWidget { user_id, widget_type, .. } = command;
        let (moved, target) = both(self.widget(widget_type, "/widgetType"), self.target(command))?;
        let from = index(moved);
        let to = match target {
            Target::Index(position) => in_range(position, self.widgets.len() - 1, "/toPosition")?,
            Target::Gap(gap) if from < gap => gap - 1,
            Target::Gap(gap) => gap,
        };
        if to == from {
            return Ok(None);
        }
        let order = self.order_with(widget_type, to);
        Ok(Some(WidgetMoved { user_id: *user_id, widget_type: widget_type.clone(), order }.into()))
    }

    pub(super) fn resize_widget(&self, command: &ResizeWidget) -> Outcome {
        let ResizeWidget { user_id, widget_type, size } = command.clone();
        let changes = self.widget(&widget_type, "/widgetType")?.size != size;
        Ok(changes.then(|| WidgetResized { user_id, widget_type, size }.into()))
    }

    pub(super) fn show_widget(&self, command: &ShowWidget) -> Outcome {
        let ShowWidget { user_id, widget_type } = command.clone();
        let changes = !self.widget(&widget_type, "/widgetType")?.is_visible;
        Ok(changes.then(|| WidgetShown { user_id, widget_type }.into()))
    }

    pub(super) fn hide_widget(&self, command: &HideWidget) -> Outcome {
        let HideWidget { user_id, widget_type } = command.clone();
        let changes = self.widget(&widget_type, "/widgetType")?.is_visible;
        Ok(changes.then(|| WidgetHidden { user_id, widget_type }.into()))
    }

    /// A widget without a configuration has an empty one here, so taking nothing away from nothing changes nothing.
    pub(super) fn configure_widget(&self, command: &ConfigureWidget) -> Outcome {
        let ConfigureWidget { user_id, widget_type, config: patch } = command;
        let before = self.widget(widget_type, "/widgetType")?.config.clone().unwrap_or_default();
        let mut after = before.clone();
        merge_patch::merge(&mut after.0, &patch.0);
        if after == before {
            return Ok(None);
        }
        bounded(&after)?;
        let below = find(&self.below, widget_type).and_then(|widget| widget.config.as_ref());
        let mut own = self.own.config(widget_type).cloned().unwrap_or_default();
        let config = Config(merge_patch::over(below.map(|config| &config.0), &own.0, &patch.0));
        if user_id.is_some() {
            merge_patch::compose(&mut own.0, &config.0);
            bounded(&own)?;
        }
        Ok(Some(WidgetConfigured { user_id: *user_id, widget_type: widget_type.clone(), config }.into()))
    }

    pub(super) fn remove_widget(&self, command: &RemoveWidget) -> Outcome {
        let RemoveWidget { user_id, widget_type } = command.clone();
        self.widget(&widget_type, "/widgetType")?;
        if find(&self.below, &widget_type).is_some() {
            let detail = format!("widget {widget_type} is in the default layout, so it can be hidden but not removed");
            return Err(Refusal::new(RefusalCode::DefaultWidget, detail).at("/widgetType"));
        }
        Ok(Some(WidgetRemoved { user_id, widget_type }.into()))
    }

    pub(super) fn reset_layout(&self, command: &ResetLayout) -> Outcome {
        let user_id = command.user_id;
        Ok((!self.own.is_empty()).then(|| LayoutReset { user_id }.into()))
    }

    fn widget(&self, widget_type: &WidgetType, pointer: &str) -> Result<&EffectiveWidget, Refusal> {
        find(&self.widgets, widget_type).ok_or_else(|| {
            let detail = format!("widget {widget_type} is not in the layout");
            Refusal::new(RefusalCode::UnknownWidget, detail).at(pointer)
        })
    }

    /// Where a widget is to go.
    fn target(&self, command: &MoveWidget) -> Result<Target, Refusal> {
        match (command.to_position, &command.before, &command.after) {
            (Some(position), None, None) => Ok(Target::Index(position)),
            (None, Some(before), None) if *before == command.widget_type => Err(beside_itself("/before")),
            (None, None, Some(after)) if *after == command.widget_type => Err(beside_itself("/after")),
            (None, Some(before), None) => Ok(Target::Gap(index(self.widget(before, "/before")?))),
            (None, None, Some(after)) => Ok(Target::Gap(index(self.widget(after, "/after")?) + 1)),
            (to_position, before, after) => {
                Err(not_one_target([to_position.is_some(), before.is_some(), after.is_some()]))
            }
        }
    }

    /// The whole order with a widget at a position, wherever it was before.
    fn order_with(&self, widget_type: &WidgetType, position: usize) -> Vec<WidgetType> {
        let types = self.widgets.iter().map(|widget| &widget.widget_type);
        let mut order: Vec<_> = types.filter(|other| *other != widget_type).cloned().collect();
        order.insert(position, widget_type.clone());
        order
    }
}

/// Where a widget is to go.
enum Target {
    /// To this position of the resulting layout.
    Index(u32),
    /// In front of what is at this position now.
    Gap(usize),
}

fn find<'a>(widgets: &'a [EffectiveWidget], widget_type: &WidgetType) -> Option<&'a EffectiveWidget> {
    widgets.iter().find(|widget| widget.widget_type == *widget_type)
}

fn index(widget: &EffectiveWidget) -> usize {
    widget.position as usize
}

fn in_range(position: u32, last: usize, pointer: &str) -> Result<usize, Refusal> {
    let position = position as usize;
    if position <= last {
        return Ok(position);
    }
    let detail = format!("position {position} is out of range, 0 to {last} are allowed");
    Err(Refusal::new(RefusalCode::PositionOutOfRange, detail).at(pointer))
}

fn bounded(config: &Config) -> Result<(), Refusal> {
    let size_bytes = config.size_bytes();
    if size_bytes <= limits::CONFIG_BYTES {
        return Ok(());
    }
    let detail = format!("the configuration would have {size_bytes} bytes, {} are allowed", limits::CONFIG_BYTES);
    Err(Refusal::new(RefusalCode::TooLarge, detail).at("/config"))
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

/// Both results, or one refusal with the errors of both and the code of the first.
fn both<A, B>(first: Result<A, Refusal>, second: Result<B, Refusal>) -> Result<(A, B), Refusal> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(mut first), Err(second)) => {
            first.errors.extend(second.errors);
            Err(first)
        }
        (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => Err(refusal),
    }
}
