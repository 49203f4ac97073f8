//! The API: resources over commands and queries. It adds nothing to what they say; it says it in the words of HTTP.
//!
//! Annotations refer to the types of the contract by name: `body = ref("MetricRow")`. A body without members that the path
//! says is `content = ref("DeprecateMetric without code")`. Clients call operations by `operation_id = "deprecateMetric"`.

mod body;
mod bulk_actions;
pub mod command;
mod dashboard;
mod events;
pub(in crate::http) mod job_commands;
mod jobs;
mod metrics;
pub(in crate::http) mod page;
pub(in crate::http) mod parameters;
mod process;
mod query;
mod queues;
mod schedules;
mod version;

use axum::{Router, extract::OriginalUri, http::Method};
use plinth_events::{Refusal, RefusalCode};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{problem::Problem, site::Site};

/// The routes, and the operations that their annotations describe.
pub fn routes(site: Site) -> (Router, OpenApi) {
    let (router, operations) = resources().split_for_parts();
    (router.method_not_allowed_fallback(method_not_allowed).with_state(site), operations)
}

/// What can be asked for and changed.
pub fn resources() -> OpenApiRouter<Site> {
    let resources = [
        metrics::routes(),
        dashboard::routes(),
        jobs::routes(),
        job_commands::routes(),
        process::routes(),
        bulk_actions::routes(),
        queues::routes(),
        schedules::routes(),
        events::routes(),
    ];
    let all = resources.into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge);
    OpenApiRouter::new().nest("/api", all.fallback(unknown_path))
}

/// What is answered at a path that leads nowhere.
pub async fn unknown_path(OriginalUri(uri): OriginalUri) -> Problem {
    Refusal::new(RefusalCode::UnknownPath, format!("there is nothing at {}", uri.path())).into()
}

/// What is answered to a method that the path is not used with.
pub async fn method_not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Refusal::new(RefusalCode::MethodNotAllowed, format!("{} is not used with {method}", uri.path())).into()
}
