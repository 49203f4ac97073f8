//! What is told about a layout, and where its properties come from.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json, value::to_raw_value};
use uuid::Uuid;

use super::*;
use crate::{CommandId, TenantId, envelope::Origin, event::Aggregate};

const USER: UserId = UserId(Uuid::from_u128(7));

/// Events of one layout, one a minute.
#[derive(Default)]
struct Log {
    events: Vec<RecordedEvent>,
}

impl Log {
    /// Records what happened at a position.
    fn with(mut self, position: u64, by: Option<UserId>, event_type: &str, data: Value) -> Self {
        self.events.push(RecordedEvent {
            position,
            id: EventId(Uuid::from_u128(position.into())),
            tenant_id: TenantId(Uuid::nil()),
            aggregate_type: Aggregate::Dashboard,
            aggregate_id: String::new(),
            sequence: self.events.len() as u64 + 1,
            event_type: event_type.to_owned(),
            version: Event::VERSION.to_owned(),
            recorded_at: at(position),
            command_id: CommandId(Uuid::nil()),
            origin: Origin { actor: by, ..Origin::default() },
            data: to_raw_value(&data).unwrap(),
        });
        self
    }

    fn history(&self, known_at: Option<KnownAt>) -> LayoutHistory {
        LayoutHistory::of(&self.events, known_at).unwrap()
    }
}

fn at(position: u64) -> Moment {
    format!("2026-03-01T10:{position:02}:00Z").parse().unwrap()
}

fn added(user: Option<UserId>, widget: &str) -> Value {
    json!({ "userId": user, "widgetType": widget, "size": "medium", "isVisible": true })
}

/// A default of a and b.
fn default() -> Log {
    Log::default().with(1, None, "WidgetAdded", added(None, "a")).with(2, Some(USER), "WidgetAdded", added(None, "b"))
}

/// A user who moved b, resized it twice and added x.
fn own() -> Log {
    let moved = json!({ "userId": USER, "widgetType": "b", "order": ["b", "a"] });
    let resized = |size| json!({ "userId": USER, "widgetType": "b", "size": size });
    Log::default()
        .with(3, Some(USER), "WidgetMoved", moved)
        .with(4, Some(USER), "WidgetResized", resized("large"))
        .with(5, None, "WidgetResized", resized("small"))
        .with(6, Some(USER), "WidgetAdded", added(Some(USER), "x"))
}

/// Whose a property is, and the position of the event that it comes from.
fn sources(layout: &DashboardLayout, widget: &str) -> [(Source, u64); 4] {
    let of = &layout.provenance.as_ref().unwrap()[&widget.parse().unwrap()];
    [&of.position, &of.size, &of.is_visible, &of.config].map(|source| (source.from, source.position))
}

#[test]
fn every_property_tells_whose_it_is_and_since_when() {
    use Source::{Default, Own};
    let layout = with_provenance(Some(USER), &default().history(None), &own().history(None));
    assert_eq!(sources(&layout, "a"), [(Own, 3), (Default, 1), (Default, 1), (Default, 1)]);
    assert_eq!(sources(&layout, "b"), [(Own, 3), (Own, 5), (Default, 2), (Default, 2)]);
    assert_eq!(sources(&layout, "x"), [(Own, 6), (Own, 6), (Own, 6), (Own, 6)]);
    let size = &layout.provenance.unwrap()[&"b".parse().unwrap()].size;
    assert_eq!((size.since, size.by), (at(5), None));
    let layout = with_provenance(None, &default().history(None), &LayoutHistory::default());
    assert_eq!(sources(&layout, "b"), [(Default, 2); 4]);
}

#[test]
fn what_is_locked_or_enforced_is_the_defaults() {
    use Source::{Default, Own};
    let locked = default().with(7, None, "WidgetLocked", json!({ "widgetType": "b" }));
    let layout = with_provenance(Some(USER), &locked.history(None), &own().history(None));
    assert_eq!((sources(&layout, "b"), sources(&layout, "a")[0]), ([(Default, 2); 4], (Own, 3)));
    let enforced = default().with(7, None, "LayoutEnforced", json!({}));
    let layout = with_provenance(Some(USER), &enforced.history(None), &own().history(None));
    assert_eq!((sources(&layout, "a"), layout.enforced), ([(Default, 1); 4], true));
}

