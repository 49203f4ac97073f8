//! Bulk actions, and how many jobs one would be about.

use plinth_events::{
    RefusalCode, TenantId,
    query::bulk::{BulkActionPage, BulkActionRow, CountJobs, GetBulkAction, JobCount, ListBulkActions},
};
use plinth_projections::{bulk_action, job};

use super::{DEFAULT_LIMIT, Queries, QueryError, page, unknown};
use crate::log::LogError;

impl Queries {
    /// How many jobs a filter matches.
    pub async fn job_count(&self, tenant: TenantId, query: &CountJobs) -> Result<JobCount, QueryError> {
        let filter = query.filter.clone().into();
        let jobs = job::filter::count(self.database.pool(), tenant, &filter).await.map_err(LogError::from)?;
        Ok(JobCount { jobs })
    }

    /// One bulk action, and how far it is.
    pub async fn bulk_action(&self, tenant: TenantId, query: &GetBulkAction) -> Result<BulkActionRow, QueryError> {
        let found = bulk_action::read::find(self.database.pool(), tenant, query.action_id).await;
        match found.map_err(LogError::from)? {
            Some(row) => Ok(row),
            None => {
                let detail = format!("bulk action {} is unknown", query.action_id);
                Err(unknown(RefusalCode::UnknownBulkAction, detail))
            }
        }
    }

    /// Bulk actions, newest first.
    pub async fn bulk_actions(&self, tenant: TenantId, query: &ListBulkActions) -> Result<BulkActionPage, QueryError> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        let found = bulk_action::read::list(self.database.pool(), tenant, query.before, limit + 1).await;
        let mut found = found.map_err(LogError::from)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let (actions, cut) = page(found)?;
        let next = actions.last().filter(|_| more || cut.is_some()).map(|last| last.position);
        Ok(BulkActionPage { actions, next })
    }
}
