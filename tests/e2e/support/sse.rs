//! A listener to Server-Sent Events, as a browser is one.

use std::time::Duration;

use reqwest::{Method, Response, header::ACCEPT};
use serde_json::Value;

use super::Api;

/// Longest wait for something on a stream.
const LIMIT: Duration = Duration::from_secs(20);

/// An event as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its position.
    pub id: u64,
    pub event: String,
    pub data: Value,
}

/// A stream of events.
pub struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    /// Opens the stream at a path, behind the last event that was heard.
    pub async fn open(api: &Api, path: &str, last_event_id: Option<u64>) -> Self {
        let mut request = api.request(Method::GET, path).header(ACCEPT, "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event; none: the stream has ended.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(heard) = heard(&block) {
                    return Some(heard);
                }
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk()).await.expect("something in time");
            self.text += std::str::from_utf8(&chunk.unwrap()?).unwrap();
        }
    }

    /// The next so many events.
    pub async fn take(&mut self, count: usize) -> Vec<Heard> {
        let mut all = Vec::new();
        while all.len() < count {
            all.push(self.next().await.expect("the stream goes on"));
        }
        all
    }
}

/// None: a comment, or the time to wait before coming again.
fn heard(block: &str) -> Option<Heard> {
    // a line ends with either or both of them
    let block = block.replace("\r\n", "\n").replace('\r', "\n");
    let field = |name: &str| -> Vec<&str> {
        block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
    };
    let data = field("data").join("\n");
    (!data.is_empty()).then(|| Heard {
        id: field("id")[0].parse().unwrap(),
        event: field("event")[0].to_owned(),
        data: serde_json::from_str(&data).unwrap(),
    })
}
