//! Tokens of an issuer that answers over HTTP, in this process.
#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp, jwk::Jwk};
use plinth_events::{Scope, TenantId, UserId};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::*;

const AUDIENCE: &str = "plinth-test";
const TENANT: Uuid = Uuid::from_u128(1);
const USER: Uuid = Uuid::from_u128(2);
/// A key that is used for nothing but these tests: to make one takes long.
const RSA: &[u8] = include_bytes!("test-rsa-2048.der");

/// A key of an issuer.
struct Signer {
    id: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
    /// As it is published.
    public: Value,
}

impl Signer {
    fn ec(id: &'static str) -> Self {
        let key = EncodingKey::from_ec_der(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_der());
        Self::of(id, Algorithm::ES256, key)
    }

    fn rsa(id: &'static str, algorithm: Algorithm) -> Self {
        Self::of(id, algorithm, EncodingKey::from_rsa_der(RSA))
    }

    fn ed(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.der_bytes());
        let public = json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x });
        Self { id, algorithm: Algorithm::EdDSA, key: EncodingKey::from_ed_der(&pair.serialize_der()), public }
    }

    fn of(id: &'static str, algorithm: Algorithm, key: EncodingKey) -> Self {
        let mut public = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        public["kid"] = json!(id);
        Self { id, algorithm, key, public }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }
}

/// An issuer with some keys, and what Plinth makes of its tokens.
struct Issuer {
    address: String,
    published: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicUsize>,
    oidc: Oidc,
    began_at: Instant,
}

impl Issuer {
    async fn new(signers: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (published, asked) = (Arc::new(Mutex::new(Vec::new())), Arc::<AtomicUsize>::default());
        let discovery = json!({ "issuer": address, "jwks_uri": format!("{address}/keys") });
        let (keys, count) = (published.clone(), asked.clone());
        let router = Router::new().route(keys::DISCOVERY, get(async move || Json(discovery))).route(
            "/keys",
            get(async move || {
                count.fetch_add(1, Ordering::SeqCst);
                Json(json!({ "keys": *keys.lock().unwrap() }))
            }),
        );
        tokio::spawn(axum::serve(listener, router).into_future());
        let oidc = believing(&address, AUDIENCE).unwrap().unwrap();
        let issuer = Self { address, published, asked, oidc, began_at: Instant::now() };
        issuer.publish(signers);
        issuer
    }

    fn publish(&self, signers: &[&Signer]) {
        *self.published.lock().unwrap() = signers.iter().map(|signer| signer.public.clone()).collect();
    }

    /// Claims that are good.
    fn claims(&self) -> Value {
        json!({
            "iss": self.address, "aud": AUDIENCE, "exp": get_current_timestamp() + 300,
            "tenant": TENANT, "sub": USER, "scope": "openid metrics:read",
        })
    }

    /// The claims with another value for one; null: without it.
    fn claims_with(&self, name: &str, value: impl Into<Value>) -> Value {
        let mut claims = self.claims();
        claims[name] = value.into();
        claims
    }

    async fn check(&self, token: &str) -> Result<Principal, BadToken> {
        self.oidc.principal(token, self.began_at).await
    }

