//! Who asks over HTTP: keys and sessions that let in, and everything that does not.

use std::time::Duration;

use plinth::{
    log::{Database, web_session},
    secret_token::SecretToken,
};
use plinth_events::Scope;
use reqwest::{
    Client, RequestBuilder, Response,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};

use crate::support::{Acting, Api, Ground, Replica, eventually};

/// So long a replica may remember whom it let in.
const REMEMBERED: Duration = Duration::from_secs(5);
/// What a metric that is not there is asked for by; 404 to those who may ask.
const METRIC: &str = "/api/metrics/definitions/nothing";

#[tokio::test]
async fn a_key_lets_its_holder_in_and_nothing_else_does() {
    let Some(ground) = Ground::new("keys over HTTP").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = Api::with_scopes(&replica, &acting, &[Scope::MetricsRead]).await;
    assert_eq!(api.get(METRIC).await.refusal(), (404, "unknown_metric"));
    assert_eq!(api.post("/api/metrics/definitions", json!({})).await.refusal(), (403, "forbidden"));

    let nobody = Api::without_key(&replica).get(METRIC).await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    let wrong = format!("plinth_{}", "A".repeat(43));
    let cut_off = &api.secret.clone().unwrap()[..30];
    for secret in [wrong.as_str(), cut_off, "plinth_", "a.b.c", ""] {
        let answer = api.with_secret(secret).get(METRIC).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated"), "{secret}");
        assert!(secret.len() < 8 || !answer.body.to_string().contains(secret), "{}", answer.body);
    }
}

#[tokio::test]
async fn whoever_is_not_to_come_in_any_more_is_kept_out_within_five_seconds() {
    let Some(ground) = Ground::new("keys that end").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let (acting, leaving) = (Acting::new(&client).await, Acting::new(&client).await);
    let scopes = [Scope::MetricsRead];
    let of_user = Api::with_scopes(&replica, &acting, &scopes).await;
    let of_tenant = Api::with_scopes(&replica, &leaving, &scopes).await;
    let revoked = Api::of_program(&replica, &acting, &scopes).await;
    let in_a_second = chrono::Utc::now() + chrono::Duration::milliseconds(1_500);
    let expiring =
        Api::with_key(&replica, &acting, json!({ "scopes": scopes, "expiresAt": in_a_second.to_rfc3339() })).await;
    for api in [&of_user, &of_tenant, &revoked, &expiring] {
        assert_eq!(api.get(METRIC).await.refusal(), (404, "unknown_metric"));
    }

    let keys = acting.query("api-key.list", json!({})).await.unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["userId"].is_null() && key["expiresAt"].is_null());
    acting.send("api-key.revoke", json!({ "keyId": key.unwrap()["keyId"] })).await.unwrap();
    acting.send("user.delete", json!({ "userId": acting.user })).await.unwrap();
    leaving.send("tenant.delete", json!({})).await.unwrap();
    for (who, api) in [("expired", expiring), ("revoked", revoked), ("user", of_user), ("tenant", of_tenant)] {
        eventually(REMEMBERED, who, async || (api.get(METRIC).await.status == 401).then_some(())).await;
    }
}

/// A browser that follows nothing by itself and keeps one cookie.
struct Window {
    client: Client,
    address: String,
    cookie: Option<String>,
}

