//! How people are called who did something.

use plinth_events::UserId;
use plinth_projections::user::read as user;
use plinth_web::components::People;

use crate::{
    http::{access::Principal, problem::Problem, site::Site},
    log::LogError,
};

/// How those are called who did something.
pub async fn people(
    site: &Site,
    principal: &Principal,
    users: impl IntoIterator<Item = UserId>,
) -> Result<People, Problem> {
    let names = user::names_of(site.database.pool(), principal.tenant, users).await;
    Ok(People::new(names.map_err(LogError::from)?))
}
