//! What is counted and timed of requests over HTTP.

use std::time::Duration;

use metrics::{counter, histogram};

pub(super) const REQUESTS: &str = "plinth_http_requests_total";
pub(super) const REQUEST_DURATION: &str = "plinth_http_request_duration_seconds";

/// A request was answered, after so long. The route is the pattern of a path, never what somebody sent.
pub fn answered(method: &'static str, route: &str, status: u16, took: Duration) {
    let (route, status) = (route.to_owned(), status.to_string());
    histogram!(REQUEST_DURATION, "route" => route.clone(), "method" => method).record(took);
    counter!(REQUESTS, "route" => route, "method" => method, "status" => status).increment(1);
}
