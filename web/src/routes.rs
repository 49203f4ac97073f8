//! Where the pages live: the one place that names them, for links in the pages and for the service that serves them.
//!
//! `/metrics` belongs to Prometheus, so the pages about metrics are `/definitions`, as in the API.

/// The dashboard of the person who asks.
pub const DASHBOARD: &str = "/dashboard";
/// All metrics.
pub const METRICS: &str = "/definitions";
/// All jobs.
pub const JOBS: &str = "/jobs";
/// All schedules.
pub const SCHEDULES: &str = "/schedules";

/// Where somebody without a session proves who they are.
pub const SIGN_IN: &str = "/login";
/// POST: ends the session.
pub const SIGN_OUT: &str = "/logout";
/// POST: keeps the fields `theme` (`system`, `light`, `dark`) in the cookie [`THEME_COOKIE`], goes back to `return`.
pub const THEME: &str = "/theme";
/// The cookie with the theme. Scripts may read and write it.
pub const THEME_COOKIE: &str = "plinth_theme";

/// What is under which licence.
pub const LICENSES: &str = "/about/licenses";
/// The documentation of the HTTP API.
pub const API_DOCS: &str = "/api/docs";
/// The prefix of everything that [`crate::assets::find`] finds.
pub const ASSETS: &str = "/assets/";
