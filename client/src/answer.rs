//! Reading an answer: what was asked for, or a refusal. The same for requests and for receipts.

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use plinth_events::{
    envelope::{REFUSED, header},
    refusal::Problem,
};

/// An answer, read.
pub(crate) enum Answer {
    /// What was asked for.
    Done(Bytes),
    /// A refusal that stays one until something changes.
    Refused(Box<Problem>),
    /// Overloaded or not ready: the same again, later, may be answered otherwise.
    NotNow(Box<Problem>),
}

impl Answer {
    /// Reads headers and body.
    pub(crate) fn read(headers: Option<&HeaderMap>, body: Bytes) -> Self {
        let header = |name| headers.and_then(|headers| headers.get(name)).map(HeaderValue::as_str);
        let status = header(header::ERROR_CODE);
        if status.is_none() && header(header::OUTCOME) != Some(REFUSED) {
            return Self::Done(body);
        }
        let text = header(header::ERROR).unwrap_or("refused without a reason");
        let problem = serde_json::from_slice(&body).unwrap_or_else(|_| bare_problem(status, text));
        match problem.status {
            429 | 503 => Self::NotNow(Box::new(problem)),
            _ => Self::Refused(Box::new(problem)),
        }
    }
}

/// A refusal that came without a problem body, such as one made by a NATS tool between.
fn bare_problem(status: Option<&str>, text: &str) -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        title: text.to_owned(),
        status: status.and_then(|status| status.parse().ok()).unwrap_or(500),
        code: "unknown".to_owned(),
        detail: text.to_owned(),
        errors: Vec::new(),
        facts: serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use plinth_events::{Refusal, RefusalCode};

    use super::*;

    fn refusal(status: &str, body: String) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(header::ERROR_CODE, status);
        headers.insert(header::ERROR, "the text of the header");
        Answer::read(Some(&headers), body.into())
    }

    fn body(code: RefusalCode) -> String {
        serde_json::json!(Refusal::new(code, "the detail").problem()).to_string()
    }

    #[test]
    fn an_answer_without_error_headers_is_what_was_asked_for() {
        assert!(matches!(Answer::read(None, Bytes::from_static(b"{}")), Answer::Done(_)));
        assert!(matches!(Answer::read(Some(&HeaderMap::new()), Bytes::from_static(b"{}")), Answer::Done(_)));
    }

    #[test]
    fn a_refusal_carries_its_problem() {
        let Answer::Refused(problem) = refusal("409", body(RefusalCode::VersionConflict)) else {
            panic!("not a refusal");
        };
        assert_eq!((problem.status, problem.code.as_str()), (409, "version_conflict"));
    }

    #[test]
    fn the_receipt_of_a_refusal_is_a_refusal() {
        let mut headers = HeaderMap::new();
        headers.insert(header::OUTCOME, REFUSED);
        let answer = Answer::read(Some(&headers), body(RefusalCode::UnknownMetric).into());
        assert!(matches!(answer, Answer::Refused(problem) if problem.code == "unknown_metric"));
    }

    #[test]
    fn overload_and_unavailability_may_pass() {
        assert!(matches!(refusal("429", body(RefusalCode::Overloaded)), Answer::NotNow(_)));
        assert!(matches!(refusal("503", body(RefusalCode::Unavailable)), Answer::NotNow(_)));
        assert!(matches!(refusal("503", String::new()), Answer::NotNow(_)));
    }

    #[test]
    fn a_refusal_without_a_body_is_told_by_its_headers() {
        let Answer::Refused(problem) = refusal("418", String::new()) else {
            panic!("not a refusal");
        };
        assert_eq!((problem.status, problem.detail.as_str()), (418, "the text of the header"));
    }
}
