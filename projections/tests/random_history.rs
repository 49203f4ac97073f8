//! Random histories against a real Postgres: the rows say what the timeline says, however events are grouped.

#![allow(clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, fmt};

use plinth_events::{
    Event, TenantId, UserId,
    event::{
        tenant::{TenantDeleted, TenantRenamed},
        user::{UserDeleted, UserRenamed},
    },
    timeline::{Governs, Timeline},
};
use plinth_projections::{Entry, apply};
use proptest::{collection::vec, prelude::*, sample::Index};
use sqlx::{Connection, PgConnection};
use support::{
    Log, TestDatabase, assert_grouping_makes_no_difference,
    metric::{at, defined, deprecated, naive, withdrawn},
    samples,
};
use uuid::Uuid;

/// One step of a random history, on one of two tenants and one of two metrics.
#[derive(Debug, Clone)]
enum Step {
    Define(i64),
    Deprecate(i64),
    Withdraw(Index),
    RenameTenant(u8),
    RenameAuthor(u8),
    /// The guest leaves the tenant where the guest is, or else comes to this one.
    MoveGuest,
    /// The tenant is deleted; the next one of this place takes over the author's id.
    ReplaceTenant,
}

/// Times from 0 to 19, so that they often meet.
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..20_i64).prop_map(Step::Define),
        4 => (0..20_i64).prop_map(Step::Deprecate),
        4 => any::<Index>().prop_map(Step::Withdraw),
        1 => any::<u8>().prop_map(Step::RenameTenant),
        1 => any::<u8>().prop_map(Step::RenameAuthor),
        1 => Just(Step::MoveGuest),
        1 => Just(Step::ReplaceTenant),
    ]
}

/// Writes the events of random steps as the service would.
struct Writer {
    log: Log,
    tenants: [TenantId; 2],
    tenants_so_far: u128,
    guest_at: Option<TenantId>,
    versions: BTreeMap<(TenantId, &'static str), u32>,
}

impl Writer {
    const GUEST: UserId = UserId(Uuid::from_u128(99));

    fn new() -> Self {
        let mut writer = Self {
            log: Log::default(),
            tenants: [TenantId(Uuid::nil()); 2],
            tenants_so_far: 0,
            guest_at: None,
            versions: BTreeMap::new(),
        };
        writer.found(0);
        writer.found(1);
        writer
    }

    fn author(place: usize) -> UserId {
        UserId(Uuid::from_u128(7 + place as u128))
    }

    fn found(&mut self, place: usize) {
        self.tenants_so_far += 1;
        self.tenants[place] = TenantId(Uuid::from_u128(self.tenants_so_far));
        self.log.tenant(self.tenants[place]);
        self.log.user(self.tenants[place], Self::author(place));
    }

    fn take(&mut self, place: usize, code: &'static str, step: Step) {
        let (tenant, author) = (self.tenants[place], Self::author(place));
        let versions = self.versions.entry((tenant, code)).or_default();
        match step {
            Step::Define(millis) => {
                *versions += 1;
                self.log.record(tenant, Some(author), defined(code, *versions, millis));
            }
            Step::Deprecate(millis) => self.log.record(tenant, None, deprecated(code, millis)),
            Step::Withdraw(_) if *versions == 0 => {}
            Step::Withdraw(index) => {
                let version = 1 + index.index(*versions as usize) as u32;
                self.log.record(tenant, None, withdrawn(code, version));
            }
            Step::RenameTenant(number) => {
                let name = format!("Acme {number}").parse().unwrap();
                self.log.record(tenant, None, Event::Tenant(TenantRenamed { name }.into()));
            }
            Step::RenameAuthor(number) => {
                let (user_id, name) = (author, format!("Ada {number}").parse().unwrap());
                self.log.record(tenant, None, Event::User(UserRenamed { user_id, name }.into()));
            }
            Step::MoveGuest => self.move_guest(tenant),
            Step::ReplaceTenant => {
                self.log.record(tenant, None, Event::Tenant(TenantDeleted {}.into()));
                self.guest_at = self.guest_at.filter(|at| *at != tenant);
                self.found(place);
            }
        }
    }

    fn move_guest(&mut self, tenant: TenantId) {
        match self.guest_at.take() {
            Some(at) => self.log.record(at, None, Event::User(UserDeleted { user_id: Self::GUEST }.into())),
            None => {
                self.log.user(tenant, Self::GUEST);
                self.guest_at = Some(tenant);
            }
        }
    }
}

fn history() -> impl Strategy<Value = Writer> {
    vec((0..2_usize, prop_oneof![Just("first"), Just("second")], step()), 0..40).prop_map(|steps| {
        let mut writer = Writer::new();
        for (place, code, step) in steps {
            writer.take(place, code, step);
        }
        writer
    })
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.log.entries.iter().map(|entry| (entry.tenant, &entry.event))).finish()
    }
}

/// The version that the rows name for a time, and the one that the timeline names.
async fn found_and_governing(
    connection: &mut PgConnection,
    entries: &[Entry],
    (tenant, code): (TenantId, &str),
    millis: i64,
) -> (Vec<i32>, Vec<i32>) {
    let found = sqlx::query_scalar(
        r#"select "version" from "MetricDefinition" where "tenantId" = $1 and "code" = $2
           and "effectiveAt" <= $3 and ("deprecatedAt" is null or "deprecatedAt" > $3)"#,
    )
    .bind(tenant.0)
    .bind(code)
    .bind(naive(millis))
    .fetch_all(connection)
    .await
    .unwrap();
    let mut timeline = Timeline::default();
    for entry in entries.iter().filter(|entry| entry.tenant == tenant) {
        match &entry.event {
            Event::Metric(event) if event.code().as_str() == code => timeline.apply(event),
            _ => {}
        }
    }
    let governing = match timeline.governing(at(millis).utc()) {
        Governs::Version(version) => vec![version as i32],
        _ => vec![],
    };
    (found, governing)
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
async fn the_rows_name_the_version_that_governs() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    for writer in samples(&history(), 24) {
        let mut transaction = connection.begin().await.unwrap();
        apply(&mut transaction, &writer.log.entries).await.unwrap();
        for metric in writer.tenants.iter().flat_map(|tenant| [(*tenant, "first"), (*tenant, "second")]) {
            for millis in -1..21 {
                let (found, governing) =
                    found_and_governing(&mut transaction, &writer.log.entries, metric, millis).await;
                assert_eq!(found, governing, "{metric:?} at {millis}: {writer:?}");
            }
        }
        transaction.rollback().await.unwrap();
    }
    database.drop().await;
}
