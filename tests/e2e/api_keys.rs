//! API keys: made, listed and revoked over NATS and by the program; what is secret about them is nowhere to be found.

use std::time::Duration;

use plinth::{
    log::{Database, LogError, web_session},
    secret_token::SecretToken,
};
use plinth_events::{ApiKeyId, UserId, secret_digest::SecretDigest};
use plinth_projections::api_key::read::{self, Grant};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

const HOUR: Duration = Duration::from_secs(3_600);
/// Longest wait for something whose time is over.
const LIMIT: Duration = Duration::from_secs(5);

fn body(key: ApiKeyId, secret: &SecretToken, more: Value) -> Value {
    let mut body = json!({ "keyId": key, "name": "reports", "digest": secret.digest(), "scopes": ["metrics:read"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Creates a key; its secret and its id.
async fn create(acting: &Acting<'_>, more: Value) -> (SecretToken, ApiKeyId) {
    let (secret, key) = (SecretToken::mint(), ApiKeyId(Uuid::new_v4()));
    acting.send("api-key.create", body(key, &secret, more)).await.unwrap();
    (secret, key)
}

async fn keys(acting: &Acting<'_>, query: Value) -> Value {
    acting.query("api-key.list", query).await.unwrap()
}

/// What a key allows, as the service looks it up.
async fn find(ground: &Ground, secret: &SecretToken) -> Option<Grant> {
    read::find(database(ground).pool(), secret.digest()).await.unwrap()
}

fn database(ground: &Ground) -> Database {
    Database::new(&ground.database_url, "plinth-test").unwrap()
}

#[tokio::test]
async fn a_key_lets_in_with_its_scopes_until_it_is_revoked() {
    let Some(ground) = Ground::new("an API key is revoked").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let more = json!({ "userId": acting.user, "scopes": ["jobs:write", "metrics:read"] });
    let (secret, key) = create(&acting, more).await;
    let grant = find(&ground, &secret).await.unwrap();
    assert_eq!((grant.key_id, grant.tenant, grant.user), (key, acting.tenant, Some(acting.user)));
    assert_eq!(grant.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["jobs:write", "metrics:read"]);

    let revoke = json!({ "keyId": key, "reason": "it leaked" });
    assert_eq!(acting.send("api-key.revoke", revoke.clone()).await.unwrap().events.len(), 1);
    assert_eq!(acting.send("api-key.revoke", revoke).await.unwrap().events, []);
    assert_eq!(find(&ground, &secret).await, None);
    let page = keys(&acting, json!({})).await;
    let row = &page["keys"][0];
    assert_eq!(
        (&row["keyId"], &row["status"], &row["revokeReason"]),
        (&json!(key), &json!("revoked"), &json!("it leaked"))
    );
    assert_eq!((&row["createdById"], &row["userId"]), (&json!(acting.user), &json!(acting.user)));
    assert!(!page.to_string().contains(&secret.digest().to_string()));
}

#[tokio::test]
async fn keys_are_listed_newest_first_and_those_of_another_tenant_are_unknown() {
    let Some(ground) = Ground::new("API keys are listed").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.insert(0, json!(create(&acting, json!({})).await.1));
    }
    let ids =
        |page: &Value| page["keys"].as_array().unwrap().iter().map(|key| key["keyId"].clone()).collect::<Vec<_>>();
    let first = keys(&acting, json!({ "limit": 2 })).await;
    assert_eq!(ids(&first), expected[..2]);
    let rest = keys(&acting, json!({ "limit": 2, "before": first["next"] })).await;
    assert_eq!((ids(&rest), &rest["next"]), (expected[2..].to_vec(), &Value::Null));

    assert_eq!(keys(&other, json!({})).await["keys"], json!([]));
    let revoke = json!({ "keyId": expected[0] });
    assert_eq!(Acting::refusal(other.send("api-key.revoke", revoke).await), "unknown_api_key");
    assert_eq!(keys(&acting, json!({ "limit": 1 })).await["keys"][0]["status"], "active");
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused() {
    let Some(ground) = Ground::new("API keys are refused").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let (secret, key) = create(&acting, json!({})).await;
    let (fresh, id) = (SecretToken::mint(), ApiKeyId(Uuid::new_v4()));
    let refusals = [
        (&other, body(id, &secret, json!({})), "api_key_digest_taken"),
        (&acting, body(key, &fresh, json!({})), "api_key_id_taken"),
        (&acting, body(id, &fresh, json!({ "userId": other.user })), "unknown_user"),
        (&acting, body(id, &fresh, json!({ "expiresAt": "2020-01-01T00:00:00Z" })), "invalid_value"),
        (&acting, body(id, &fresh, json!({ "expiresAt": "2099-01-01T00:00:00Z" })), "too_far_ahead"),
        (&acting, body(id, &fresh, json!({ "scopes": [] })), "invalid_value"),
        (&acting, body(id, &fresh, json!({ "scopes": ["jobs:read", "jobs:read"] })), "invalid_value"),
        (&acting, body(id, &fresh, json!({ "scopes": ["jobs:*"] })), "invalid_value"),
        (&acting, body(id, &fresh, json!({ "digest": secret.reveal() })), "invalid_value"),
        (&acting.of(plinth_events::TenantId(Uuid::new_v4())), body(id, &fresh, json!({})), "unknown_tenant"),
    ];
    for (who, body, code) in refusals {
        assert_eq!(Acting::refusal(who.send("api-key.create", body.clone()).await), code, "{body}");
    }
    // the ids of keys are each tenant's own
    other.send("api-key.create", body(key, &fresh, json!({}))).await.unwrap();
    assert_eq!(find(&ground, &secret).await.unwrap().tenant, acting.tenant);
    assert_eq!(find(&ground, &fresh).await.unwrap().tenant, other.tenant);
}

#[tokio::test]
async fn a_key_that_has_expired_lets_nobody_in() {
    let Some(ground) = Ground::new("an API key expires").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let soon = chrono::Utc::now() + Duration::from_secs(1);
    let (secret, _) = create(&acting, json!({ "expiresAt": soon })).await;
    assert_eq!(keys(&acting, json!({})).await["keys"][0]["status"], "active");
    eventually(LIMIT, "the key expires", async || find(&ground, &secret).await.is_none().then_some(())).await;
    assert_eq!(keys(&acting, json!({})).await["keys"][0]["status"], "expired");
}

#[tokio::test]
async fn the_keys_of_a_deleted_user_go_and_those_of_others_outlive_a_rebuild() {
    let Some(ground) = Ground::new("API keys of a deleted user").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let user = UserId(Uuid::new_v4());
    acting.send("user.register", json!({ "userId": user, "name": "Ada" })).await.unwrap();
    let (gone, _) = create(&acting, json!({ "userId": user })).await;
    let (kept, key) = create(&acting, json!({ "userId": acting.user })).await;
    acting.send("user.delete", json!({ "userId": user })).await.unwrap();
    assert!(ground.plinth(&["rebuild"]).await.status.success());
    ground.assert_verified().await;
    assert_eq!(find(&ground, &gone).await, None);
    assert_eq!(find(&ground, &kept).await.unwrap().key_id, key);
    acting.send("tenant.delete", json!({})).await.unwrap();
    assert_eq!(find(&ground, &kept).await, None);
}

#[tokio::test]
async fn the_program_shows_a_secret_once_and_leaves_it_nowhere() {
    let Some(ground) = Ground::new("plinth key").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (tenant, user) = (acting.tenant.to_string(), acting.user.to_string());
    let run = async |arguments: &[&str]| ground.plinth(&[arguments, &["--tenant", &tenant]].concat()).await;

    let create = ["key", "create", "--name", "reports", "--scope", "jobs:read", "--scope", "metrics:read"];
    let created = run(&[&create[..], &["--user", &user, "--expires-in", "90d"]].concat()).await;
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let secret = SecretToken::parse(String::from_utf8(created.stdout).unwrap().trim()).unwrap();
    let told = String::from_utf8(created.stderr).unwrap();
    assert!(told.contains("(reports) may jobs:read, metrics:read until 20") && told.contains("shown once"), "{told}");
    let grant = find(&ground, &secret).await.unwrap();
    let days = (grant.expires_at.unwrap().utc() - chrono::Utc::now()).num_hours() / 24;
    assert_eq!((grant.user, days), (Some(acting.user), 89));

    let other = run(&[&create[..], &["--expires-at", "2030-01-01T00:00:00Z", "--json"]].concat()).await;
    let other: Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!((&other["expiresAt"], &other["userId"]), (&json!("2030-01-01T00:00:00Z"), &Value::Null));
    let key = other["keyId"].as_str().unwrap();
    assert!(run(&["key", "revoke", key, "--reason", "it leaked"]).await.status.success());
    let again = String::from_utf8(run(&["key", "revoke", key]).await.stdout).unwrap();
    assert!(again.contains("was revoked already"), "{again}");
    let listed = String::from_utf8(run(&["key", "list"]).await.stdout).unwrap();
    assert!(listed.contains("revoked") && listed.contains("active"), "{listed}");
    let listed = run(&["key", "list", "--json"]).await.stdout;
    assert_eq!(listed.iter().filter(|byte| **byte == b'\n').count(), 2);

    for wrong in [&["key", "create", "--name", "x"][..], &["key", "create", "--name", "x", "--scope", "all"]] {
        assert!(!run(wrong).await.status.success(), "{wrong:?}");
    }
    let refused = run(&[&create[..], &["--user", &Uuid::new_v4().to_string()]].concat()).await;
    assert!(!refused.status.success() && refused.stdout.is_empty());
    let pool = ground.pool().await;
    let text: String = sqlx::query_scalar(
        "select string_agg(events::text, '') || (select string_agg(key::text, '') from plinth.api_key as key)
         from plinth.events",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(!text.contains("plinth_") && text.contains(&secret.digest().to_string()));
}

#[tokio::test]
async fn a_link_logs_in_once_and_a_session_ends_with_its_key() {
    let Some(ground) = Ground::new("sessions of browsers").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (secret, key) = create(&acting, json!({ "userId": acting.user })).await;
    let (database, key_digest) = (database(&ground), secret.digest());
    let pool = database.pool();
    let mint = || SecretToken::mint().digest();

    let (link, late) = (mint(), mint());
    web_session::create_link(pool, key_digest, link, HOUR).await.unwrap();
    web_session::create_link(pool, key_digest, late, Duration::ZERO).await.unwrap();
    assert_eq!(web_session::redeem_link(pool, link).await.unwrap(), Some(key_digest));
    assert_eq!(web_session::redeem_link(pool, link).await.unwrap(), None);
    assert_eq!(web_session::redeem_link(pool, late).await.unwrap(), None);

    let [session, other, over] = [mint(), mint(), mint()];
    web_session::open(pool, key_digest, over, Duration::ZERO).await.unwrap();
    web_session::open(pool, key_digest, session, HOUR).await.unwrap();
    web_session::open(pool, key_digest, other, HOUR).await.unwrap();
    assert_eq!(sessions(&ground).await, 2, "what is over was swept out");
    let grant = web_session::find(pool, session).await.unwrap().unwrap();
    assert_eq!((grant.key_id, grant.tenant, grant.user), (key, acting.tenant, Some(acting.user)));
    let left = grant.expires_at.unwrap().utc() - chrono::Utc::now();
    assert!((3_590..=3_600).contains(&left.num_seconds()), "{left}");
    web_session::close(pool, other).await.unwrap();
    assert_eq!(web_session::find(pool, other).await.unwrap(), None);

    acting.send("api-key.revoke", json!({ "keyId": key })).await.unwrap();
    assert_eq!(web_session::find(pool, session).await.unwrap(), None);
    acting.send("user.delete", json!({ "userId": acting.user })).await.unwrap();
    assert_eq!(sessions(&ground).await, 0);
    let unknown: Result<(), LogError> = web_session::open(pool, SecretDigest([1; 32]), session, HOUR).await;
    assert!(unknown.is_err());
}

async fn sessions(ground: &Ground) -> i64 {
    sqlx::query_scalar("select count(*) from plinth.web_session").fetch_one(&ground.pool().await).await.unwrap()
}
