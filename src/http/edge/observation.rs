//! What is seen of every request: it is counted, timed, and a span in the trace of whoever sent it. Nothing of what was sent.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind, Status},
};
use plinth_events::envelope::header::TRACEPARENT;

use crate::{
    measure::http,
    traces::{BegunSpan, Traces},
};

/// What stands for paths that lead nowhere.
const NO_ROUTE: &str = "none";

/// Counts a request and tells of it. What it sets off belongs to its span.
pub async fn observe(State(traces): State<Traces>, mut request: Request, next: Next) -> Response {
    let taken = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let span = begin(&traces, request.headers_mut(), method, &route);
    let response = next.run(request).await;
    http::answered(method, &route, response.status().as_u16(), taken.elapsed());
    if let Some(span) = span {
        end(span, response.status());
    }
    response
}

/// A span in the trace that a request names, which names it from then on.
fn begin(traces: &Traces, headers: &mut HeaderMap, method: &'static str, route: &str) -> Option<BegunSpan> {
    let trace = traces.within(headers.get(TRACEPARENT)?.to_str().ok())?;
    let attributes = [KeyValue::new("http.request.method", method), KeyValue::new("http.route", route.to_owned())];
    let span = trace.begin(
        SpanBuilder::from_name(format!("{method} {route}")).with_kind(SpanKind::Server).with_attributes(attributes),
    );
    headers.insert(TRACEPARENT, HeaderValue::from_str(&span.traceparent()).ok()?);
    Some(span)
}

fn end(span: BegunSpan, answered: StatusCode) {
    let status = if answered.is_server_error() { Status::error("") } else { Status::Unset };
    span.end(status, vec![KeyValue::new("http.response.status_code", i64::from(answered.as_u16()))]);
}

/// Anybody can make up methods: those that nothing answers are one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
