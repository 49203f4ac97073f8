//! What holds for all requests over HTTP: their limits, compression, conditional requests, scripts of other origins, metrics.

use std::time::Duration;

use plinth_events::Scope;
use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica};

const DOCUMENT: &str = "/api/openapi.json";

/// Longest wait for a server to hang up.
const HANG_UP_LIMIT: Duration = Duration::from_secs(40);

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let Some(ground) = Ground::new("conditional requests").await else { return };
    let replica = ground.replica().await;
    let api = Api::without_key(&replica);
    let first = api.get(DOCUMENT).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\"") && first.header("cache-control") == "private, no-cache", "{first:?}");
    let again = HttpAnswer::to(api.request(Method::GET, DOCUMENT).header("If-None-Match", &tag)).await;
    assert_eq!((again.status, again.header("etag"), &again.body), (304, tag.as_str(), &serde_json::Value::Null));
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask_for_it() {
    let Some(ground) = Ground::new("compression").await else { return };
    let replica = ground.replica().await;
    let api = Api::without_key(&replica);
    let plain = api.request(Method::GET, DOCUMENT).send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap().len();
    let compressed = api.request(Method::GET, DOCUMENT).header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert!(compressed.bytes().await.unwrap().len() < plain / 4);
}

#[tokio::test]
async fn scripts_of_the_configured_origins_may_use_the_api_and_no_others() {
    let Some(ground) = Ground::new("CORS").await else { return };
    let origin = "https://app.example.com";
    let open = Replica::start_with(&ground, &[("PLINTH_CORS_ORIGINS", origin)]).await;
    let closed = ground.replica().await;
    let preflight = async |replica: &Replica, origin: &str| {
        let request = Api::without_key(replica).request(Method::OPTIONS, "/api/jobs").header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST");
        HttpAnswer::to(request.header("Access-Control-Request-Headers", "authorization,idempotency-key")).await
    };
    let allowed = preflight(&open, origin).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, origin));
    assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"), "{allowed:?}");
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    for (replica, origin) in [(&open, "https://evil.example.com"), (&closed, origin)] {
        assert_eq!(preflight(replica, origin).await.header("access-control-allow-origin"), "");
    }
    let refused =
        HttpAnswer::to(Api::without_key(&open).request(Method::GET, "/api/jobs").header("Origin", origin)).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, origin));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let Some(ground) = Ground::new("large heads").await else { return };
    let replica = ground.replica().await;
    let large = Api::without_key(&replica).request(Method::GET, DOCUMENT).header("X-Large", "x".repeat(80_000));
    assert_eq!(large.send().await.unwrap().status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let Some(ground) = Ground::new("slow heads").await else { return };
    let replica = ground.replica().await;
    let mut slow = TcpStream::connect(replica.http.trim_start_matches("http://")).await.unwrap();
    slow.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let hung_up = tokio::time::timeout(HANG_UP_LIMIT, slow.read_to_end(&mut Vec::new())).await;
    assert!(hung_up.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn requests_are_counted_by_the_pattern_of_their_path() {
    let Some(ground) = Ground::new("metrics of HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let api = Api::with_scopes(&replica, &acting, &[Scope::MetricsRead]).await;
    api.get("/api/metrics/definitions/nothing_here").await.expect(404);
    api.get("/api/nowhere/at/all").await.expect(404);
    let (_, metrics) = replica.get("/metrics").await;
    let route = "/api/metrics/definitions/{code}";
    let counted = format!("plinth_http_requests_total{{route=\"{route}\",method=\"GET\",status=\"404\"}} 1");
    assert!(metrics.contains(&counted), "{metrics}");
    assert!(
        metrics.contains("plinth_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains(&format!("plinth_http_request_duration_seconds_count{{route=\"{route}\",method=\"GET\"}} 1"))
    );
    assert!(!metrics.contains("nothing_here"));
}