impl Window {
    fn new(replica: &Replica) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder().tls_certs_only([]).redirect(Policy::none()).build().unwrap();
        Self { client, address: replica.http.clone(), cookie: None }
    }

    fn request(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn get(&mut self, path: &str) -> Response {
        let request = self.request(self.client.get(format!("{}{path}", self.address)));
        self.send(request).await
    }

    /// Sends a form as a page of an origin; none: as a program does.
    async fn post(&mut self, path: &str, form: &str, origin: Option<&str>) -> Response {
        let request = self.request(self.client.post(format!("{}{path}", self.address)));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        let request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        self.send(request).await
    }

    async fn own_post(&mut self, path: &str, form: &str) -> Response {
        let origin = self.address.clone();
        self.post(path, form, Some(&origin)).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let response = request.send().await.unwrap();
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            self.cookie = (!attributes.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        response
    }

    async fn status(&mut self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }
}

fn location(response: &Response) -> (u16, &str) {
    let location = response.headers().get(LOCATION).map(|value| value.to_str().unwrap());
    (response.status().as_u16(), location.unwrap_or_default())
}

#[tokio::test]
async fn a_browser_signs_in_with_a_key_and_out_again() {
    let Some(ground) = Ground::new("sessions").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = Api::with_scopes(&replica, &acting, &[Scope::MetricsRead, Scope::MetricsWrite]).await;
    let mut window = Window::new(&replica);
    let form = window.get("/login?next=/jobs").await;
    let policy = form.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert_eq!(form.headers()["cache-control"], "no-store");
    assert!(form.text().await.unwrap().contains(r#"name="next" value="/jobs""#));

    let filled_in = |next: &str| format!("key={}&next={next}", api.secret.as_deref().unwrap());
    let of_others = window.post("/login", &filled_in("/"), Some("http://evil.example")).await;
    assert_eq!((of_others.status().as_u16(), &window.cookie), (403, &None));
    assert_eq!(of_others.headers()["content-type"], "text/html; charset=utf-8");
    assert!(of_others.text().await.unwrap().contains("The form of another site cannot sign in here"));
    let wrong = window.own_post("/login", &format!("key=plinth_{}", "A".repeat(43))).await;
    assert_eq!((wrong.status().as_u16(), &window.cookie), (401, &None));
    let elsewhere = window.own_post("/login", &filled_in("//evil.example")).await;
    assert_eq!(location(&elsewhere), (303, "/"));
    let signed_in = window.own_post("/login", &filled_in("/definitions?q=a")).await;
    assert_eq!(location(&signed_in), (303, "/definitions?q=a"));
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"), "{cookie}");
    assert!(!cookie.contains(api.secret.as_deref().unwrap()));

    // the session may what its key may, and changes something only for Plinth's own pages
    assert_eq!(window.status(METRIC).await, 404);
    assert_eq!(window.post("/api/metrics/definitions", "", None).await.status(), 401);
    assert_eq!(window.post("/api/metrics/definitions", "", Some("http://evil.example")).await.status(), 401);
    assert_ne!(window.own_post("/api/metrics/definitions", "").await.status(), 401);
    let licences = window.get("/about/licenses").await.text().await.unwrap();
    assert!(licences.contains("Tester"), "the page says who is signed in");

    let cookie = window.cookie.clone();
    assert_eq!(window.post("/logout", "", Some("http://evil.example")).await.status(), 403);
    assert_eq!(location(&window.own_post("/logout", "").await), (303, "/login"));
    assert_eq!(window.cookie, None);
    window.cookie = cookie;
    assert_eq!(window.status(METRIC).await, 401, "it is over at once, not when the browser forgets it");
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let Some(ground) = Ground::new("the end of sessions").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let expires_at = chrono::Utc::now() + chrono::Duration::hours(1);
    let key = json!({ "scopes": [Scope::MetricsRead], "expiresAt": expires_at.to_rfc3339() });
    let api = Api::with_key(&replica, &acting, key).await;
    let mut window = Window::new(&replica);
    let signed_in = window.own_post("/login", &format!("key={}", api.secret.as_deref().unwrap())).await;
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap();
    let lifetime: u32 = cookie.rsplit_once("Max-Age=").unwrap().1.parse().unwrap();
    assert!((3_500..=3_600).contains(&lifetime), "{cookie}");
    assert_eq!(window.status(METRIC).await, 404);

    let keys = acting.query("api-key.list", json!({})).await.unwrap();
    acting.send("api-key.revoke", json!({ "keyId": keys["keys"][0]["keyId"] })).await.unwrap();
    let mut is_over = async || (window.status(METRIC).await == 401).then_some(());
    eventually(REMEMBERED * 2, "the session is over", &mut is_over).await;
}

#[tokio::test]
async fn a_link_signs_in_once_and_only_for_its_time() {
    let Some(ground) = Ground::new("links that sign in").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = Api::with_scopes(&replica, &acting, &[Scope::MetricsRead]).await;
    let database = Database::new(&ground.database_url, "plinth-test").unwrap();
    let key = SecretToken::parse(api.secret.as_deref().unwrap()).unwrap();
    let mut links = Vec::new();
    for lifetime in [Duration::from_secs(600), Duration::ZERO] {
        let link = SecretToken::mint();
        web_session::create_link(database.pool(), key.digest(), link.digest(), lifetime).await.unwrap();
        links.push(format!("/login/{}", link.reveal()));
    }
    let mut window = Window::new(&replica);
    assert_eq!(window.status(&links[1]).await, 410);
    assert_eq!(window.status("/login/plinth_nothing").await, 410);
    // a look whether it is there does not use it up
    let look = window.client.head(format!("{}{}", window.address, links[0])).send().await.unwrap();
    assert_eq!(look.status(), 204);

    let opened = window.get(&links[0]).await;
    // no redirect: the browser would not send the cookie along if the link stood on another site
    assert_eq!(opened.status(), 200);
    assert_eq!(opened.headers()["refresh"], "0; url=/");
    assert!(opened.text().await.unwrap().contains(r#"<a href="/">"#));
    assert_eq!(window.status(METRIC).await, 404);

    let mut second = Window::new(&replica);
    assert_eq!((second.status(&links[0]).await, second.cookie), (410, None));
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_pages_are_not() {
    let Some(ground) = Ground::new("assets").await else { return };
    let replica = ground.replica().await;
    let mut window = Window::new(&replica);
    let page = window.get("/login").await.text().await.unwrap();
    let style = page.split('"').find(|part| part.ends_with("plinth.css")).unwrap();
    let answer = window.get(style).await;
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(window.status("/assets/0000000000000000/nothing.css").await, 404);
    let theme = window.own_post("/theme", "theme=dark&return=/login").await;
    assert_eq!(location(&theme), (303, "/login"));
    assert!(window.get("/login").await.text().await.unwrap().contains(r#"data-theme="dark""#));
}

#[tokio::test]
async fn a_token_of_nobody_is_no_credential_where_no_issuer_is_believed() {
    let Some(ground) = Ground::new("tokens without an issuer").await else { return };
    let replica = ground.replica().await;
    let answer = Api::without_key(&replica).with_secret("eyJhbGciOiJub25lIn0.e30.").get(METRIC).await;
    assert_eq!(answer.refusal(), (401, "unauthenticated"));
    let detail: &Value = &answer.body["detail"];
    assert!(detail.as_str().unwrap().contains("no issuer of tokens is configured"), "{detail}");
}
