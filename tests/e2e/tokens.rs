//! Tokens of an OIDC issuer over HTTP: whom they let in where.

use axum::{Json, Router, routing::get};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp, jwk::Jwk};
use plinth_events::{TenantId, UserId};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, Replica};

const METRIC: &str = "/api/metrics/definitions/revenue";

/// An issuer that answers in this process.
struct Issuer {
    address: String,
    key: EncodingKey,
}

impl Issuer {
    async fn start() -> Self {
        let key = EncodingKey::from_ec_der(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_der());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        public.common.key_id = Some("key".to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let discovery = json!({ "issuer": address, "jwks_uri": format!("{address}/keys") });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(discovery)))
            .route("/keys", get(async move || Json(json!({ "keys": [public] }))));
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { address, key }
    }

    /// A replica that believes it.
    async fn replica(&self, ground: &Ground) -> Replica {
        let variables = [("PLINTH_OIDC_ISSUER", self.address.as_str()), ("PLINTH_OIDC_AUDIENCE", "plinth")];
        Replica::start_with(ground, &variables).await
    }

    fn token(&self, tenant: TenantId, user: UserId, scope: &str) -> String {
        let header = Header { kid: Some("key".to_owned()), ..Header::new(Algorithm::ES256) };
        let claims = json!({
            "iss": self.address, "aud": "plinth", "exp": get_current_timestamp() + 60,
            "tenant": tenant, "sub": user, "scope": scope,
        });
        encode(&header, &claims, &self.key).unwrap()
    }
}

#[tokio::test]
async fn a_token_lets_in_where_it_says_and_nowhere_else() {
    let Some(ground) = Ground::new("tokens of an issuer").await else { return };
    let issuer = Issuer::start().await;
    let (replica, client) = (issuer.replica(&ground).await, ground.client().await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let metric = json!({ "code": "revenue", "name": "Revenue", "description": "What came in." });
    acting.send("metric.define", metric).await.unwrap();
    let nobody = Api::without_key(&replica);
    let with = |tenant, user, scope| nobody.with_secret(&issuer.token(tenant, user, scope));

    let api = with(acting.tenant, acting.user, "openid metrics:read");
    let found = api.get(METRIC).await;
    assert_eq!(found.expect(200)["createdById"], json!(acting.user));
    assert_eq!(api.post("/api/metrics/definitions", json!({})).await.refusal(), (403, "forbidden"));
    assert_eq!(with(acting.tenant, acting.user, "openid").get(METRIC).await.refusal(), (403, "forbidden"));

    let elsewhere = with(other.tenant, other.user, "metrics:read").get(METRIC).await;
    assert_eq!(elsewhere.refusal(), (404, "unknown_metric"));
    for (tenant, user) in [
        (TenantId(Uuid::new_v4()), acting.user),
        (acting.tenant, UserId(Uuid::new_v4())),
        (acting.tenant, other.user),
        (other.tenant, acting.user),
    ] {
        let refused = with(tenant, user, "metrics:read").get(METRIC).await;
        assert_eq!(refused.refusal(), (401, "unauthenticated"), "{tenant} {user}");
    }
}

#[tokio::test]
async fn a_token_does_no_good_after_its_user_was_deleted() {
    let Some(ground) = Ground::new("tokens of deleted users").await else { return };
    let issuer = Issuer::start().await;
    let (replica, client) = (issuer.replica(&ground).await, ground.client().await);
    let acting = Acting::new(&client).await;
    let token = issuer.token(acting.tenant, acting.user, "metrics:read");
    assert_eq!(Api::without_key(&replica).with_secret(&token).get(METRIC).await.refusal(), (404, "unknown_metric"));
    acting.send("user.delete", json!({ "userId": acting.user })).await.unwrap();
    // another token, because the first one is remembered for some seconds
    let another = issuer.token(acting.tenant, acting.user, "metrics:read jobs:read");
    let refused = Api::without_key(&replica).with_secret(&another).get(METRIC).await;
    assert_eq!(refused.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_replica_does_not_start_that_would_believe_tokens_for_others() {
    let Some(ground) = Ground::new("an issuer without an audience").await else { return };
    let served = ground.plinth(&["serve", "--oidc-issuer", "https://login.example.com"]).await;
    let said = String::from_utf8_lossy(&served.stderr);
    assert!(!served.status.success() && said.contains("PLINTH_OIDC_AUDIENCE is needed"), "{said}");
}
