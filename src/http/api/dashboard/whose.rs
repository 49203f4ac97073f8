//! Whose layout a request is about, and whether whoever asks may read or change it.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
    response::Response,
};
use plinth_events::{
    CommandName, Refusal, RefusalCode, Scope, UserId, envelope::header, names::WidgetType, reply::Reply,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::http::{
    access::Principal,
    api::{
        body::Body,
        command::{actor, carry_out, replied},
        parameters::Parameters,
    },
    problem::Problem,
    site::Site,
};

/// Which layout a request is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// That of the user who asks, or for whom a program does.
    #[default]
    Mine,
    /// The tenant's default.
    Default,
}

/// Which layout, and nothing else.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// Whose layout: `mine`, which it is when absent, or the tenant's `default`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub layout: Which,
}

/// Who asks about layouts. What they may do depends on the layout.
pub struct LayoutCaller {
    principal: Principal,
    user: Option<UserId>,
}

impl FromRequestParts<Site> for LayoutCaller {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let principal = site.access.principal(request).await?;
        if !principal.scopes.contains(&Scope::LayoutTenant) {
            principal.require(Scope::LayoutOwn)?;
        }
        let user = actor(&principal, &request.headers)?;
        Ok(Self { principal, user })
    }
}

impl LayoutCaller {
    /// Who it is, and whose layout they read; none: the default.
    pub fn reads(&self, which: Which) -> Result<(&Principal, Option<UserId>), Refusal> {
        match which {
            Which::Mine => self.own(),
            Which::Default => Ok((&self.principal, None)),
        }
    }

    /// Who it is, and whose layout they change; none: the default.
    fn changes(&self, which: Which) -> Result<(&Principal, Option<UserId>), Refusal> {
        if which == Which::Mine {
            return self.own();
        }
        self.principal.require(Scope::LayoutTenant)?;
        Ok((&self.principal, None))
    }

    fn own(&self) -> Result<(&Principal, Option<UserId>), Refusal> {
        self.principal.require(Scope::LayoutOwn)?;
        if self.user.is_some() {
            return Ok((&self.principal, self.user));
        }
        let detail = format!(
            "the credential is that of a program: header {} must say whose layout it is, or ?layout=default",
            header::ACTOR
        );
        Err(Refusal::new(RefusalCode::BadHeader, detail))
    }
}

/// A change of the layout that the query string names, by somebody who may change it.
pub struct Change {
    site: Site,
    principal: Principal,
    headers: HeaderMap,
    /// Whose layout it is; none: the default.
    pub user_id: Option<UserId>,
}

impl FromRequestParts<Site> for Change {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let caller = LayoutCaller::from_request_parts(request, site).await?;
        let Parameters(Whose { layout }) = Parameters::from_request_parts(request, site).await?;
        let (_, user_id) = caller.changes(layout)?;
        Ok(Self { site: site.clone(), principal: caller.principal, headers: request.headers.clone(), user_id })
    }
}

impl Change {
    /// Carries out a command about the layout as a whole, without its `userId`.
    pub async fn of_layout(&self, command: CommandName, body: &Body) -> Result<Response, Problem> {
        self.answer(command, &body.with(&[("userId", json!(self.user_id))])?).await
    }

    /// Carries out a command about a widget of the layout, without its `userId` and its `widgetType`.
    pub async fn of_widget(
        &self,
        command: CommandName,
        widget_type: &WidgetType,
        body: &Body,
    ) -> Result<Response, Problem> {
        let members = [("userId", json!(self.user_id)), ("widgetType", json!(widget_type))];
        self.answer(command, &body.with(&members)?).await
    }

    /// Carries out a command in full.
    pub async fn carry_out(&self, command: CommandName, body: &[u8]) -> Result<Arc<Reply>, Problem> {
        carry_out(&self.site, &self.principal, &self.headers, command, body).await
    }

    async fn answer(&self, command: CommandName, body: &[u8]) -> Result<Response, Problem> {
        Ok(replied(StatusCode::OK, &*self.carry_out(command, body).await?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_events::TenantId;
    use uuid::Uuid;

    use super::*;

    const USER: UserId = UserId(Uuid::from_u128(7));

    fn caller(scopes: &[Scope], user: Option<UserId>) -> LayoutCaller {
        let principal = Principal { tenant: TenantId(Uuid::from_u128(1)), user, scopes: scopes.to_vec() };
        LayoutCaller { principal, user }
    }

    fn code<T>(asked: Result<T, Refusal>) -> Option<RefusalCode> {
        asked.err().map(|refusal| refusal.code)
    }

    #[test]
    fn a_user_reads_the_default_and_changes_the_own_layout() {
        let caller = caller(&[Scope::LayoutOwn], Some(USER));
        assert_eq!(caller.reads(Which::Mine).unwrap().1, Some(USER));
        assert_eq!(caller.changes(Which::Mine).unwrap().1, Some(USER));
        assert_eq!(caller.reads(Which::Default).unwrap().1, None);
        let refusal = caller.changes(Which::Default).err().unwrap();
        assert_eq!((refusal.code, &refusal.facts["scope"]), (RefusalCode::Forbidden, &"layout:tenant".into()));
    }

    #[test]
    fn an_administrator_of_the_default_has_no_own_layout_by_that() {
        let caller = caller(&[Scope::LayoutTenant], Some(USER));
        assert_eq!(caller.reads(Which::Default).unwrap().1, None);
        assert_eq!(caller.changes(Which::Default).unwrap().1, None);
        assert_eq!(code(caller.reads(Which::Mine)), Some(RefusalCode::Forbidden));
    }

    #[test]
    fn a_program_must_say_whose_layout_it_is() {
        let caller = caller(&[Scope::LayoutOwn], None);
        assert_eq!(code(caller.changes(Which::Mine)), Some(RefusalCode::BadHeader));
        assert_eq!(caller.reads(Which::Default).unwrap().1, None);
    }
}
