//! API keys, without what is secret about them.

use plinth_events::{
    TenantId,
    query::api_key::{ApiKeyPage, ListApiKeys},
};
use plinth_projections::api_key;

use super::{DEFAULT_LIMIT, Queries, QueryError, page};
use crate::log::LogError;

impl Queries {
    /// API keys, newest first.
    pub async fn api_keys(&self, tenant: TenantId, query: &ListApiKeys) -> Result<ApiKeyPage, QueryError> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        let found = api_key::read::list(self.database.pool(), tenant, query.before, limit + 1).await;
        let mut found = found.map_err(LogError::from)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let (keys, cut) = page(found)?;
        let next = keys.last().filter(|_| more || cut.is_some()).map(|last| last.position);
        Ok(ApiKeyPage { keys, next })
    }
}
