//! The pages about metrics: what they show is gathered here, by the queries that the API has too; what they send becomes the
//! same commands.

mod asked;
mod draft;
mod editor;
mod head;
mod list;
mod parts;
mod pasted;
mod proof;
mod questions;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use plinth_web::metrics::routes::{self, Part};

use crate::http::site::Site;

/// Largest form, in bytes: records of a message, in which a form writes many a sign as three.
const FORM_BYTES: usize = 4 * 1024 * 1024;

/// The routes.
pub fn routes() -> Router<Site> {
    let of_metric = |path: &str| format!("{}/{{code}}{path}", routes::LIST);
    let part = |part: Part| of_metric(part.path());
    Router::new()
        .route(routes::LIST, get(list::list))
        .route(routes::NEW, get(editor::new).post(editor::send_new))
        .route(routes::CHECK, post(editor::check))
        .route(&part(Part::Definition), get(parts::definition))
        .route(&part(Part::Versions), get(parts::versions))
        .route(&part(Part::Differences), get(parts::differences))
        .route(&part(Part::Sql), get(parts::sql))
        .route(&part(Part::History), get(parts::history))
        .route(&part(Part::Proof), get(proof::proof))
        .route(&part(Part::Records), get(pasted::form).post(pasted::evaluate))
        .route(&of_metric("/edit"), get(editor::edit).post(editor::send))
        .route(&of_metric("/deprecate"), get(questions::deprecation).post(questions::deprecate))
        .route(&of_metric("/withdraw"), get(questions::withdrawal).post(questions::withdraw))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}
