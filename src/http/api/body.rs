//! The body of a request: bounded before it is read, JSON by its type, and not parsed here.

use std::collections::BTreeMap;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};
use bytes::Bytes;
use plinth_events::{Refusal, RefusalCode, limits, scan::scan};
use serde_json::value::{RawValue, to_raw_value};

use crate::http::{problem::Problem, site::Site};

/// A body, as it came.
pub struct Body(pub Bytes);

impl FromRequest<Site> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _site: &Site) -> Result<Self, Problem> {
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        let bytes = to_bytes(request.into_body(), limits::MESSAGE_BYTES).await.map_err(|_| too_large())?;
        if !is_json && !bytes.is_empty() {
            let detail = "send the body as JSON, with Content-Type: application/json";
            return Err(Refusal::new(RefusalCode::UnsupportedMediaType, detail).into());
        }
        Ok(Self(bytes))
    }
}

impl Body {
    /// The body with members that the path or the credential says. A body that says them too is refused.
    pub fn with(&self, members: &[(&str, serde_json::Value)]) -> Result<Bytes, Refusal> {
        let text: &[u8] = if self.0.is_empty() { b"{}" } else { &self.0 };
        scan(text)?;
        let mut object: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(text).map_err(|error| {
            Refusal::new(RefusalCode::Malformed, format!("the body must be a JSON object: {error}"))
        })?;
        for (name, value) in members {
            let value = to_raw_value(value).map_err(|error| Refusal::new(RefusalCode::Malformed, error.to_string()))?;
            if object.insert((*name).to_owned(), value).is_some() {
                let detail = format!("{name} is said by the request itself, so the body cannot say it");
                return Err(Refusal::new(RefusalCode::Malformed, detail).at(&format!("/{name}")));
            }
        }
        let body =
            serde_json::to_vec(&object).map_err(|error| Refusal::new(RefusalCode::Malformed, error.to_string()))?;
        Ok(body.into())
    }
}

fn too_large() -> Refusal {
    Refusal::new(RefusalCode::TooLarge, format!("the body is larger than {} bytes", limits::MESSAGE_BYTES))
}