#[test]
fn a_layout_is_told_as_it_was_known() {
    for known_at in [KnownAt::Position(4), KnownAt::Time(at(4))] {
        let history = own().history(Some(known_at));
        let layout = DashboardLayout::of(Some(USER), &default().history(None).versioned(), &history.versioned());
        let shown: Vec<_> =
            layout.widgets.iter().map(|widget| (widget.widget_type.as_str(), widget.size.as_str())).collect();
        assert_eq!((shown, layout.layout_version), (vec![("b", "large"), ("a", "medium")], 2));
    }
}

#[test]
fn what_happened_is_told_in_plain_english() {
    let title = |name: &WidgetType| name.as_str().to_uppercase();
    let told = |log: Log| {
        let mut told: Vec<_> = log.history(None).changes(u64::MAX, &title).map(|change| change.sentence).collect();
        told.reverse();
        told
    };
    let of = |widget: &str| json!({ "userId": USER, "widgetType": widget });
    let restored = json!({ "touched": {}, "order": null, "additions": [], "widgets": {} });
    let put_back = json!({ "userId": USER, "version": 1, "restored": restored });
    let resized = json!({ "type": "WidgetResized", "userId": USER, "widgetType": "a", "size": "small" });
    let hidden = json!({ "type": "WidgetHidden", "userId": USER, "widgetType": "b" });
    let changes = |changes: Vec<&Value>| json!({ "userId": USER, "changes": changes });
    let mut placed = added(Some(USER), "y");
    placed["order"] = json!(["a", "y", "b"]);
    let log = own()
        .with(7, None, "WidgetAdded", placed)
        .with(8, None, "WidgetConfigured", json!({ "userId": USER, "widgetType": "x", "config": { "a": 1, "b": 2 } }))
        .with(9, None, "WidgetHidden", of("x"))
        .with(10, None, "WidgetShown", of("x"))
        .with(11, None, "WidgetRemoved", of("x"))
        .with(12, None, "WidgetReset", of("b"))
        .with(13, None, "LayoutApplied", changes(vec![&resized, &hidden]))
        .with(14, None, "LayoutApplied", changes(vec![&resized, &hidden, &resized, &hidden, &resized]))
        .with(15, None, "LayoutChangeUndone", put_back.clone())
        .with(16, None, "LayoutChangeRedone", put_back)
        .with(17, None, "LayoutReset", json!({ "userId": USER }));
    let expected = [
        "moved B before A",
        "made B large",
        "made B small",
        "added X",
        "added Y after A",
        "configured X (a, b)",
        "hid X",
        "showed X",
        "removed X",
        "reset B to the default",
        "made A small and hid B",
        "made A small, hid B, made A small and made 2 more changes",
        "took back: moved B before A",
        "made again: moved B before A",
        "reset the layout to the default",
    ];
    assert_eq!(told(log), expected);
    let log = default()
        .with(3, None, "WidgetLocked", of("a"))
        .with(4, None, "WidgetUnlocked", of("a"))
        .with(5, None, "LayoutEnforced", json!({}))
        .with(6, None, "LayoutReleased", json!({}))
        .with(7, None, "LayoutReset", json!({ "userId": null }));
    let expected = [
        "locked A",
        "unlocked A",
        "made everybody see the default",
        "let users have layouts of their own",
        "removed every widget",
    ];
    assert_eq!(told(log)[2..], expected);
}

#[test]
fn the_newest_changes_come_first_and_say_whether_they_can_be_undone() {
    let history = own().history(None);
    let changes = |up_to| history.changes(up_to, &ToString::to_string).collect::<Vec<_>>();
    let told: Vec<_> =
        changes(u64::MAX).iter().map(|change| (change.version, change.position, change.undoable)).collect();
    assert_eq!(told, [(4, 6, true), (3, 5, true), (2, 4, false), (1, 3, true)]);
    assert_eq!(changes(2).len(), 2);
    assert_eq!(changes(0), []);
}
