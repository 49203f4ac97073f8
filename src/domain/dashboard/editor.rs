//! A layout in the middle of a decision: each operation against what the scope shows after those before it.

use std::mem;

use plinth_events::{
    Refusal, RefusalCode, UserId,
    command::dashboard::LayoutOp,
    event::dashboard::{
        LayoutChange, WidgetAdded, WidgetConfigured, WidgetHidden, WidgetMoved, WidgetRemoved, WidgetReset,
        WidgetResized, WidgetShown,
    },
    json::Config,
    layout::{Base, EffectiveWidget, Layout, Size, merge_patch},
    limits,
    names::WidgetType,
};

use super::{
    Edit, WidgetTypes,
    target::{Target, target},
};

/// What became of an operation: a change, or nothing because it changes nothing.
type Outcome = Result<Option<LayoutChange>, Refusal>;

/// What a decision looks at: what the scope says of its own, what lies below it, and what the two show.
pub(super) struct Editor<'a> {
    user_id: Option<UserId>,
    own: Layout,
    base: &'a Base,
    types: &'a WidgetTypes,
    widgets: Vec<EffectiveWidget>,
    /// How large the scope's own configurations are together.
    config_bytes: usize,
    /// How much more work may be made of checking configurations.
    check_work_left: usize,
}

impl<'a> Editor<'a> {
    pub(super) fn new(own: &Layout, user_id: Option<UserId>, base: &'a Base, types: &'a WidgetTypes) -> Self {
        Self {
            user_id,
            own: own.clone(),
            base,
            types,
            widgets: own.over(base),
            config_bytes: own.config_bytes(),
            check_work_left: limits::CONFIG_CHECK_WORK,
        }
    }

    /// What the scope shows by now.
    pub(super) fn widgets(&self) -> &[EffectiveWidget] {
        &self.widgets
    }

    /// Carries out the operations one after the other; what is wrong with one of them stands at its place in the body.
    pub(super) fn edit(&mut self, edit: &Edit) -> Result<Vec<LayoutChange>, Refusal> {
        let mut changes = Vec::new();
        for (index, op) in edit.ops.iter().enumerate() {
            changes.extend(self.apply(op).map_err(|refusal| below(refusal, &edit.pointer(index)))?);
        }
        Ok(changes)
    }

    fn apply(&mut self, op: &LayoutOp) -> Outcome {
        let Some(change) = self.change(op)? else { return Ok(None) };
        let config_bytes = |own: &Layout| own.config(op.widget_type()).map_or(0, Config::size_bytes);
        self.config_bytes -= config_bytes(&self.own);
        self.own.apply(&change.clone().into());
        self.config_bytes += config_bytes(&self.own);
        self.widgets = self.own.over_again(mem::take(&mut self.widgets), op.widget_type(), self.base);
        Ok(Some(change))
    }

    fn change(&mut self, op: &LayoutOp) -> Outcome {
        if self.base.is_locked(op.widget_type()) {
            return Err(locked(op.widget_type()).at("/widgetType"));
        }
        match op {
            LayoutOp::Add { widget_type, position, size, is_visible, config } => {
                let config = config.as_ref().or(self.types.default_config(widget_type));
                let size = size.unwrap_or(self.types.default_size(widget_type));
                self.add(widget_type, *position, size, is_visible.unwrap_or(true), config)
            }
            LayoutOp::Move { widget_type, to_position, before, after } => {
                let target = target(&self.widgets, widget_type, *to_position, before.as_ref(), after.as_ref());
                self.move_to(widget_type, target)
            }
            LayoutOp::Resize { widget_type, size } => self.resize(widget_type, *size),
            LayoutOp::Show { widget_type } => self.show(widget_type),
            LayoutOp::Hide { widget_type } => self.hide(widget_type),
            LayoutOp::Configure { widget_type, config } => self.configure(widget_type, config),
            LayoutOp::Remove { widget_type } => self.remove(widget_type),
            LayoutOp::ResetWidget { widget_type } => self.reset(widget_type),
        }
    }

