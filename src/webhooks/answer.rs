//! What an answer means for the job. Pure.

use std::time::{Duration, SystemTime};

use plinth_client::JobFailure;
use plinth_events::webhook::WebhookSnooze;
use reqwest::StatusCode;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};

/// Most characters of an answer in the error of a job.
const QUOTED_CHARS: usize = 500;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// What kind of answer.
    pub status: StatusCode,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The outcome of the job: a result, none, or how it failed.
    pub fn outcome(self, now: SystemTime) -> Result<Option<Box<RawValue>>, JobFailure> {
        if self.status == StatusCode::ACCEPTED
            && let Ok(WebhookSnooze { snooze_seconds }) = serde_json::from_slice(&self.body)
        {
            return Err(JobFailure::Snoozed(Duration::from_secs(snooze_seconds.into())));
        }
        if self.status.is_success() {
            return Ok(result(&self.body));
        }
        let failure =
            if is_final(self.status) { JobFailure::permanent(self.error()) } else { JobFailure::new(self.error()) };
        let failure = failure.kind("WebhookStatus").details(json!({ "status": self.status.as_u16() }));
        let retry_after = self.retry_after.as_deref().filter(|_| !is_final(self.status));
        Err(match retry_after.and_then(|text| delay(text, now)) {
            Some(delay) => failure.retry_after(delay),
            None => failure,
        })
    }

    fn error(&self) -> String {
        let status = self.status;
        let text = String::from_utf8_lossy(&self.body);
        let text = text.trim();
        if text.is_empty() {
            return format!("the webhook answered {status}");
        }
        let quoted: String = text.chars().take(QUOTED_CHARS).collect();
        let rest = if text.chars().nth(QUOTED_CHARS).is_some() { " …" } else { "" };
        format!("the webhook answered {status}: {quoted}{rest}")
    }
}

/// JSON as it is, other text as a string, nothing as no result.
fn result(body: &[u8]) -> Option<Box<RawValue>> {
    if body.trim_ascii().is_empty() {
        return None;
    }
    serde_json::from_slice(body).ok().or_else(|| to_raw_value(&String::from_utf8_lossy(body)).ok())
}

/// Whether every attempt would be answered like this: the request is wrong, and not only its time.
fn is_final(status: StatusCode) -> bool {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !passing.contains(&status)
}

/// Seconds, or a date of HTTP.
fn delay(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn outcome(status: u16, retry_after: Option<&str>, body: &str) -> Result<Option<String>, JobFailure> {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, retry_after: retry_after.map(str::to_owned), body: body.into() };
        let now = httpdate::parse_http_date("Sun, 01 Mar 2026 00:00:00 GMT").unwrap();
        answer.outcome(now).map(|result| result.map(|result| result.get().to_owned()))
    }

    fn failure(status: u16, retry_after: Option<&str>) -> (bool, Option<u64>) {
        match outcome(status, retry_after, "") {
            Err(JobFailure::Failed { retryable, retry_after, .. }) => {
                (retryable, retry_after.map(|after| after.as_secs()))
            }
            other => panic!("{status}: {other:?}"),
        }
    }

    #[test]
    fn success_is_completion_with_the_body_as_the_result() {
        for (body, result) in
            [(" ", None), ("{\"a\":1}", Some("{\"a\":1}")), ("done", Some("\"done\"")), ("7", Some("7"))]
        {
            assert_eq!(outcome(200, None, body), Ok(result.map(str::to_owned)), "{body}");
        }
        assert_eq!(outcome(204, None, ""), Ok(None));
    }

    #[test]
    fn accepted_with_a_time_and_nothing_else_is_put_off() {
        assert_eq!(outcome(202, None, r#"{"snoozeSeconds":7}"#), Err(JobFailure::Snoozed(Duration::from_secs(7))));
        let more = r#"{"snoozeSeconds":7,"a":1}"#;
        assert_eq!(outcome(202, None, more), Ok(Some(more.to_owned())));
        assert!(outcome(200, None, r#"{"snoozeSeconds":7}"#).is_ok());
    }

    #[test]
    fn the_callers_mistakes_are_final_and_all_else_is_tried_again() {
        for status in [400, 401, 403, 404, 410, 422] {
            assert_eq!(failure(status, Some("5")), (false, None), "{status}");
        }
        for status in [301, 302, 307, 408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(failure(status, None), (true, None), "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(failure(429, Some("5")), (true, Some(5)));
        assert_eq!(failure(503, Some("Sun, 01 Mar 2026 00:01:00 GMT")), (true, Some(60)));
        assert_eq!(failure(503, Some("Sat, 28 Feb 2026 00:00:00 GMT")), (true, Some(0)), "past");
        assert_eq!(failure(503, Some("soon")), (true, None));
    }

    #[test]
    fn an_error_quotes_the_beginning_of_the_answer() {
        let Err(JobFailure::Failed { error, .. }) = outcome(500, None, &"x".repeat(9_000)) else {
            panic!("no failure")
        };
        assert_eq!(error.chars().count(), "the webhook answered 500 Internal Server Error: ".len() + QUOTED_CHARS + 2);
    }
}
