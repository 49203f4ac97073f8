//! What is around every page: who looks at it, how it is to look, where it is.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header::COOKIE, request::Parts},
    response::{Html, IntoResponse, Response},
};
use cookie::Cookie;
use plinth_events::Refusal;
use plinth_projections::user::read::{self as user, Names};
use plinth_web::{
    Markup, routes,
    shell::{Person, Section, Shell, Theme, page},
};

use super::flash::Flash;
use crate::{
    http::{access::Principal, problem::Problem, site::Site},
    log::LogError,
};

/// What a person is called who is a program of the tenant's.
const PROGRAM: &str = "API key";

/// What is around a page.
pub struct Frame {
    names: Option<Names>,
    theme: Theme,
    path: String,
    flash: Option<Flash>,
}

impl Frame {
    /// Around the page of somebody; nobody: who did not sign in.
    pub async fn of(request: &Parts, principal: Option<&Principal>, site: &Site) -> Result<Self, LogError> {
        let names = match principal {
            Some(somebody) => user::names(site.database.pool(), somebody.tenant, somebody.user).await?,
            None => None,
        };
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        let flash = Flash::of(&request.headers);
        Ok(Self { names, theme: theme(&request.headers), path: path.to_owned(), flash })
    }

    /// A whole page.
    pub fn page(&self, title: &str, section: Section, body: Markup) -> Response {
        let mut response = Html(page(&self.shell(title, section), body).into_string()).into_response();
        if self.flash.is_some() {
            Flash::told(&mut response);
        }
        response
    }

    /// A page that shows why something was refused, with the status that says so; a usual one if nothing was.
    pub fn answer(&self, title: &str, section: Section, refusal: Option<&Refusal>, body: Markup) -> Response {
        let status = refusal.and_then(|refusal| StatusCode::from_u16(refusal.status).ok()).unwrap_or(StatusCode::OK);
        (status, self.page(title, section, body)).into_response()
    }

    fn shell<'a>(&'a self, title: &'a str, section: Section) -> Shell<'a> {
        let person = self
            .names
            .as_ref()
            .map(|names| Person { name: names.user.as_deref().unwrap_or(PROGRAM), tenant_name: &names.tenant });
        Shell {
            title,
            section,
            person,
            flash: self.flash.as_ref().map(Flash::shown),
            theme: self.theme,
            path: &self.path,
        }
    }
}

impl FromRequestParts<Site> for Frame {
    type Rejection = Problem;

    /// Of whoever it is: for pages that everybody may see.
    async fn from_request_parts(request: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let principal = site.access.principal(request).await.ok();
        Ok(Self::of(request, principal.as_ref(), site).await?)
    }
}

fn theme(headers: &HeaderMap) -> Theme {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let cookie = cookies.find(|cookie| cookie.name() == routes::THEME_COOKIE);
    cookie.map(|cookie| Theme::named(cookie.value())).unwrap_or_default()
}
