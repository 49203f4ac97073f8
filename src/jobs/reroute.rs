//! When webhooks come or go: what lies in the work queue on a way that its jobs do not go any more is taken out.

use std::collections::BTreeSet;

use plinth_events::{names::JobType, subject::Subjects};

use super::route::{Route, Routes};
use crate::streams::{StreamError, Streams};

/// Clears the ways that jobs do not go any more; the types whose jobs were on one of them.
pub async fn clear(streams: &Streams, subjects: &Subjects, routes: &Routes) -> Result<BTreeSet<JobType>, StreamError> {
    let stream = subjects.jobs_stream();
    let mut cleared = BTreeSet::new();
    for route in routes.webhooks() {
        let Some(bypassed) = route.bypassed(subjects) else { continue };
        if streams.purge(&stream, &bypassed).await? > 0 {
            cleared.insert(route.job_type().clone());
        }
    }
    for consumer in streams.consumers(&stream).await? {
        let Some((job_type, owner)) = subjects.parse_webhook_consumer(&consumer) else { continue };
        let route = Route::Webhook { job_type, owner };
        if routes.contains(&route) {
            continue;
        }
        if streams.purge(&stream, &route.filter(subjects)).await? > 0 {
            cleared.insert(route.job_type().clone());
        }
        streams.remove_consumer(&stream, &consumer).await?;
    }
    Ok(cleared)
}
