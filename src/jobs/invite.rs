//! Invitations: what the dispatcher publishes for workers, and the consumers that they fetch it by.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{
        consumer::{AckPolicy, pull},
        message::OutboundMessage,
    },
};
use bytes::Bytes;
use plinth_events::{invitation::JobInvitation, subject::Subjects};
use plinth_projections::job_queue::dispatch::DueJob;
use serde::de::DeserializeOwned;

use super::{
    route::{Route, Routes},
    window::Windows,
};
use crate::{
    log::LogError,
    streams::{self, StreamError, Streams},
};

/// How long a worker may take to say that it started a job, before the job is offered to another one.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Most invitations of a way that workers hold at a time.
const ACK_PENDING: i64 = 20_000;

/// Publishes invitations.
pub struct Invitations {
    streams: Streams,
    subjects: Subjects,
}

/// Why an invitation was not published.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// What stands in the tables is no JSON.
    #[error(transparent)]
    Stored(#[from] LogError),
    /// The work queue cannot be asked.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The work queue did not take it.
    #[error("a job was not taken by the work queue: {0}")]
    Publish(async_nats::Error),
    /// The work queue did not take the consumer.
    #[error("consumer {name} could not be made: {cause}")]
    Consumer {
        /// Which one.
        name: String,
        /// Why.
        cause: async_nats::Error,
    },
}

impl Invitations {
    /// Into the work queue.
    pub fn new(streams: Streams, subjects: Subjects) -> Self {
        Self { streams, subjects }
    }

    /// Publishes the invitations to jobs, in their order, and waits until the work queue has the last one, and with it those
    /// before it. One that it did not take all the same is found like one that it lost.
    pub async fn publish(&self, due: &[DueJob], routes: &Routes, windows: &mut Windows) -> Result<(), InvitationError> {
        let Some((last, others)) = due.split_last() else { return Ok(()) };
        for job in others {
            let message = self.invitation(job, routes, windows).await?;
            self.streams.send(message).await.map_err(InvitationError::Publish)?;
        }
        let message = self.invitation(last, routes, windows).await?;
        let sent = self.streams.send_acknowledged(message).await.map_err(InvitationError::Publish)?;
        sent.await.map_err(|error| InvitationError::Publish(error.into()))?;
        Ok(())
    }

    /// Asks the work queue how many jobs it holds of the ways that it may have little room for.
    pub async fn recount(&self, windows: &mut Windows) -> Result<(), InvitationError> {
        for route in windows.to_recount() {
            let consumer = route.consumer(&self.subjects);
            windows.counted(&route, self.streams.held(&self.subjects.jobs_stream(), &consumer).await?);
        }
        Ok(())
    }

    /// The invitation to a job, whose way has its consumer.
    async fn invitation(
        &self,
        job: &DueJob,
        routes: &Routes,
        windows: &mut Windows,
    ) -> Result<OutboundMessage, InvitationError> {
        let route = routes.route(&job.line);
        self.ensure_consumer(&route, windows).await?;
        windows.published(&route);
        let invitation = JobInvitation {
            job_id: job.job_id,
            tenant_id: job.line.tenant,
            job_type: job.line.job_type.clone(),
            payload: stored(&job.payload)?,
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            checkpoint: job.checkpoint.as_deref().map(stored).transpose()?,
            correlation_id: job.correlation_id.clone(),
            causation_id: job.caused_by,
            traceparent: job.traceparent.clone(),
            schedule: job.schedule.as_deref().map(stored).transpose()?,
        };
        let body = serde_json::to_vec(&invitation).map_err(LogError::from)?;
        let mut headers = HeaderMap::new();
        headers.insert("Content-Type", "application/json");
        let subject = route.subject(&self.subjects, job.line.tenant);
        Ok(OutboundMessage { subject: subject.into(), payload: Bytes::from(body), headers: Some(headers) })
    }

    /// One durable pull consumer per way; workers only bind to it.
    pub async fn ensure_consumer(&self, route: &Route, windows: &mut Windows) -> Result<(), InvitationError> {
        if windows.contains(route) {
            return Ok(());
        }
        let name = route.consumer(&self.subjects);
        let config = pull::Config {
            durable_name: Some(name.clone()),
            description: Some(format!("jobs of type {}", route.job_type())),
            filter_subject: route.filter(&self.subjects),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: ACK_PENDING,
            ..pull::Config::default()
        };
        let made = self.streams.jetstream().create_consumer_on_stream(config, self.subjects.jobs_stream()).await;
        let consumer = made.map_err(|error| InvitationError::Consumer { name, cause: error.into() })?;
        windows.counted(route, streams::held(consumer.cached_info()));
        Ok(())
    }
}

/// JSON as it stands in a table.
fn stored<T: DeserializeOwned>(json: &str) -> Result<T, LogError> {
    Ok(serde_json::from_str(json)?)
}
