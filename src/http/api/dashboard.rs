//! `/api/dashboard`: the layout of the user who asks, and the tenant's default, from which all users start.

mod layout;
mod types;
mod whose;
mod widgets;

use utoipa_axum::router::OpenApiRouter;

use crate::http::site::Site;

/// The routes of dashboards.
pub fn routes() -> OpenApiRouter<Site> {
    widgets::routes().merge(layout::routes()).merge(types::routes())
}
