//! The first parameter of what shows a page: who looks at it, with the scope that is needed for it.

use std::ops::Deref;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::frame::Frame;
use crate::http::{
    access::{Caller, Needed, Principal},
    problem::Problem,
    site::Site,
};

/// Who looks at a page, allowed to see it. Who is not signed in is asked to, who is not allowed is told so (`trouble`).
pub struct Visitor<S> {
    caller: Caller<S>,
    /// What is around the page.
    pub frame: Frame,
}

impl<S> Deref for Visitor<S> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.caller
    }
}

impl<S: Needed> FromRequestParts<Site> for Visitor<S> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(request, site).await?;
        let frame = Frame::of(request, Some(&caller), site).await?;
        Ok(Self { caller, frame })
    }
}
