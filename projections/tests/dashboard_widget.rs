//! `DashboardWidget` against a real Postgres: the rows are the effective layouts, however events are grouped.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use plinth_events::{
    Event, TenantId, UserId,
    event::{
        dashboard::{
            DashboardEvent, LayoutApplied, LayoutChange, LayoutChangeRedone, LayoutChangeUndone, LayoutEnforced,
            LayoutReleased, LayoutReset, WidgetAdded, WidgetConfigured, WidgetHidden, WidgetLocked, WidgetMoved,
            WidgetRemoved, WidgetReset, WidgetResized, WidgetShown, WidgetUnlocked,
        },
        tenant::TenantDeleted,
        user::UserDeleted,
    },
    ids::dashboard_widget_id,
    json::Config,
    layout::{Base, EffectiveWidget, Size, TrackedLayout},
    names::WidgetType,
    query::dashboard::DashboardLayout,
};
use plinth_projections::{Entry, apply, dashboard_widget};
use proptest::{collection::vec, option, prelude::*, sample::Index, sample::select};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use support::{Log, TestDatabase, assert_grouping_makes_no_difference, samples};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const ADA: UserId = UserId(Uuid::from_u128(7));
const BEN: UserId = UserId(Uuid::from_u128(8));

fn name(text: &str) -> WidgetType {
    text.parse().unwrap()
}

fn added(user_id: Option<UserId>, widget: &str) -> DashboardEvent {
    let widget_type = name(widget);
    WidgetAdded { user_id, widget_type, size: Size::Medium, is_visible: true, config: None, order: None }.into()
}

fn resized(user_id: Option<UserId>, widget: &str, size: Size) -> DashboardEvent {
    WidgetResized { user_id, widget_type: name(widget), size }.into()
}

/// A tenant with two users and a default of a and b.
fn log() -> Log {
    let mut log = Log::default();
    log.tenant(TENANT);
    log.user(TENANT, ADA);
    log.user(TENANT, BEN);
    log.record(TENANT, None, added(None, "a"));
    log.record(TENANT, None, added(None, "b"));
    log
}

async fn answer(connection: &mut PgConnection, user_id: Option<UserId>) -> DashboardLayout {
    dashboard_widget::layout(connection, TENANT, user_id).await.unwrap()
}

#[tokio::test]
async fn a_user_has_rows_from_the_first_change_to_the_reset() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    apply(&mut connection, &log.entries).await.unwrap();
    assert_eq!(rows_of(&mut connection, TENANT, Some(ADA)).await, []);
    assert!(!answer(&mut connection, Some(ADA)).await.personal);

    for event in [resized(Some(ADA), "a", Size::Large), LayoutReset { user_id: Some(ADA) }.into()] {
        let start = log.entries.len();
        log.record(TENANT, Some(ADA), event);
        apply(&mut connection, &log.entries[start..]).await.unwrap();
        let answer = answer(&mut connection, Some(ADA)).await;
        let rows = rows_of(&mut connection, TENANT, Some(ADA)).await;
        let widgets: Vec<_> = rows.into_iter().map(|row| row.widget).collect();
        assert_eq!(widgets, if answer.personal { answer.widgets } else { Vec::new() });
    }
    assert_eq!(rows_of(&mut connection, TENANT, Some(ADA)).await, []);
    assert!(!answer(&mut connection, Some(ADA)).await.personal);
    database.drop().await;
}

#[tokio::test]
async fn a_change_of_the_default_reaches_the_users_who_changed_something() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    log.record(TENANT, Some(ADA), resized(Some(ADA), "a", Size::Large));
    apply(&mut connection, &log.entries).await.unwrap();
    let start = log.entries.len();
    let order = vec![name("b"), name("a")];
    log.record(TENANT, None, DashboardEvent::from(WidgetMoved { user_id: None, widget_type: name("b"), order }));
    apply(&mut connection, &log.entries[start..]).await.unwrap();

    let types = |rows: Vec<Row>| rows.into_iter().map(|row| row.widget.widget_type.to_string()).collect::<Vec<_>>();
    assert_eq!(types(rows_of(&mut connection, TENANT, Some(ADA)).await), ["b", "a"]);
    assert_eq!(types(rows_of(&mut connection, TENANT, None).await), ["b", "a"]);
    assert_eq!(types(rows_of(&mut connection, TENANT, Some(BEN)).await), [""; 0]);
    let answer = answer(&mut connection, Some(BEN)).await;
    assert_eq!((answer.personal, answer.widgets[0].widget_type.as_str()), (false, "b"));
    database.drop().await;
}

