//! `api_key` against a real Postgres: who is let in, and what goes with whom.

#![allow(clippy::unwrap_used)]

mod support;

use plinth_events::{
    ApiKeyId, Event, Scope, TenantId, UserId,
    event::{
        api_key::{ApiKeyCreated, ApiKeyEvent, ApiKeyRevoked},
        tenant::TenantDeleted,
        user::UserDeleted,
    },
    query::api_key::ApiKeyStatus,
    secret_digest::SecretDigest,
    time::Instant,
};
use plinth_projections::{
    api_key::read::{self, Grant},
    apply,
};
use sqlx::PgConnection;
use support::{Log, assert_grouping_makes_no_difference, job::*};
use uuid::Uuid;

const USER: UserId = UserId(Uuid::from_u128(20));

const fn key(number: u8) -> ApiKeyId {
    ApiKeyId(Uuid::from_u128(number as u128))
}

const fn digest(number: u8) -> SecretDigest {
    SecretDigest([number; 32])
}

fn created(number: u8, user_id: Option<UserId>, expires_at: Option<Instant>) -> ApiKeyEvent {
    let (key_id, digest, name) = (key(number), digest(number), "reports".parse().unwrap());
    let scopes = vec![Scope::JobsRead, Scope::MetricsRead];
    ApiKeyCreated { key_id, name, digest, user_id, scopes, expires_at }.into()
}

fn revoked(number: u8) -> ApiKeyEvent {
    ApiKeyRevoked { key_id: key(number), reason: "it leaked".parse().ok() }.into()
}

async fn happen(connection: &mut PgConnection, log: &mut Log, events: impl IntoIterator<Item = Event>) {
    let before = log.entries.len();
    events.into_iter().for_each(|event| log.record(TENANT, Some(USER), event));
    apply(connection, &log.entries[before..]).await.unwrap();
}

/// Which of the first keys let in.
async fn let_in(connection: &mut PgConnection) -> Vec<u8> {
    let mut found = Vec::new();
    for number in 1..10 {
        found.extend(read::find(&mut *connection, digest(number)).await.unwrap().map(|_| number));
    }
    found
}

#[tokio::test]
async fn a_key_lets_in_until_it_is_revoked_or_has_expired() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let soon = in_seconds(60);
    let keys = [created(1, Some(USER), Some(soon)), created(2, None, None), created(3, None, Some(in_seconds(-1)))];
    happen(&mut connection, &mut log, keys.map(Event::ApiKey)).await;
    assert_eq!(let_in(&mut connection).await, [1, 2]);
    let grant = Grant {
        key_id: key(1),
        tenant: TENANT,
        user: Some(USER),
        scopes: vec![Scope::JobsRead, Scope::MetricsRead],
        expires_at: Some(soon),
    };
    assert_eq!(read::find(&mut connection, digest(1)).await.unwrap(), Some(grant));

    happen(&mut connection, &mut log, [revoked(2)].map(Event::ApiKey)).await;
    assert_eq!(let_in(&mut connection).await, [1]);
    let rows = read::list(&mut connection, TENANT, None, 10).await.unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| (row.key_id, row.status)).collect();
    let [active, expired, revoked] = [ApiKeyStatus::Active, ApiKeyStatus::Expired, ApiKeyStatus::Revoked];
    assert_eq!(statuses, [(key(3), expired), (key(2), revoked), (key(1), active)]);
    assert_eq!((rows[1].revoke_reason.as_ref().map(|reason| reason.as_str())), Some("it leaked"));
    assert_eq!((rows[1].created_by_id, rows[1].revoked_at.is_some()), (Some(USER), true));

    let older = read::list(&mut connection, TENANT, Some(rows[0].position), 1).await.unwrap();
    assert_eq!(older, rows[1..2]);
    assert_eq!(read::list(&mut connection, OTHER, None, 10).await.unwrap(), []);
    database.drop().await;
}

#[tokio::test]
async fn the_keys_of_a_deleted_user_and_of_a_deleted_tenant_are_gone() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let keys =
        [created(1, Some(USER), None), created(2, Some(UserId(Uuid::from_u128(21))), None), created(3, None, None)];
    happen(&mut connection, &mut log, keys.map(Event::ApiKey)).await;
    happen(&mut connection, &mut log, [Event::User(UserDeleted { user_id: USER }.into())]).await;
    assert_eq!(let_in(&mut connection).await, [2, 3]);
    // it is not there any more, but in the log
    happen(&mut connection, &mut log, [revoked(1)].map(Event::ApiKey)).await;
    happen(&mut connection, &mut log, [Event::Tenant(TenantDeleted {}.into())]).await;
    assert_eq!(let_in(&mut connection).await, [0_u8; 0]);
    database.drop().await;
}

#[tokio::test]
async fn a_digest_is_that_of_one_key_in_the_installation() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    happen(&mut connection, &mut log, [created(1, None, None)].map(Event::ApiKey)).await;
    log.record(OTHER, None, Event::ApiKey(created(1, None, None)));
    let error = apply(&mut connection, &log.entries[log.entries.len() - 1..]).await.unwrap_err();
    assert!(error.to_string().contains("api_key_pkey"), "{error}");
    database.drop().await;
}

#[tokio::test]
async fn grouping_makes_no_difference() {
    let Some((database, mut connection, _)) = with_tenant().await else { return };
    let mut log = Log::default();
    let tenants = [TenantId(Uuid::from_u128(3)), OTHER];
    for tenant in tenants {
        log.tenant(tenant);
    }
    log.user(tenants[0], USER);
    for event in [created(1, Some(USER), None), created(2, Some(USER), None), revoked(2), created(3, None, None)] {
        log.record(tenants[0], None, Event::ApiKey(event));
    }
    log.record(tenants[0], None, Event::User(UserDeleted { user_id: USER }.into()));
    // the id is free for another tenant, and that one's key is another user's
    log.user(tenants[1], USER);
    log.record(tenants[1], None, Event::ApiKey(created(4, Some(USER), None)));
    log.record(tenants[0], None, Event::Tenant(TenantDeleted {}.into()));
    assert_grouping_makes_no_difference(&mut connection, &log.entries, &[]).await;
    apply(&mut connection, &log.entries).await.unwrap();
    assert_eq!(let_in(&mut connection).await, [4]);
    database.drop().await;
}
