//! A layout that knows its version and what was there before, as far as that is remembered: what can be taken back, what
//! can be made again, and what has changed since somebody looked.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Base, Layout, Property, Touched};
use crate::{
    event::dashboard::{DashboardEvent, Restored},
    limits,
    names::WidgetType,
};

/// A layout with its last steps. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackedLayout {
    version: u64,
    layout: Arc<Layout>,
    /// The last events, the oldest first.
    steps: VecDeque<Arc<Step>>,
    /// The changes that do not stand any more.
    undone: BTreeSet<u64>,
    /// The undoings that can be taken back, the next one last.
    redoable: Vec<u64>,
}

/// An event of a layout, and what was there before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The version that the layout got by it.
    pub version: u64,
    /// What it was.
    pub kind: StepKind,
    before: Restored,
    order_after: Option<Vec<WidgetType>>,
    /// Roughly how much memory `before` takes.
    size_bytes: usize,
}

/// What an event means to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// It changed the layout, and can be undone.
    Change,
    /// It took back the change of this version.
    Undo(u64),
    /// It made the change of this version again.
    Redo(u64),
    /// It changed nothing of the layout itself.
    Setting,
}

/// Why a change cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotUndo {
    /// It is none, does not stand any more, or is not remembered.
    Nothing,
    /// What it changed was changed again, by the change of this version.
    Later(u64),
}

impl Step {
    /// What it changed.
    pub fn touched(&self) -> &Touched {
        &self.before.touched
    }

    fn new(version: u64, event: &DashboardEvent, before: Restored, after: &Layout) -> Self {
        let kind = match event {
            DashboardEvent::LayoutChangeUndone(event) => StepKind::Undo(event.version),
            DashboardEvent::LayoutChangeRedone(event) => StepKind::Redo(event.version),
            DashboardEvent::WidgetLocked(_)
            | DashboardEvent::WidgetUnlocked(_)
            | DashboardEvent::LayoutEnforced(_)
            | DashboardEvent::LayoutReleased(_) => StepKind::Setting,
            _ => StepKind::Change,
        };
        let size_bytes = before.size_bytes();
        Self { version, kind, before, order_after: after.order.clone(), size_bytes }
    }

    fn has_reordered(&self) -> bool {
        self.before.order != self.order_after
    }
}

impl TrackedLayout {
    /// How many events made it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The layout itself.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Takes in an event of the scope.
    pub fn apply(&mut self, event: &DashboardEvent) {
        self.version += 1;
        let before = self.layout.remember(Touched::by(event, &self.layout));
        Arc::make_mut(&mut self.layout).apply(event);
        let step = Step::new(self.version, event, before, &self.layout);
        match step.kind {
            StepKind::Change => self.redoable.clear(),
            StepKind::Undo(version) => {
                self.undone.insert(version);
                self.redoable.push(step.version);
            }
            StepKind::Redo(version) => {
                self.undone.remove(&version);
                self.redoable.pop();
            }
            StepKind::Setting => {}
        }
        self.steps.push_back(Arc::new(step));
        self.forget();
    }

    /// What the last event changed.
    pub(super) fn last_touched(&self) -> impl Iterator<Item = (&WidgetType, &BTreeSet<Property>)> {
        self.steps.back().into_iter().flat_map(|step| step.touched().iter())
    }

    /// What changed behind a version, the oldest first; none: that is not remembered any more.
    pub fn since(&self, version: u64) -> Option<impl Iterator<Item = &Step>> {
        let first = self.steps.front().map_or(self.version + 1, |step| step.version);
        (first <= version + 1).then(|| self.all_steps().filter(move |step| step.version > version))
    }

    /// Whether a change was undone and not made again.
    pub fn is_undone(&self, version: u64) -> bool {
        self.undone.contains(&version)
    }

    /// The version of a change that is to be undone, the last one that stands when none is given.
    ///
    /// # Errors
    /// When it cannot be undone.
    pub fn undoable(&self, version: Option<u64>) -> Result<u64, CannotUndo> {
        Ok(self.standing_step(version)?.version)
    }

    /// What taking back a change puts back: as it was before, but for what was changed since. Below it lies `base`.
    ///
    /// # Errors
    /// When it cannot be undone.
    pub fn undo(&self, version: Option<u64>, base: &Base) -> Result<(u64, Restored), CannotUndo> {
        let step = self.standing_step(version)?;
        let order = self.order_without(step, base);
        Ok((step.version, Restored { order, ..self.layout.as_before(&step.before) }))
    }

    /// What making the change again puts back that was undone last, and the version of that change; none: there is none.
    pub fn redo(&self) -> Option<(u64, Restored)> {
        let last = self.redoable.last()?;
        let undoing = self.all_steps().find(|step| step.version == *last)?;
        // nothing but other undoings has happened since, and these were taken back
        match undoing.kind {
            StepKind::Undo(version) => Some((version, undoing.before.clone())),
            _ => None,
        }
    }

    fn all_steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().map(Arc::as_ref)
    }

    fn standing_changes(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.all_steps().filter(|step| step.kind == StepKind::Change && !self.is_undone(step.version))
    }

    fn standing_step(&self, version: Option<u64>) -> Result<&Step, CannotUndo> {
        let mut newest_first = self.standing_changes().rev();
        let step = newest_first.find(|step| version.is_none_or(|version| step.version == version));
        let step = step.ok_or(CannotUndo::Nothing)?;
        let mut later = self.standing_changes().filter(|other| other.version > step.version);
        match later.find(|other| other.touched().meets(step.touched())) {
            Some(other) => Err(CannotUndo::Later(other.version)),
            None => Ok(step),
        }
    }

    /// The own order without what a step did to it: if that is the last thing that happened to it, what was there before;
    /// if nothing else that changed it stands, what was there before all of that.
    fn order_without(&self, step: &Step, base: &Base) -> Option<Vec<WidgetType>> {
        if !step.touched().has_position() {
            return self.layout.order.clone();
        }
        if self.layout.order == step.order_after {
            return step.before.order.clone();
        }
        let mut others = self.standing_changes().filter(|other| other.version != step.version);
        if !others.any(Step::has_reordered) {
            let first = self.all_steps().find(|step| step.kind == StepKind::Change && step.has_reordered());
            return first.unwrap_or(step).before.order.clone();
        }
        Some(self.layout.order_as_before(&step.before, base)).filter(|order| !order.is_empty())
    }

    /// Forgets the oldest steps when there are too many, or too large ones.
    fn forget(&mut self) {
        let mut size_bytes: usize = self.all_steps().map(|step| step.size_bytes).sum();
        while self.steps.len() > limits::LAYOUT_STEPS || size_bytes > limits::LAYOUT_STEPS_BYTES {
            let Some(step) = self.steps.pop_front() else { break };
            size_bytes -= step.size_bytes;
        }
        let oldest = self.steps.front().map_or(u64::MAX, |step| step.version);
        self.undone.retain(|version| *version >= oldest);
        self.redoable.retain(|version| *version >= oldest);
    }
}
