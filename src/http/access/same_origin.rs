//! Whether a request comes from Plinth's own pages.
//!
//! A browser adds the session's cookie by itself, so a cookie alone does not show that whoever made the browser send the
//! request may. `SameSite=Strict` keeps it from requests of other sites, but a site is more than an origin: other ports and
//! other subdomains belong to it. What changes something must therefore come from the same origin, as the browser says in
//! headers that no script can set. With these two no token in the forms is needed.

use axum::http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};

/// Says where a request came from; browsers send it to https, and to the machine that they run on.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether a browser says that the request comes from a page of this origin. Who is no browser, and says nothing, does not.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    // behind a proxy Plinth does not know whether it was https; a page of the other scheme is still of this host
    let (Some(origin), Some(host)) = (headers.get(ORIGIN), headers.get(HOST)) else { return false };
    let origin = origin.as_bytes();
    let authority = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    authority == Some(host.as_bytes())
}

/// Whether a browser says that the request was brought about by a page of another origin.
pub fn is_of_other_origin(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        headers.iter().map(header).collect()
    }

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        let host = ("host", "plinth.example.com");
        let own = ("origin", "https://plinth.example.com");
        assert!(is_same_origin(&headers(&[host, ("sec-fetch-site", "same-origin")])));
        for site in ["same-site", "cross-site", "none", ""] {
            assert!(!is_same_origin(&headers(&[host, own, ("sec-fetch-site", site)])), "{site}");
        }
    }

    #[test]
    fn without_that_the_origin_must_be_the_host_with_its_port() {
        let host = ("host", "localhost:8080");
        for own in ["http://localhost:8080", "https://localhost:8080"] {
            assert!(is_same_origin(&headers(&[host, ("origin", own)])), "{own}");
        }
        for other in
            ["null", "", "localhost:8080", "http://localhost", "http://localhost:8081", "http://a.localhost:8080"]
        {
            assert!(!is_same_origin(&headers(&[host, ("origin", other)])), "{other}");
        }
    }

    #[test]
    fn who_says_nothing_is_not_of_the_same_origin() {
        assert!(!is_same_origin(&headers(&[("host", "localhost:8080")])));
        assert!(!is_same_origin(&headers(&[("origin", "http://localhost:8080")])));
        assert!(!is_same_origin(&HeaderMap::new()));
    }
}
