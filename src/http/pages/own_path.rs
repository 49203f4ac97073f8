//! Where to go on: only ever within Plinth.

/// The path if it leads to a page of Plinth, else the start page.
///
/// A second slash, or a backslash that browsers take for one, would lead to another host; they drop tabs and line breaks, which
/// could hide it.
pub fn own_path(path: Option<&str>) -> &str {
    let is_own = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    path.filter(is_own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_plinth_is_kept_with_its_query() {
        for path in ["/", "/jobs?status=failed&q=%20", "/definitions/at_risk_customer#history", "/a//b"] {
            assert_eq!(own_path(Some(path)), path);
        }
    }

    #[test]
    fn nothing_leads_to_another_host() {
        for path in [
            "",
            "jobs",
            "//evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "https://evil.com",
            "/\t/evil.com",
            "/\n/evil.com",
            " //evil.com",
            "javascript:alert(1)",
            "/ ",
            "/é",
        ] {
            assert_eq!(own_path(Some(path)), "/", "{path:?}");
        }
        assert_eq!(own_path(None), "/");
    }
}