    /// What becomes of a token so many seconds after the beginning, by the clock that says when to ask the issuer again.
    async fn check_after(&self, seconds: u64, token: &str) -> Result<Principal, BadToken> {
        self.oidc.principal(token, self.began_at + Duration::from_secs(seconds)).await
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn believing(issuer: &str, audience: &str) -> Result<Option<Oidc>, OidcError> {
    rustls::crypto::ring::default_provider().install_default().ok();
    Oidc::new(&OidcConfig {
        issuer: Some(issuer.to_owned()),
        audience: Some(audience.to_owned()),
        tenant_claim: "tenant".to_owned(),
        user_claim: "sub".to_owned(),
        scope_claim: "scope".to_owned(),
    })
}

/// A token with a header of one's own and a signature of nothing.
fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}

#[tokio::test]
async fn a_good_token_says_of_which_tenant_as_whom_and_what_its_holder_may_do() {
    let signers = [
        Signer::ec("ec"),
        Signer::ed("ed"),
        Signer::rsa("rsa", Algorithm::RS256),
        Signer::rsa("pss", Algorithm::PS256),
    ];
    let issuer = Issuer::new(&signers.each_ref()).await;
    for signer in &signers {
        let principal = issuer.check(&signer.sign(&issuer.claims())).await.unwrap();
        assert_eq!((principal.tenant, principal.user), (TenantId(TENANT), Some(UserId(USER))), "{}", signer.id);
        assert_eq!(principal.scopes, [Scope::MetricsRead]);
    }
    assert_eq!(issuer.asked(), 1);
    let many = issuer.claims_with("aud", json!(["others", AUDIENCE]));
    assert!(issuer.check(&signers[0].sign(&many)).await.is_ok());
}

#[tokio::test]
async fn a_token_for_others_of_others_or_out_of_its_time_is_refused() {
    let signer = Signer::ec("ec");
    let issuer = Issuer::new(&[&signer]).await;
    let now = get_current_timestamp();
    for (name, value, why) in [
        ("aud", json!("others"), "it is for another audience"),
        ("iss", json!("https://login.example.com"), "it is of another issuer"),
        ("exp", json!(now - 120), "it has expired"),
        ("nbf", json!(now + 120), "it is not valid yet"),
    ] {
        let token = signer.sign(&issuer.claims_with(name, value));
        assert_eq!(issuer.check(&token).await.unwrap_err(), BadToken::Refused(why), "{name}");
    }
    for name in ["exp", "iss", "aud"] {
        let token = signer.sign(&issuer.claims_with(name, Value::Null));
        assert!(matches!(issuer.check(&token).await, Err(BadToken::Refused(_))), "{name}");
    }
    // clocks may be a minute apart
    for (name, value) in [("exp", now - 30), ("nbf", now + 30)] {
        assert!(issuer.check(&signer.sign(&issuer.claims_with(name, value))).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_token_without_a_signature_is_none() {
    let signer = Signer::ec("ec");
    let issuer = Issuer::new(&[&signer]).await;
    for algorithm in ["none", "None", "NONE"] {
        let token = unsigned(&json!({ "alg": algorithm, "kid": "ec" }), &issuer.claims());
        assert_eq!(issuer.check(&token).await.unwrap_err(), BadToken::Malformed);
    }
    let token = unsigned(&json!({ "alg": "ES256", "kid": "ec" }), &issuer.claims());
    assert_eq!(issuer.check(&token).await.unwrap_err(), BadToken::Refused("its signature is wrong"));
    let good = signer.sign(&issuer.claims());
    let (_, signature) = good.rsplit_once('.').unwrap();
    let forged =
        format!("{}{signature}", unsigned(&json!({ "alg": "ES256", "kid": "ec" }), &json!({ "tenant": USER })));
    assert_eq!(issuer.check(&forged).await.unwrap_err(), BadToken::Refused("its signature is wrong"));
    for text in ["", "a", "a.b", "a.b.c", "..", &"x".repeat(TOKEN_BYTES + 1)] {
        assert_eq!(issuer.check(text).await.unwrap_err(), BadToken::Malformed);
    }
}

#[tokio::test]
async fn a_public_key_is_never_taken_for_a_secret_nor_for_a_key_of_another_kind() {
    let (ec, rsa) = (Signer::ec("ec"), Signer::rsa("rsa", Algorithm::RS256));
    let issuer = Issuer::new(&[&ec, &rsa]).await;
    let public = BASE64_URL_SAFE_NO_PAD.decode(rsa.public["n"].as_str().unwrap()).unwrap();
    for secret in [public, rsa.public.to_string().into_bytes()] {
        let key = EncodingKey::from_secret(&secret);
        let forged = Signer { id: "rsa", algorithm: Algorithm::HS256, key, public: Value::Null };
        assert_eq!(issuer.check(&forged.sign(&issuer.claims())).await.unwrap_err(), BadToken::Malformed);
    }
    // the key is published for RS256
    for algorithm in [Algorithm::PS256, Algorithm::RS512] {
        let other = Signer::rsa("rsa", algorithm);
        assert_eq!(issuer.check(&other.sign(&issuer.claims())).await.unwrap_err(), BadToken::Malformed);
    }
    let mixed = Signer { id: "ec", ..Signer::rsa("rsa", Algorithm::RS256) };
    assert_eq!(issuer.check(&mixed.sign(&issuer.claims())).await.unwrap_err(), BadToken::Malformed);
}

#[tokio::test]
async fn keys_for_encryption_and_secrets_are_not_believed() {
    let (mut encrypting, good) = (Signer::ec("encrypting"), Signer::ec("good"));
    encrypting.public["use"] = json!("enc");
    let secret = EncodingKey::from_secret(b"secret");
    let public = json!({ "kty": "oct", "kid": "secret", "k": BASE64_URL_SAFE_NO_PAD.encode("secret") });
    let secret = Signer { id: "secret", algorithm: Algorithm::HS256, key: secret, public };
    let strange =
        Signer { public: json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "strange" }), ..Signer::ec("strange") };
    let issuer = Issuer::new(&[&encrypting, &secret, &strange, &good]).await;
    for signer in [&encrypting, &secret, &strange] {
        let error = issuer.check(&signer.sign(&issuer.claims())).await.unwrap_err();
        assert_eq!(error, BadToken::UnknownKey(issuer.address.clone()), "{}", signer.id);
    }
    assert!(issuer.check(&good.sign(&issuer.claims())).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_not_known_makes_the_issuer_be_asked_but_not_more_often_than_every_30_seconds() {
    let (old, new) = (Signer::ec("old"), Signer::ec("new"));
    let issuer = Issuer::new(&[&old]).await;
    let (by_old, by_new) = (old.sign(&issuer.claims()), new.sign(&issuer.claims()));
    assert!(issuer.check(&by_old).await.is_ok());
    for _ in 0..3 {
        assert_eq!(issuer.check_after(29, &by_new).await.unwrap_err(), BadToken::UnknownKey(issuer.address.clone()));
    }
    assert_eq!(issuer.asked(), 1);
    issuer.publish(&[&new]);
    assert!(issuer.check_after(30, &by_new).await.is_ok());
    assert_eq!(issuer.asked(), 2);
    // what the issuer does not publish any more is not believed any more
    assert_eq!(issuer.check_after(31, &by_old).await.unwrap_err(), BadToken::UnknownKey(issuer.address.clone()));
}

#[tokio::test]
async fn a_key_under_the_id_of_another_is_not_believed() {
    let (published, forger) = (Signer::ec("key"), Signer::ec("key"));
    let issuer = Issuer::new(&[&published]).await;
    let error = issuer.check(&forger.sign(&issuer.claims())).await.unwrap_err();
    assert_eq!(error, BadToken::Refused("its signature is wrong"));
}

#[tokio::test]
async fn a_token_that_names_no_key_or_wants_more_than_is_known_is_refused() {
    let signer = Signer::ec("ec");
    let issuer = Issuer::new(&[&signer]).await;
    let header = Header::new(Algorithm::ES256);
    let nameless = encode(&header, &issuer.claims(), &signer.key).unwrap();
    assert_eq!(issuer.check(&nameless).await.unwrap_err(), BadToken::Malformed);
    let header = Header { kid: Some("ec".to_owned()), crit: Some(vec!["b64".to_owned()]), ..header };
    let critical = encode(&header, &issuer.claims(), &signer.key).unwrap();
    assert_eq!(issuer.check(&critical).await.unwrap_err(), BadToken::Malformed);
}

#[tokio::test]
async fn what_an_unreachable_issuer_signed_is_not_refused_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let oidc = believing(&address, AUDIENCE).unwrap().unwrap();
    let claims = json!({ "iss": address, "aud": AUDIENCE, "exp": get_current_timestamp() + 300 });
    let error = oidc.principal(&Signer::ec("ec").sign(&claims), Instant::now()).await.unwrap_err();
    assert_eq!(error, BadToken::NoKeys(address));
}

#[tokio::test]
async fn a_discovery_document_of_another_issuer_leads_nowhere() {
    let signer = Signer::ec("ec");
    let issuer = Issuer::new(&[&signer]).await;
    // the same place, but not by its own name
    let oidc = believing(&issuer.address.replace("127.0.0.1", "localhost"), AUDIENCE).unwrap().unwrap();
    let error = oidc.principal(&signer.sign(&issuer.claims()), issuer.began_at).await.unwrap_err();
    assert!(matches!(error, BadToken::NoKeys(_)), "{error}");
    assert_eq!(issuer.asked(), 0);
}

#[test]
fn an_issuer_is_believed_only_for_an_audience() {
    assert!(matches!(believing("https://login.example.com", ""), Err(OidcError::NoAudience)));
    assert!(matches!(believing("http://login.example.com", AUDIENCE), Err(OidcError::Address(_))));
    assert!(matches!(believing("", AUDIENCE), Ok(None)));
}
