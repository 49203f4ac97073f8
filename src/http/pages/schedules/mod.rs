//! The pages about schedules. Rendering is in [`plinth_web::schedules`].

mod define;
mod list;
mod switch;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use plinth_web::schedules::routes;

use super::jobs::FORM_BYTES;
use crate::http::site::Site;

/// The routes.
pub fn routes() -> Router<Site> {
    let of_schedule = |path: &str| format!("{}/{{name}}{path}", routes::LIST);
    Router::new()
        .route(routes::LIST, get(list::list))
        .route(routes::NEW, get(define::new).post(define::send_new))
        .route(&of_schedule(""), get(list::show))
        .route(&of_schedule("/edit"), get(define::edit).post(define::send))
        .route(&of_schedule("/pause"), get(switch::ask_to_pause).post(switch::pause))
        .route(&of_schedule("/resume"), post(switch::resume))
        .route(&of_schedule("/delete"), get(switch::ask_to_delete).post(switch::delete))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}
