//! Refusals as answers of HTTP: the same bodies as over NATS (RFC 9457).

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use plinth_events::{Refusal, RefusalCode, envelope::PROBLEM_JSON};

use crate::{command::answer::json, log::LogError, query::answer::QueryError};

/// After how many seconds to try again what was shed.
const RETRY_AFTER_SECONDS: u16 = 1;

/// What is answered in place of what was asked for.
#[derive(Debug)]
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        tracing::error!(error = %error, "a request over HTTP could not be answered");
        Self(Refusal::new(RefusalCode::Unavailable, "what was asked for could not be read; try again in a moment"))
    }
}

/// What Plinth itself wrote does not parse.
impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        LogError::from(error).into()
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Refused(refusal) => Self(refusal),
            QueryError::Failed(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(CONTENT_TYPE, PROBLEM_JSON)], json(&refusal.problem())).into_response();
        let headers = response.headers_mut();
        match refusal.code {
            RefusalCode::Unauthenticated => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            RefusalCode::Overloaded | RefusalCode::Unavailable => {
                headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS.into());
            }
            _ => {}
        }
        // for those who say it in another way: pages
        response.extensions_mut().insert(refusal);
        response
    }
}
