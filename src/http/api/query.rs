//! Queries whose questions come in bodies: parsed and answered as over NATS.

use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use plinth_events::query::QueryName;

use crate::{
    http::{access::Principal, problem::Problem, site::Site},
    query::endpoint::query,
};

/// The answer to a query of the principal's tenant.
pub async fn ask(site: &Site, principal: &Principal, name: QueryName, body: &[u8]) -> Result<Response, Problem> {
    let answer = site.queries.answer(principal.tenant, &query(name, body)?).await?;
    Ok(([(CONTENT_TYPE, "application/json")], answer).into_response())
}
