//! The fields of a form that was sent. What is none is refused like everything else, so that people get a page of it.

use axum::{
    Form,
    extract::{FromRequest, Request, rejection::FormRejection},
    http::StatusCode,
};
use plinth_events::{Refusal, RefusalCode};
use serde::de::DeserializeOwned;

use crate::http::{problem::Problem, site::Site};

/// What a form sent.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Site> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Problem> {
        match Form::from_request(request, site).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(refusal(&rejection).into()),
        }
    }
}

fn refusal(rejection: &FormRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(RefusalCode::TooLarge, "what the form sent is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let detail = "send the fields of a form, as application/x-www-form-urlencoded";
            Refusal::new(RefusalCode::UnsupportedMediaType, detail)
        }
        _ => Refusal::new(RefusalCode::Malformed, rejection.body_text()),
    }
}