    fn add(
        &mut self,
        widget_type: &WidgetType,
        position: Option<u32>,
        size: Size,
        is_visible: bool,
        config: Option<&Config>,
    ) -> Outcome {
        if find(&self.widgets, widget_type).is_some() {
            let detail = format!("widget {widget_type} is in the layout already");
            return Err(Refusal::new(RefusalCode::AlreadyPresent, detail).at("/widgetType"));
        }
        let count = self.widgets.len();
        check_count(count + 1)?;
        let position = position.map_or(Ok(count), |position| in_range(position, count, "/position"));
        let config = config.map(|config| Config(merge_patch::without_nulls(&config.0)));
        let (position, ()) = both(position, self.check_config(widget_type, config.as_ref(), config.as_ref()))?;
        Ok(Some(LayoutChange::WidgetAdded(WidgetAdded {
            user_id: self.user_id,
            widget_type: widget_type.clone(),
            size,
            is_visible,
            config,
            order: (position < count).then(|| self.order_with(widget_type, position)),
        })))
    }

    fn move_to(&self, widget_type: &WidgetType, target: Result<Target, Refusal>) -> Outcome {
        let (moved, target) = both(self.widget(widget_type), target)?;
        let from = moved.position as usize;
        let to = match target {
            Target::Index(position) => in_range(position, self.widgets.len() - 1, "/toPosition")?,
            Target::Gap(gap) if from < gap => gap - 1,
            Target::Gap(gap) => gap,
        };
        let (user_id, order) = (self.user_id, self.order_with(widget_type, to));
        let moved = WidgetMoved { user_id, widget_type: widget_type.clone(), order };
        if to == from || self.stays(&moved) {
            return Ok(None);
        }
        Ok(Some(LayoutChange::WidgetMoved(moved)))
    }

    /// Whether a widget ends up where it was, because nothing gets between a locked one and the one before it.
    fn stays(&self, moved: &WidgetMoved) -> bool {
        if self.base.locked().is_empty() {
            return false;
        }
        let mut own = self.own.clone();
        own.apply(&moved.clone().into());
        own.over(self.base) == self.widgets
    }

    fn resize(&self, widget_type: &WidgetType, size: Size) -> Outcome {
        let changes = self.widget(widget_type)?.size != size;
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(changes.then_some(LayoutChange::WidgetResized(WidgetResized { user_id, widget_type, size })))
    }

    fn show(&self, widget_type: &WidgetType) -> Outcome {
        let changes = !self.widget(widget_type)?.is_visible;
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(changes.then_some(LayoutChange::WidgetShown(WidgetShown { user_id, widget_type })))
    }

    fn hide(&self, widget_type: &WidgetType) -> Outcome {
        let changes = self.widget(widget_type)?.is_visible;
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(changes.then_some(LayoutChange::WidgetHidden(WidgetHidden { user_id, widget_type })))
    }

    /// A widget without a configuration has an empty one here, so taking nothing away from nothing changes nothing.
    fn configure(&mut self, widget_type: &WidgetType, patch: &Config) -> Outcome {
        let before = self.widget(widget_type)?.config.clone().unwrap_or_default();
        let mut after = before.clone();
        merge_patch::merge(&mut after.0, &patch.0);
        if after == before {
            return Ok(None);
        }
        let below = self.base.find(widget_type).and_then(|widget| widget.config.as_ref());
        let mut own = self.own.config(widget_type).cloned().unwrap_or_default();
        let config = Config(merge_patch::over(below.map(|config| &config.0), &own.0, &patch.0));
        match self.user_id {
            Some(_) => merge_patch::compose(&mut own.0, &config.0),
            None => own.clone_from(&after),
        }
        self.check_config(widget_type, Some(&own), Some(&after))?;
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(Some(LayoutChange::WidgetConfigured(WidgetConfigured { user_id, widget_type, config })))
    }

    fn remove(&self, widget_type: &WidgetType) -> Outcome {
        self.widget(widget_type)?;
        if self.base.find(widget_type).is_some() {
            let detail = format!("widget {widget_type} is in the default layout, so it can be hidden but not removed");
            return Err(Refusal::new(RefusalCode::DefaultWidget, detail).at("/widgetType"));
        }
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(Some(LayoutChange::WidgetRemoved(WidgetRemoved { user_id, widget_type })))
    }