#[tokio::test]
async fn a_row_says_what_the_widget_is_and_when_it_came_and_changed() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    let config = Config(json!({"days": 30}).as_object().unwrap().clone());
    let configured = WidgetConfigured { user_id: None, widget_type: name("b"), config };
    log.record(TENANT, None, DashboardEvent::from(configured));
    apply(&mut connection, &log.entries).await.unwrap();
    let row: Value = sqlx::query_scalar(r#"select to_jsonb(w) from "DashboardWidget" w where "widgetType" = 'b'"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let expected = json!({
        "id": dashboard_widget_id(TENANT, None, "b"),
        "tenantId": TENANT,
        "userId": null,
        "widgetType": "b",
        "position": 1,
        "size": "medium",
        "isVisible": true,
        "config": {"days": 30},
        "createdAt": "2026-05-28T20:26:45.004",
        "updatedAt": "2026-05-28T20:26:46.005",
    });
    assert_eq!(row, expected);
    database.drop().await;
}

/// What may happen next; what makes no sense at its time is left out.
#[derive(Debug, Clone)]
enum Step {
    Add(&'static str, Option<Index>, Option<Config>),
    Move(&'static str, Index),
    Resize(&'static str, Size),
    Show(&'static str, bool),
    Configure(&'static str, Config),
    Remove(&'static str),
    ResetWidget(&'static str),
    Reset,
    /// Resizes and hides a widget at once.
    Apply(&'static str),
    Undo,
    Redo,
    Lock(&'static str, bool),
    Enforce(bool),
    /// The user is deleted, and comes back to the other tenant.
    ReplaceUser,
    /// The tenant is deleted with its users, and another one takes its place.
    ReplaceTenant,
}

fn config() -> impl Strategy<Value = Config> {
    let value = select(vec![json!(null), json!(1), json!({"a": 1}), json!({"a": null, "b": {"a": 1}})]);
    proptest::collection::btree_map("[abc]", value, 0..3).prop_map(|members| Config(members.into_iter().collect()))
}

fn step() -> impl Strategy<Value = Step> {
    let widget = || select(vec!["a", "b", "c", "d", "e"]);
    let size = || select(vec![Size::Small, Size::Medium, Size::Large]);
    prop_oneof![
        12 => (widget(), option::of(any::<Index>()), option::of(config()))
            .prop_map(|(widget, place, config)| Step::Add(widget, place, config)),
        8 => (widget(), any::<Index>()).prop_map(|(widget, place)| Step::Move(widget, place)),
        4 => (widget(), size()).prop_map(|(widget, size)| Step::Resize(widget, size)),
        4 => (widget(), any::<bool>()).prop_map(|(widget, is_visible)| Step::Show(widget, is_visible)),
        4 => (widget(), config()).prop_map(|(widget, config)| Step::Configure(widget, config)),
        6 => widget().prop_map(Step::Remove),
        2 => widget().prop_map(Step::ResetWidget),
        2 => Just(Step::Reset),
        3 => widget().prop_map(Step::Apply),
        6 => Just(Step::Undo),
        3 => Just(Step::Redo),
        2 => (widget(), any::<bool>()).prop_map(|(widget, is_locked)| Step::Lock(widget, is_locked)),
        1 => any::<bool>().prop_map(Step::Enforce),
        1 => Just(Step::ReplaceUser),
        1 => Just(Step::ReplaceTenant),
    ]
}

/// A row as it should be, and as it is.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    widget: EffectiveWidget,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

type Key = (TenantId, Option<UserId>);

/// Writes the events of random steps as the service would, and keeps the rows that they should lead to.
struct Writer {
    log: Log,
    tenants: [TenantId; 2],
    tenants_so_far: u128,
    users: [(TenantId, UserId); 3],
    layouts: BTreeMap<Key, TrackedLayout>,
    rows: BTreeMap<Key, Vec<Row>>,
}

impl Writer {
    fn new() -> Self {
        let users = [1, 2, 3].map(|number| (TENANT, UserId(Uuid::from_u128(100 + number))));
        let mut writer = Self {
            log: Log::default(),
            tenants: [TENANT; 2],
            tenants_so_far: 0,
            users,
            layouts: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        writer.found(0);
        writer.found(1);
        (0..3).for_each(|user| writer.register(user, user % 2));
        writer
    }

    fn found(&mut self, place: usize) {
        self.tenants_so_far += 1;
        self.tenants[place] = TenantId(Uuid::from_u128(self.tenants_so_far));
        self.log.tenant(self.tenants[place]);
    }

    fn register(&mut self, user: usize, place: usize) {
        self.users[user].0 = self.tenants[place];
        self.log.user(self.users[user].0, self.users[user].1);
    }

    /// A step of a user, or without one of the default of the tenant at a place.
    fn take(&mut self, user: Option<usize>, place: usize, step: Step) {
        let (tenant, user_id) = match user {
            Some(user) => (self.users[user].0, Some(self.users[user].1)),
            None => (self.tenants[place], None),
        };
        match (step, user) {
            (Step::ReplaceTenant, _) => self.replace_tenant(place),
            (Step::ReplaceUser, Some(user)) => self.replace_user(user, place),
            (step, _) => {
                if let Some(event) = self.event((tenant, user_id), step) {
                    self.log.record(tenant, user_id, event.clone());
                    self.layouts.entry((tenant, event.user_id())).or_default().apply(&event);
                    self.keep_rows(tenant);
                }
            }
        }
    }

    fn replace_user(&mut self, user: usize, place: usize) {
        let (tenant, user_id) = self.users[user];
        self.log.record(tenant, None, Event::User(UserDeleted { user_id }.into()));
        self.layouts.remove(&(tenant, Some(user_id)));
        self.rows.remove(&(tenant, Some(user_id)));
        self.register(user, place);
    }

    fn replace_tenant(&mut self, place: usize) {
        let tenant = self.tenants[place];
        self.log.record(tenant, None, Event::Tenant(TenantDeleted {}.into()));
        self.layouts.retain(|(other, _), _| *other != tenant);
        self.rows.retain(|(other, _), _| *other != tenant);
        self.found(place);
        for user in 0..3 {
            if self.users[user].0 == tenant {
                self.register(user, place);
            }
        }
    }

    fn base(&self, (tenant, user_id): Key) -> Base {
        let default = self.layouts.get(&(tenant, None)).filter(|_| user_id.is_some());
        default.map(|default| default.layout().base()).unwrap_or_default()
    }

    fn effective(&self, key: Key) -> Vec<EffectiveWidget> {
        let base = self.base(key);
        self.layouts.get(&key).map_or(base.widgets().to_vec(), |own| own.layout().over(&base))
    }

    /// The place of the last event of a layout in its aggregate.
    fn version(&self, (tenant, user_id): Key) -> u64 {
        let is_of = |entry: &&Entry| match &entry.event {
            Event::Dashboard(event) => (entry.tenant, event.user_id()) == (tenant, user_id),
            _ => false,
        };
        self.log.entries.iter().rfind(is_of).map_or(0, |entry| entry.sequence)
    }

    fn event(&self, key: Key, step: Step) -> Option<DashboardEvent> {
        let mut order: Vec<_> = self.effective(key).into_iter().map(|widget| widget.widget_type).collect();
        let (base, user_id) = (self.base(key), key.1);
        let stands = |widget: &str| order.contains(&name(widget));
        let is_default = |widget| base.find(&name(widget)).is_some();
        Some(match step {
            Step::Add(widget, place, config) if !stands(widget) => {
                let order = place.map(|place| {
                    order.insert(place.index(order.len() + 1), name(widget));
                    order
                });
                let (widget_type, size) = (name(widget), Size::Small);
                WidgetAdded { user_id, widget_type, size, is_visible: true, config, order }.into()
            }
            Step::Move(widget, place) if stands(widget) => {
                order.retain(|other| *other != name(widget));
                order.insert(place.index(order.len() + 1), name(widget));
                WidgetMoved { user_id, widget_type: name(widget), order }.into()
            }
            Step::Resize(widget, size) if stands(widget) => resized(user_id, widget, size),
            Step::Show(widget, true) if stands(widget) => WidgetShown { user_id, widget_type: name(widget) }.into(),
            Step::Show(widget, false) if stands(widget) => WidgetHidden { user_id, widget_type: name(widget) }.into(),
            Step::Configure(widget, config) if stands(widget) => {
                WidgetConfigured { user_id, widget_type: name(widget), config }.into()
            }
            Step::Remove(widget) if stands(widget) && !is_default(widget) => {
                WidgetRemoved { user_id, widget_type: name(widget) }.into()
            }
            Step::ResetWidget(widget) if is_default(widget) => {
                WidgetReset { user_id, widget_type: name(widget) }.into()
            }
            Step::Reset => LayoutReset { user_id }.into(),
            Step::Apply(widget) if stands(widget) => {
                let widget_type = name(widget);
                let resized = WidgetResized { user_id, widget_type: widget_type.clone(), size: Size::Large };
                let hidden = WidgetHidden { user_id, widget_type };
                let changes = vec![LayoutChange::WidgetResized(resized), LayoutChange::WidgetHidden(hidden)];
                LayoutApplied { user_id, changes }.into()
            }
            Step::Undo => {
                let (version, restored) = self.layouts.get(&key)?.undo(None, &base).ok()?;
                LayoutChangeUndone { user_id, version, restored }.into()
            }
            Step::Redo => {
                let (version, restored) = self.layouts.get(&key)?.redo()?;
                LayoutChangeRedone { user_id, version, restored }.into()
            }
            Step::Lock(widget, true) => WidgetLocked { widget_type: name(widget) }.into(),
            Step::Lock(widget, false) => WidgetUnlocked { widget_type: name(widget) }.into(),
            Step::Enforce(true) => LayoutEnforced {}.into(),
            Step::Enforce(false) => LayoutReleased {}.into(),
            _ => return None,
        })
    }

    /// Every row that is as before the event keeps its times.
    fn keep_rows(&mut self, tenant: TenantId) {
        let at = self.log.entries.last().unwrap().recorded_at_millis().naive_utc();
        let scopes: Vec<Key> = self.layouts.keys().copied().filter(|key| key.0 == tenant).collect();
        for key in scopes {
            let old = self.rows.remove(&key).unwrap_or_default();
            let widgets = if self.layouts[&key].layout().is_empty() { Vec::new() } else { self.effective(key) };
            let row = |widget: EffectiveWidget| {
                let old = old.iter().find(|row| row.widget.widget_type == widget.widget_type);
                let created_at = old.map_or(at, |row| row.created_at);
                let updated_at = old.filter(|row| row.widget == widget).map_or(at, |row| row.updated_at);
                Row { widget, created_at, updated_at }
            };
            self.rows.insert(key, widgets.into_iter().map(row).collect());
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.log.entries.iter().map(|entry| (entry.tenant, &entry.event))).finish()
    }
}

fn history() -> impl Strategy<Value = Writer> {
    vec((option::weighted(0.7, 0..3_usize), 0..2_usize, step()), 0..60).prop_map(|steps| {
        let mut writer = Writer::new();
        for (user, place, step) in steps {
            writer.take(user, place, step);
        }
        writer
    })
}

async fn rows_of(connection: &mut PgConnection, tenant: TenantId, user_id: Option<UserId>) -> Vec<Row> {
    let rows: Vec<(Value, NaiveDateTime, NaiveDateTime)> = sqlx::query_as(
        r#"select to_jsonb(w), "createdAt", "updatedAt" from "DashboardWidget" w
           where "tenantId" = $1 and "userId" is not distinct from $2 order by "position""#,
    )
    .bind(tenant.0)
    .bind(user_id.map(|user| user.0))
    .fetch_all(connection)
    .await
    .unwrap();
    let row = |(widget, created_at, updated_at)| {
        let widget = serde_json::from_value(widget).unwrap();
        Row { widget, created_at, updated_at }
    };
    rows.into_iter().map(row).collect()
}

#[tokio::test]
async fn however_events_are_grouped_the_tables_are_the_same() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    for (writer, cuts) in samples(&(history(), vec(any::<Index>(), 0..6)), 96) {
        assert_grouping_makes_no_difference(&mut connection, &writer.log.entries, &cuts).await;
    }
    database.drop().await;
}

#[tokio::test]
async fn the_rows_are_the_effective_layouts_with_the_times_of_their_changes() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    for writer in samples(&history(), 96) {
        let mut transaction = connection.begin().await.unwrap();
        apply(&mut transaction, &writer.log.entries).await.unwrap();
        for (tenant, user_id) in writer
            .tenants
            .map(|tenant| (tenant, None))
            .into_iter()
            .chain(writer.users.map(|(tenant, user_id)| (tenant, Some(user_id))))
        {
            let key = (tenant, user_id);
            let expected = writer.rows.get(&key).cloned().unwrap_or_default();
            assert_eq!(rows_of(&mut transaction, tenant, user_id).await, expected, "{key:?}: {writer:?}");
            let answer = dashboard_widget::layout(&mut *transaction, tenant, user_id).await.unwrap();
            assert_eq!(answer.widgets, writer.effective(key), "{key:?}: {writer:?}");
            let version = writer.layouts.get(&key).map_or(0, |_| writer.version(key));
            assert_eq!(answer.layout_version, version, "{key:?}: {writer:?}");
        }
        let rows = sqlx::query_scalar::<_, i64>(r#"select count(*) from "DashboardWidget""#);
        let expected = writer.rows.values().map(Vec::len).sum::<usize>() as i64;
        assert_eq!(rows.fetch_one(&mut *transaction).await.unwrap(), expected, "{writer:?}");
        transaction.rollback().await.unwrap();
    }
    database.drop().await;
}
