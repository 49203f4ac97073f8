//! The pages about jobs: what they show is gathered here, by the queries that the API has too; what they send becomes the
//! same commands. Rendering is in [`plinth_web::jobs`].

mod act;
mod bulk;
mod enqueue;
mod list;
mod one;
mod overview;
mod pause;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use plinth_events::query::job_statistics::{GetJobStatistics, JobStatistics};
use plinth_web::jobs::routes;

use super::visitor::Visitor;
use crate::http::{problem::Problem, site::Site};

/// Largest form, in bytes: a payload, in which a form writes many a sign as three.
pub(super) const FORM_BYTES: usize = 1024 * 1024;

/// The routes.
pub fn routes() -> Router<Site> {
    let of_job = |path: &str| format!("{}/{{job}}{path}", routes::OVERVIEW);
    let of_action = |path: &str| format!("{}/{{action}}{path}", routes::BULK);
    Router::new()
        .route(routes::OVERVIEW, get(overview::overview))
        .route(routes::LIST, get(list::list))
        .route(routes::NEW, get(enqueue::new).post(enqueue::send))
        .route(routes::PAUSE, get(pause::ask).post(pause::pause))
        .route(routes::RESUME, post(pause::resume))
        .route(routes::BULK, get(bulk::list))
        .route(routes::BULK_NEW, get(bulk::new).post(bulk::send))
        .route(&of_action(""), get(bulk::show))
        .route(&of_action("/stop"), get(bulk::ask_to_stop).post(bulk::stop))
        .route(&of_job(""), get(one::show))
        .route(&of_job("/cancel"), get(act::ask_to_cancel).post(act::cancel))
        .route(&of_job("/retry"), post(act::retry))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}

/// The names of the types of jobs that there are, to be offered in a field.
pub(super) async fn types<S>(visitor: &Visitor<S>) -> Result<Vec<String>, Problem> {
    let query = GetJobStatistics::default();
    let JobStatistics { types, .. } = visitor.site.queries.job_statistics(visitor.tenant, &query).await?;
    Ok(types.into_iter().map(|counts| counts.job_type.to_string()).collect())
}