    fn reset(&self, widget_type: &WidgetType) -> Outcome {
        self.widget(widget_type)?;
        if self.base.find(widget_type).is_none() {
            let detail = format!("widget {widget_type} follows no default that it could be reset to");
            return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/widgetType"));
        }
        let changes = self.own.says_of(widget_type);
        let (user_id, widget_type) = (self.user_id, widget_type.clone());
        Ok(changes.then_some(LayoutChange::WidgetReset(WidgetReset { user_id, widget_type })))
    }

    fn widget(&self, widget_type: &WidgetType) -> Result<&EffectiveWidget, Refusal> {
        find(&self.widgets, widget_type).ok_or_else(|| {
            let detail = format!("widget {widget_type} is not in the layout");
            Refusal::new(RefusalCode::UnknownWidget, detail).at("/widgetType")
        })
    }

    /// The whole order with a widget at a position, wherever it was before. Locked widgets have no place of the user's own.
    fn order_with(&self, widget_type: &WidgetType, position: usize) -> Vec<WidgetType> {
        let types = self.widgets.iter().map(|widget| &widget.widget_type);
        let mut order: Vec<_> = types.filter(|other| *other != widget_type).cloned().collect();
        order.insert(position, widget_type.clone());
        order.retain(|name| !self.base.is_locked(name));
        order
    }

    /// Whether a widget may have a configuration: `own` is what is kept of it, `shown` what is seen.
    fn check_config(
        &mut self,
        widget_type: &WidgetType,
        own: Option<&Config>,
        shown: Option<&Config>,
    ) -> Result<(), Refusal> {
        for config in own.into_iter().chain(shown) {
            check_bytes(config.size_bytes(), limits::CONFIG_BYTES, "the configuration")?;
        }
        let size_bytes = |config: Option<&Config>| config.map_or(0, Config::size_bytes);
        check_total(self.config_bytes - size_bytes(self.own.config(widget_type)) + size_bytes(own))?;
        self.types.check(widget_type, shown.unwrap_or(&Config::default()), &mut self.check_work_left)
    }
}

/// A layout has room for so many widgets.
pub(super) fn check_count(count: usize) -> Result<(), Refusal> {
    if count <= limits::LAYOUT_WIDGETS {
        return Ok(());
    }
    let detail = format!("the layout would have {count} widgets, {} are allowed", limits::LAYOUT_WIDGETS);
    Err(Refusal::new(RefusalCode::LayoutFull, detail))
}

/// A layout has room for configurations of this size together.
pub(super) fn check_total(size_bytes: usize) -> Result<(), Refusal> {
    check_bytes(size_bytes, limits::LAYOUT_CONFIG_BYTES, "the configurations of the layout together")
}

/// Users cannot change the widget.
pub(super) fn locked(widget_type: &WidgetType) -> Refusal {
    let detail = format!("widget {widget_type} is locked in the default layout");
    Refusal::new(RefusalCode::WidgetLocked, detail)
}

/// A refusal of one operation in the body of many.
fn below(mut refusal: Refusal, pointer: &str) -> Refusal {
    for error in &mut refusal.errors {
        error.pointer.insert_str(0, pointer);
    }
    if refusal.errors.is_empty() && !pointer.is_empty() { refusal.at(pointer) } else { refusal }
}

pub(super) fn find<'a>(widgets: &'a [EffectiveWidget], widget_type: &WidgetType) -> Option<&'a EffectiveWidget> {
    widgets.iter().find(|widget| widget.widget_type == *widget_type)
}

fn in_range(position: u32, last: usize, pointer: &str) -> Result<usize, Refusal> {
    let position = position as usize;
    if position <= last {
        return Ok(position);
    }
    let detail = format!("position {position} is out of range, 0 to {last} are allowed");
    Err(Refusal::new(RefusalCode::PositionOutOfRange, detail).at(pointer))
}

fn check_bytes(size_bytes: usize, limit_bytes: usize, what: &str) -> Result<(), Refusal> {
    if size_bytes <= limit_bytes {
        return Ok(());
    }
    let detail = format!("{what} would have {size_bytes} bytes, {limit_bytes} are allowed");
    Err(Refusal::new(RefusalCode::TooLarge, detail).at("/config"))
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
