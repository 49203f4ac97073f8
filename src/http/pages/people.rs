//! How people are called who did something.

use plinth_events::UserId;
use plinth_projections::user::read as user;
use plinth_web::components::People;

use super::visitor::Visitor;
use crate::{http::problem::Problem, log::LogError};

/// How those are called who did something.
pub async fn people<S>(visitor: &Visitor<S>, users: impl IntoIterator<Item = UserId>) -> Result<People, Problem> {
    let names = user::names_of(visitor.site.database.pool(), visitor.tenant, users).await;
    Ok(People::new(names.map_err(LogError::from)?))
}
