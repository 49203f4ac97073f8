//! The history of one layout, folded from its recorded events: what happened, and where everything that shows comes from.
//!
//! A pure function of events that somebody else read: nothing here reads a log or looks at a clock.

use std::collections::{BTreeMap, HashMap};

use super::{Base, Property, TrackedLayout, VersionedLayout, sentence::sentence};
use crate::{
    envelope::RecordedEvent,
    event::{Event, UnknownEvent, dashboard::DashboardEvent},
    ids::{EventId, UserId},
    names::WidgetType,
    query::{
        KnownAt,
        dashboard::{DashboardChange, DashboardLayout, PropertySource, Source, WidgetProvenance},
        known,
    },
    time::Moment,
};

/// What happened to one layout, as far as it was known.
#[derive(Debug, Clone, Default)]
pub struct LayoutHistory {
    tracked: TrackedLayout,
    /// In the order of recording: the version of each is its place here, counted from 1.
    records: Vec<Record>,
    /// The place of the record that touched a property last.
    touched_by: HashMap<(WidgetType, Property), usize>,
    /// The place of the record that gave the layout an order of its own, if it has one.
    ordered_by: Option<usize>,
}

/// An event and its envelope.
#[derive(Debug, Clone)]
struct Record {
    event: DashboardEvent,
    id: EventId,
    position: u64,
    by: Option<UserId>,
    recorded_at: Moment,
}

impl LayoutHistory {
    /// Folds the events of one layout, in order, as far as they were known; all of them without `known_at`.
    pub fn of(events: &[RecordedEvent], known_at: Option<KnownAt>) -> Result<Self, UnknownEvent> {
        let mut history = Self::default();
        for recorded in known(events, known_at) {
            if let Event::Dashboard(event) = recorded.event()? {
                history.take_in(recorded, event);
            }
        }
        Ok(history)
    }

    /// The layout with its version.
    pub fn versioned(&self) -> VersionedLayout {
        VersionedLayout { version: self.tracked.version(), layout: self.tracked.layout().as_ref().clone() }
    }

    /// Whether what was undone last can be made again.
    pub fn is_redoable(&self) -> bool {
        self.tracked.redo().is_some()
    }

    /// What happened up to a version, the newest first. `title` is what people call a type of widgets.
    pub fn changes(&self, up_to: u64, title: &impl Fn(&WidgetType) -> String) -> impl Iterator<Item = DashboardChange> {
        let mut told = Vec::new();
        for record in self.records.iter().take(usize::try_from(up_to).unwrap_or(usize::MAX)) {
            told.push(sentence(&record.event, title, &told));
        }
        let records = self.records.iter().zip(told).enumerate().rev();
        records.map(|(place, (record, sentence))| self.change(record, sentence, place as u64 + 1))
    }

    fn change(&self, record: &Record, sentence: String, version: u64) -> DashboardChange {
        DashboardChange {
            version,
            sentence,
            by: record.by,
            recorded_at: record.recorded_at,
            position: record.position,
            event_id: record.id,
            event_type: record.event.event_type().to_owned(),
            undone: self.tracked.is_undone(version),
            undoable: self.tracked.undoable(Some(version)).is_ok(),
        }
    }

    fn take_in(&mut self, recorded: &RecordedEvent, event: DashboardEvent) {
        let place = self.records.len();
        self.tracked.apply(&event);
        for (widget_type, properties) in self.tracked.last_touched() {
            let touched = properties.iter().map(|property| ((widget_type.clone(), *property), place));
            self.touched_by.extend(touched);
        }
        let has_order = self.tracked.layout().order.is_some();
        self.ordered_by = if has_order { self.ordered_by.or(Some(place)) } else { None };
        self.records.push(Record {
            event,
            id: recorded.id,
            position: recorded.position,
            by: recorded.origin.actor,
            recorded_at: recorded.recorded_at,
        });
    }

    fn source(&self, from: Source, widget_type: &WidgetType, property: Property) -> Option<PropertySource> {
        let touched_by = self.touched_by.get(&(widget_type.clone(), property)).copied();
        let ordered_by = self.ordered_by.filter(|_| property == Property::Position && from == Source::Own);
        let record = self.records.get(touched_by.max(ordered_by)?)?;
        Some(PropertySource { from, since: record.recorded_at, by: record.by, position: record.position })
    }

    /// Whether what shows of a property is what this layout, over the default, says of it.
    fn says(&self, base: &Base, widget_type: &WidgetType, property: Property) -> bool {
        let layout = self.tracked.layout();
        if base.is_enforced() || base.is_locked(widget_type) {
            return false;
        }
        let own = layout.own(widget_type);
        match property {
            Property::Position => layout.has_placed(widget_type) || base.find(widget_type).is_none(),
            Property::Size => own.is_some_and(|own| own.size.is_some()),
            Property::IsVisible => own.is_some_and(|own| own.is_visible.is_some()),
            Property::Config => own.is_some_and(|own| own.config.is_some()) || base.find(widget_type).is_none(),
        }
    }
}

/// The effective layout of a user over the default, or of the default itself, and where everything about it comes from.
pub fn with_provenance(user_id: Option<UserId>, default: &LayoutHistory, own: &LayoutHistory) -> DashboardLayout {
    let layout = DashboardLayout::of(user_id, &default.versioned(), &own.versioned());
    let base = default.tracked.layout().base();
    let source = |name: &WidgetType, property| match user_id {
        Some(_) if own.says(&base, name, property) => own.source(Source::Own, name, property),
        _ => default.source(Source::Default, name, property),
    };
    let of = |name: &WidgetType| {
        Some(WidgetProvenance {
            position: source(name, Property::Position)?,
            size: source(name, Property::Size)?,
            is_visible: source(name, Property::IsVisible)?,
            config: source(name, Property::Config)?,
        })
    };
    let names = layout.widgets.iter().map(|widget| &widget.widget_type);
    let provenance: BTreeMap<_, _> = names.filter_map(|name| Some((name.clone(), of(name)?))).collect();
    DashboardLayout { provenance: Some(provenance), ..layout }
}

#[cfg(test)]
mod tests;
