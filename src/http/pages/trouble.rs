//! What stands in place of a page that was refused. Pages refuse as the API does, by a [`Problem`]; here people get a page of
//! it, and those who are not signed in the way to do so.

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, Method,
        header::{CONTENT_LENGTH, CONTENT_TYPE, REFRESH},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use plinth_events::{Refusal, RefusalCode};
use plinth_web::{routes, shell::Section, sign_in};

use super::{frame::Frame, own_path::own_path};
use crate::http::{accept::accepts, access::is_of_other_origin, problem::Problem, site::Site};

const HTML: &str = "text/html";
/// Sent by htmx with what it asks for.
const HX_REQUEST: &str = "hx-request";
/// Tells htmx where to go.
const HX_REDIRECT: &str = "hx-redirect";

/// Makes pages of problems.
pub async fn as_pages(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (asked, body) = request.into_parts();
    let response = next.run(Request::from_parts(asked.clone(), body)).await;
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else { return response };
    match refusal.code {
        RefusalCode::Unauthenticated => sign_in_first(&asked, &site).await,
        // no page is there, so programs may have asked as well
        RefusalCode::UnknownPath | RefusalCode::MethodNotAllowed if !accepts(&asked.headers, HTML) => return response,
        _ => page(&asked, &refusal, response, &site).await,
    }
    .unwrap_or_else(IntoResponse::into_response)
}

async fn page(asked: &Parts, refusal: &Refusal, response: Response, site: &Site) -> Result<Response, Problem> {
    let principal = site.access.principal(asked).await.ok();
    let frame = Frame::of(asked, principal.as_ref(), site).await?;
    let problem = refusal.problem();
    let body = frame.page(&problem.title, Section::Elsewhere, sign_in::trouble(&problem)).into_body();
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(Response::from_parts(head, body))
}

/// Where who is not signed in is led.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// To the form, and from there back.
    SignIn(String),
    /// To the form, by htmx, which asked for a part of a page that is to lead away as a whole.
    WholePage,
    /// To the same page once more: the browser kept the cookie back because a page of another origin leads here, and shows
    /// it when one of this origin does.
    OnceMore(String),
}

async fn sign_in_first(asked: &Parts, site: &Site) -> Result<Response, Problem> {
    match way(asked) {
        Way::SignIn(path) => Ok(Redirect::to(&path).into_response()),
        Way::WholePage => Ok([(HX_REDIRECT, routes::SIGN_IN)].into_response()),
        Way::OnceMore(path) => onward(asked, &path, site).await,
    }
}

fn way(asked: &Parts) -> Way {
    let path = own_path(asked.uri.path_and_query().map(|path| path.as_str()));
    if asked.headers.contains_key(HX_REQUEST) {
        return Way::WholePage;
    }
    if asked.method != Method::GET {
        return Way::SignIn(routes::SIGN_IN.to_owned());
    }
    if is_of_other_origin(&asked.headers) {
        return Way::OnceMore(path.to_owned());
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    Way::SignIn(format!("{}?{query}", routes::SIGN_IN))
}

/// A page of this origin that leads on by itself. Redirects would not do: to a browser, they are still the doing of the page
/// where the link was, and a cookie that is `SameSite=Strict` stays behind.
pub async fn onward(asked: &Parts, path: &str, site: &Site) -> Result<Response, Problem> {
    let frame = Frame::of(asked, None, site).await?;
    let mut response = frame.page("One moment", Section::Elsewhere, sign_in::onward(path));
    if let Ok(value) = HeaderValue::from_str(&format!("0; url={path}")) {
        response.headers_mut().insert(REFRESH, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn way_from(method: Method, path: &str, header: (&str, &str)) -> Way {
        let request = Request::builder().method(method).uri(path).header(header.0, header.1);
        way(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn who_is_not_signed_in_is_asked_to_and_finds_the_way_back() {
        for header in [("sec-fetch-site", "none"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")] {
            let back = "/login?next=%2Fjobs%3Fstatus%3Dfailed%26page%3D2".to_owned();
            assert_eq!(way_from(Method::GET, "/jobs?status=failed&page=2", header), Way::SignIn(back));
            // a form that was sent cannot be sent again
            assert_eq!(way_from(Method::POST, "/jobs", header), Way::SignIn("/login".to_owned()));
        }
    }

    #[test]
    fn a_part_of_a_page_leads_the_whole_page_away() {
        assert_eq!(way_from(Method::GET, "/jobs", ("hx-request", "true")), Way::WholePage);
    }

    #[test]
    fn a_link_on_another_site_leads_to_the_page_by_one_of_this_origin() {
        for site in ["cross-site", "same-site"] {
            let way = way_from(Method::GET, "/jobs?page=2", ("sec-fetch-site", site));
            assert_eq!(way, Way::OnceMore("/jobs?page=2".to_owned()));
        }
    }
}
