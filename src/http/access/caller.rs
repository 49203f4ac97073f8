//! The first parameter of what answers a request: who asks, with the scope that is needed for it.

use std::{marker::PhantomData, ops::Deref};

use axum::{extract::FromRequestParts, http::request::Parts};
use plinth_events::Scope;

use super::Principal;
use crate::http::{problem::Problem, site::Site};

/// A scope as a type.
pub trait Needed: Send + Sync {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! scopes {
    ($($name:ident),+ $(,)?) => {
        /// Each scope as a type.
        pub mod scope {
            $(
                #[doc = concat!("[`Scope::", stringify!($name), "`](plinth_events::Scope)")]
                pub struct $name;

                impl super::Needed for $name {
                    const SCOPE: plinth_events::Scope = plinth_events::Scope::$name;
                }
            )+
        }
    };
}

scopes!(MetricsRead, MetricsWrite, LayoutOwn, LayoutTenant, JobsRead, JobsWrite, JobsWork, JobsOperate, EventsRead,);

/// Who asks, allowed to do what is asked.
pub struct Caller<S> {
    principal: Principal,
    scope: PhantomData<S>,
}

impl<S> Deref for Caller<S> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<S: Needed> FromRequestParts<Site> for Caller<S> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let principal = site.access.principal(request).await?;
        principal.require(S::SCOPE)?;
        Ok(Self { principal, scope: PhantomData })
    }
}
