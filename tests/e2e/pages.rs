//! What holds for all pages: paths that lead nowhere, methods that are not used there, forms that are none.

use plinth_events::Scope;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};

use crate::support::{Acting, Api, Ground, HttpAnswer, text};

/// What a browser accepts as a page.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Asks as a browser does.
async fn open(api: &Api, method: Method, path: &str) -> HttpAnswer {
    HttpAnswer::to(api.request(method, path).header(ACCEPT, PAGE)).await
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_a_page_for_browsers_and_a_problem_for_programs() {
    let Some(ground) = Ground::new("a_path_that_leads_nowhere_is_a_page_for_browsers_and_a_problem_for_programs").await
    else {
        return;
    };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let (nobody, reader) =
        (Api::without_key(&replica), Api::with_scopes(&replica, &acting, &[Scope::MetricsRead]).await);
    for path in ["/nowhere", "/metrics/x/nothing", "/dashboard/foo", "/jobs/list/%3Cimg%3E"] {
        for (api, is_known) in [(&nobody, false), (&reader, true)] {
            let answer = open(api, Method::GET, path).await;
            assert!(answer.header("content-type").starts_with("text/html"), "{path}");
            assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
            let page = text(answer, 404);
            assert!(page.contains(&format!("There is nothing at {path}.")) && page.contains("<main"), "{page}");
            assert_eq!(page.contains("aria-label=\"Main\""), is_known, "{page}");
        }
        assert_eq!(nobody.get(path).await.refusal(), (404, "unknown_path"), "{path}");
    }
    for path in ["/api", "/api/nothing", "/api/jobs/x/nothing"] {
        let answer = open(&nobody, Method::GET, path).await;
        assert_eq!(answer.refusal(), (404, "unknown_path"), "{path}");
        assert_eq!(answer.body["detail"], format!("there is nothing at {path}"));
    }
}

#[tokio::test]
async fn a_method_that_a_page_is_not_used_with_is_refused_by_name() {
    let Some(ground) = Ground::new("a_method_that_a_page_is_not_used_with_is_refused_by_name").await else { return };
    let replica = ground.replica().await;
    let api = Api::without_key(&replica);
    for (method, path, allowed) in [(Method::GET, "/logout", "POST"), (Method::DELETE, "/jobs", "GET,HEAD")] {
        let answer = open(&api, method.clone(), path).await;
        assert_eq!(answer.header("allow"), allowed, "{path}");
        let page = text(answer, 405);
        assert!(page.contains(&format!("{path} is not used with {method}.")), "{page}");
        let answer = HttpAnswer::to(api.request(method, path)).await;
        assert_eq!(answer.refusal(), (405, "method_not_allowed"), "{path}");
    }
    let answer = open(&api, Method::DELETE, "/api/jobs").await;
    assert_eq!(answer.refusal(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn what_is_no_form_is_refused_by_a_page() {
    let Some(ground) = Ground::new("what_is_no_form_is_refused_by_a_page").await else { return };
    let replica = ground.replica().await;
    let api = Api::without_key(&replica);
    for path in ["/theme", "/login"] {
        let sent = api.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body("{}");
        let page = text(HttpAnswer::to(sent).await, 415);
        assert!(page.contains("Send the fields of a form, as application/x-www-form-urlencoded."), "{page}");
        let page = text(api.submit(path, &[("nothing", "of it")]).await, 400);
        assert!(page.contains("missing field"), "{page}");
    }
}
