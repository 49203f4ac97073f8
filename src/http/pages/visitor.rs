//! The first parameter of what answers with a page: who looks at it, with the scope that is needed for it, and what they are
//! answered with.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use plinth_events::{CommandName, reply::Reply};

use super::frame::Frame;
use crate::http::{
    access::{Caller, Needed, Principal},
    api::command,
    problem::Problem,
    site::Site,
};

/// Who looks at a page, allowed to see it. Who is not signed in is asked to, who is not allowed is told so (`trouble`).
pub struct Visitor<S> {
    caller: Caller<S>,
    headers: HeaderMap,
    /// What the page is made of.
    pub site: Site,
    /// What is around the page.
    pub frame: Frame,
}

impl<S> Visitor<S> {
    /// Carries out a command of the visitor's; tells what was replied.
    pub async fn carry_out(&self, name: CommandName, body: &[u8]) -> Result<Arc<Reply>, Problem> {
        command::carry_out(&self.site, &self.caller, &self.headers, name, body).await
    }

    /// What would be replied to it just now. Nothing is written.
    pub async fn rehearse(&self, name: CommandName, body: &[u8]) -> Result<Arc<Reply>, Problem> {
        command::rehearse(&self.site, &self.caller, &self.headers, name, body).await
    }
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
        Ok(Self { caller, headers: request.headers.clone(), site: site.clone(), frame })
    }
}
