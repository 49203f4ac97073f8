//! Requests to the API of a replica, with an API key that was made for them.

use plinth_events::{ApiKeyId, Scope, TenantId, envelope::PROBLEM_JSON, secret_digest::SecretDigest};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Acting, Replica};

/// The API of a replica, asked with one credential.
pub struct Api {
    client: Client,
    /// Where the replica answers, such as `http://127.0.0.1:40123`.
    address: String,
    /// The secret of an API key; none: the requests carry no credential.
    pub secret: Option<String>,
    /// The tenant of the key; of no meaning without one.
    pub tenant: TenantId,
}

impl Api {
    /// With a new key of the tenant, whose holder acts as the user.
    pub async fn with_scopes(replica: &Replica, acting: &Acting<'_>, scopes: &[Scope]) -> Self {
        Self::with_key(replica, acting, json!({ "scopes": scopes, "userId": acting.user })).await
    }

    /// With a new key of the tenant for a program, which is no user.
    pub async fn of_program(replica: &Replica, acting: &Acting<'_>, scopes: &[Scope]) -> Self {
        Self::with_key(replica, acting, json!({ "scopes": scopes })).await
    }

    /// With a new key, of whose command this is a part: scopes, user, expiry.
    pub async fn with_key(replica: &Replica, acting: &Acting<'_>, mut key: Value) -> Self {
        let secret = format!("plinth_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        key["keyId"] = json!(ApiKeyId(Uuid::new_v4()));
        key["name"] = json!("Test");
        key["digest"] = json!(SecretDigest(Sha256::digest(&secret).into()));
        acting.send("api-key.create", key).await.unwrap();
        Self { secret: Some(secret), tenant: acting.tenant, ..Self::without_key(replica) }
    }

    /// Without a credential.
    pub fn without_key(replica: &Replica) -> Self {
        // somebody else in the process may have chosen before
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder().tls_certs_only([]).redirect(Policy::none()).build().unwrap();
        Self { client, address: replica.http.clone(), secret: None, tenant: TenantId(Uuid::nil()) }
    }

    /// The same replica, asked with another secret.
    pub fn with_secret(&self, secret: &str) -> Self {
        let (client, address) = (self.client.clone(), self.address.clone());
        Self { client, address, secret: Some(secret.to_owned()), tenant: self.tenant }
    }

    /// A request with the key, to add headers and a body to; `send` of it gives the answer as it comes.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        }
    }

    /// Asks for a path such as `/api/jobs?status=failed`.
    pub async fn get(&self, path: &str) -> HttpAnswer {
        HttpAnswer::to(self.request(Method::GET, path)).await
    }

    /// Sends a body by POST.
    pub async fn post(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(Method::POST, path, &[], body).await
    }

    /// Sends the fields of a form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> HttpAnswer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        HttpAnswer::to(request.body(body)).await
    }

    /// Sends a body by PUT.
    pub async fn put(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(Method::PUT, path, &[], body).await
    }

    /// Sends a body by PATCH.
    pub async fn patch(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(Method::PATCH, path, &[], body).await
    }

    /// DELETE, without a body.
    pub async fn delete(&self, path: &str) -> HttpAnswer {
        HttpAnswer::to(self.request(Method::DELETE, path)).await
    }

    /// Sends a body with headers such as `If-Match`.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> HttpAnswer {
        let request = self.request(method, path).header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        HttpAnswer::to(request.body(body.to_string())).await
    }
}

/// The text of a page, after a look at the status.
#[track_caller]
pub fn text(answer: HttpAnswer, status: u16) -> String {
    let Value::String(text) = answer.expect(status) else { panic!("this is no page") };
    text
}

/// What came back.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body if it is JSON; null if there is none; else its text.
    pub body: Value,
}

impl HttpAnswer {
    /// The answer to a request, all of it.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().contains("json"));
        let body = match text.as_str() {
            "" => Value::Null,
            text if is_json => serde_json::from_str(text).unwrap(),
            text => text.into(),
        };
        Self { status, headers, body }
    }

    /// The body, after a look at the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Status and code of a refusal, after a look at everything that makes it one.
    #[track_caller]
    pub fn refusal(&self) -> (u16, &str) {
        let text = |key: &str| self.body[key].as_str().unwrap_or_default();
        let code = text("code");
        assert_eq!(self.header("content-type"), PROBLEM_JSON, "{} {}", self.status, self.body);
        assert_eq!(self.body["status"], self.status);
        assert_eq!(text("type"), format!("urn:plinth:problem:{code}"));
        assert!(!text("title").is_empty() && !text("detail").is_empty(), "{}", self.body);
        (self.status, code)
    }
}
