//! An application without a worker: an HTTP server that answers what the payload of the job asks for.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::support::{Ground, Replica, eventually};

/// The key of the secret `application`.
const KEY: [u8; 32] = [7; 32];
/// Longest wait for a request.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    headers: HeaderMap,
    body: Bytes,
}

/// A server on this machine.
pub struct Receiver {
    /// Its port.
    pub port: u16,
    requests: Arc<Mutex<Requests>>,
}

#[derive(Default)]
struct Requests {
    received: Vec<Received>,
    /// How many went away before they were answered.
    dropped: usize,
}

impl Receiver {
    /// Answers as the `answer` of a payload says: `status`, `headers`, `body`, and `first`, what the first attempt gets
    /// in its place. Without an answer it never comes.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Requests::default()));
        let shared = requests.clone();
        let answer = move |headers, body| answer(shared.clone(), Received { headers, body });
        let router = Router::new().route("/jobs", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, requests }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/jobs", self.port)
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.requests.lock().unwrap().received.clone()
    }

    /// Waits for the n-th request.
    pub async fn request(&self, nth: usize) -> Received {
        eventually(REQUEST_LIMIT, "the request", || async { self.received().get(nth - 1).cloned() }).await
    }

    /// Waits until requests went away before they were answered.
    pub async fn dropped(&self, count: usize) {
        eventually(REQUEST_LIMIT, "the request is dropped", || async {
            (self.requests.lock().unwrap().dropped == count).then_some(())
        })
        .await;
    }
}

impl Received {
    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The signature as it should be, by RFC 2104 and without the library that made it.
    pub fn expected_signature(&self) -> String {
        let mut signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&self.body);
        let padded = |pad: u8| -> Vec<u8> {
            let mut block = [pad; 64];
            block.iter_mut().zip(KEY).for_each(|(byte, key)| *byte ^= key);
            block.to_vec()
        };
        let inner = Sha256::digest([padded(0x36), signed].concat());
        let outer = Sha256::digest([padded(0x5c), inner.to_vec()].concat());
        format!("v1,{}", BASE64_STANDARD.encode(outer))
    }
}

/// Counts a request that goes away.
struct Pending(Option<Arc<Mutex<Requests>>>);

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(requests) = self.0.take() {
            requests.lock().unwrap().dropped += 1;
        }
    }
}

async fn answer(requests: Arc<Mutex<Requests>>, received: Received) -> Response<Body> {
    let job = received.json();
    requests.lock().unwrap().received.push(received);
    let mut pending = Pending(Some(requests));
    let answer = match &job["payload"]["first"] {
        first if job["attempt"] == 1 && !first.is_null() => first,
        _ => &job["payload"]["answer"],
    };
    let Some(status) = answer["status"].as_u64() else { return std::future::pending().await };
    tokio::time::sleep(Duration::from_millis(answer["afterMs"].as_u64().unwrap_or_default())).await;
    let mut response = Response::builder().status(status as u16);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap());
    }
    pending.0 = None;
    response.body(Body::from(answer["body"].as_str().unwrap_or_default().to_owned())).unwrap()
}

/// A file with the secret `application`.
fn secrets(ground: &Ground) -> String {
    let path = ground.folder.join("secrets.json");
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(KEY));
    std::fs::write(&path, serde_json::json!({ "application": secret }).to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A replica that knows the secret `application`, and may call the networks.
pub async fn replica(ground: &Ground, networks: &str) -> Replica {
    replica_with(ground, networks, &[]).await
}

/// The same with more in its environment.
pub async fn replica_with(ground: &Ground, networks: &str, more: &[(&str, &str)]) -> Replica {
    let secrets = secrets(ground);
    let mut variables = vec![("PLINTH_WEBHOOK_SECRETS", secrets.as_str()), ("PLINTH_WEBHOOK_NETWORKS", networks)];
    variables.extend(more);
    Replica::start_with(ground, &variables).await
}
