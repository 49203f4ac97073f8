//! Events over HTTP: as pages, and as a stream that goes on, from any position, with nothing missed and nothing twice.

use std::time::Duration;

use plinth_events::Scope;
use rand::RngExt;
use reqwest::{Method, header::ACCEPT};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Acting, Api, Ground, Heard, Replica, Stream};

async fn reader(replica: &Replica, acting: &Acting<'_>) -> Api {
    Api::with_scopes(replica, acting, &[Scope::EventsRead]).await
}

/// All events of the tenant, by pages of so many.
async fn pages(api: &Api, limit: u32) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), Some(format!("/api/events?limit={limit}")));
    while let Some(address) = next {
        let answer = api.get(&address).await;
        let link = answer.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        next = link.map(str::to_owned);
        all.extend(answer.expect(200)["events"].as_array().unwrap().iter().cloned());
    }
    all
}

/// What the stream should say of events.
fn as_heard(events: &[Value]) -> Vec<Heard> {
    let heard = |event: &Value| Heard {
        id: event["position"].as_u64().unwrap(),
        event: event["type"].as_str().unwrap().to_owned(),
        data: event.clone(),
    };
    events.iter().map(heard).collect()
}

async fn enqueue_many(acting: &Acting<'_>, jobs: usize) {
    let jobs: Vec<Value> = (0..jobs).map(|page| json!({ "type": "export", "payload": { "page": page } })).collect();
    acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
}

#[tokio::test]
async fn a_stream_tells_what_the_pages_say_and_then_what_happens() {
    let Some(ground) = Ground::new("a stream of events").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let api = reader(&replica, &acting).await;
    enqueue_many(&acting, 150).await;
    enqueue_many(&other, 10).await;
    let past = pages(&api, 40).await;
    assert_eq!(past.len(), 153, "a tenant, a user, a key, and the jobs");
    assert!(past.iter().all(|event| event["tenantId"] == json!(acting.tenant)));

    let mut stream = Stream::open(&api, "/api/events?from=1", None).await;
    let mut from_now = Stream::open(&api, "/api/events", None).await;
    assert_eq!(stream.take(past.len()).await, as_heard(&past));
    enqueue_many(&other, 10).await;
    // a payload is told as it was sent, line ends and all
    let body = "{\"type\": \"export\", \"payload\": {\r\n  \"page\": 1\r\n}}";
    client
        .send_raw(acting.tenant, plinth_events::CommandName::EnqueueJob, body.into(), &Default::default())
        .await
        .unwrap();
    let news = as_heard(&pages(&api, 1_000).await[past.len()..]);
    assert_eq!(news.len(), 1);
    assert_eq!((stream.take(1).await, from_now.take(1).await), (news.clone(), news));
}

#[tokio::test]
async fn whoever_comes_again_at_any_position_misses_nothing_and_hears_nothing_twice() {
    const EVENTS: usize = 600;
    let Some(ground) = Ground::new("listeners that come and go").await else { return };
    let (first, second, client) = (ground.replica().await, ground.replica().await, ground.client().await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let apis = [reader(&first, &acting).await, reader(&second, &acting).await];
    let start = ground.position().await;
    let write = async {
        for _ in 0..EVENTS / 10 {
            tokio::join!(enqueue_many(&acting, 10), enqueue_many(&other, 3));
        }
    };
    let listen = async |leave_after: usize| {
        let (mut heard, mut last, mut turn) = (Vec::new(), start, 0);
        while heard.len() < EVENTS {
            let mut stream = Stream::open(&apis[turn % 2], "/api/events", Some(last)).await;
            let stays_for = rand::rng().random_range(1..=leave_after).min(EVENTS - heard.len());
            heard.extend(stream.take(stays_for).await);
            last = heard.last().unwrap().id;
            turn += 1;
        }
        heard
    };
    let (heard_by, ()) = tokio::join!(futures_util::future::join_all([5, 40, 200, EVENTS].map(listen)), write);
    let all = pages(&apis[0], 1_000).await;
    let expected: Vec<Heard> = as_heard(&all).into_iter().filter(|event| event.id > start).collect();
    assert_eq!(expected.len(), EVENTS);
    for heard in heard_by {
        assert!(heard == expected, "{} events were heard", heard.len());
    }
}

#[tokio::test]
async fn who_does_not_read_for_a_while_misses_nothing() {
    const EVENTS: usize = 6_000;
    let Some(ground) = Ground::new("a slow listener").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = reader(&replica, &acting).await;
    let mut slow = Stream::open(&api, "/api/events", None).await;
    for _ in 0..EVENTS / 1_000 {
        enqueue_many(&acting, 1_000).await;
    }
    let ids: Vec<u64> = slow.take(EVENTS).await.iter().map(|heard| heard.id).collect();
    let first = ids[0];
    assert!(ids.iter().copied().eq(first..first + EVENTS as u64), "from {first}");
}

#[tokio::test]
async fn only_what_was_asked_for_is_told() {
    let Some(ground) = Ground::new("filters of events").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = reader(&replica, &acting).await;
    let filtered = "/api/events?from=1&aggregate=job,queue&type=JobCancelled,QueuePaused";
    let mut stream = Stream::open(&api, filtered, None).await;
    let job = acting.enqueue("export", json!({})).await;
    acting.send("job.cancel", json!({ "jobs": [job], "reason": "no" })).await.unwrap();
    acting.send("queue.pause", json!({})).await.unwrap();
    let types: Vec<String> = stream.take(2).await.into_iter().map(|heard| heard.event).collect();
    assert_eq!(types, ["JobCancelled", "QueuePaused"]);
    let page = api.get(filtered).await.expect(200);
    assert_eq!(page["events"].as_array().unwrap().len(), 2);

    for wrong in ["aggregate=jobs", "type=JobDone", "type="] {
        assert_eq!(api.get(&format!("/api/events?{wrong}")).await.refusal(), (422, "invalid_value"), "{wrong}");
    }
    let bad = api.request(Method::GET, "/api/events").header(ACCEPT, "text/event-stream").header("Last-Event-ID", "x");
    assert_eq!(bad.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn streams_end_when_the_service_stops() {
    let Some(ground) = Ground::new("streams and a stop").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = reader(&replica, &acting).await;
    let mut stream = Stream::open(&api, "/api/events", None).await;
    acting.enqueue("export", json!({})).await;
    stream.take(1).await;
    let begun = Instant::now();
    let (rest, code) = tokio::join!(stream.next(), replica.stop());
    assert_eq!((rest, code), (None, Some(0)));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
