//! Requests and answers as they are on the wire, good or bad.

use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use plinth_events::envelope::{PROBLEM_JSON, header};
use serde_json::Value;

/// What came back.
pub struct Answer {
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.as_str()).unwrap_or_default()
    }

    /// Status and code of a refusal, after a look at everything that makes it one.
    #[track_caller]
    pub fn refusal(&self) -> (u16, &str) {
        let text = |key: &str| self.body[key].as_str().unwrap_or_default();
        let code = text("code");
        assert_eq!(self.header(header::CONTENT_TYPE), PROBLEM_JSON, "{}", self.body);
        assert_eq!(self.header(header::ERROR_CODE), self.body["status"].to_string());
        assert_eq!(self.header(header::ERROR), code);
        assert_eq!(text("type"), format!("urn:plinth:problem:{code}"));
        assert!(!text("title").is_empty() && !text("detail").is_empty(), "{}", self.body);
        (self.header(header::ERROR_CODE).parse().unwrap(), code)
    }

    /// The errors of a refusal: pointer and code of each, by pointer.
    pub fn errors(&self) -> String {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |error: &Value, key: &str| error[key].as_str().unwrap().to_owned();
        let mut errors: Vec<String> =
            errors.iter().map(|error| text(error, "pointer") + " " + &text(error, "code")).collect();
        errors.sort();
        errors.join(", ")
    }
}

/// Sends one request and waits for its answer.
pub async fn request(nats: &Client, subject: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, *value);
    }
    let answer = nats.request_with_headers(subject.to_owned(), map, body.into()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{subject} was not answered: {error}"));
    let body = serde_json::from_slice(&answer.payload).unwrap();
    Answer { headers: answer.headers.unwrap_or_default(), body }
}
