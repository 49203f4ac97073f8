//! One request to a webhook: signed, and with an end in time and in size.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use plinth_client::{Job, JobFailure};
use plinth_events::{
    envelope::header,
    json::Checkpoint,
    limits,
    webhook::{WebhookRequest, WebhookSettings},
};
use reqwest::{
    Response, Url,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::value::RawValue;

use super::{answer::Answer, clients::Clients, secrets::Secrets};

/// Calls webhooks.
pub struct Caller {
    secrets: Secrets,
    clients: Clients,
}

impl Caller {
    /// With the secrets to sign with.
    pub fn new(secrets: Secrets, clients: Clients) -> Self {
        Self { secrets, clients }
    }

    /// Posts an attempt of a job; what the answer says is its outcome.
    pub async fn call(&self, webhook: &WebhookSettings, job: &Job) -> Result<Option<Box<RawValue>>, JobFailure> {
        let response = self.post(webhook, job).await?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = read(response).await?;
        Answer { status, retry_after, body }.outcome(SystemTime::now())
    }

    async fn post(&self, webhook: &WebhookSettings, job: &Job) -> Result<Response, JobFailure> {
        let Some(secret) = self.secrets.get(&webhook.secret) else {
            return Err(not_called(format!("the configuration of Plinth has no secret {}", webhook.secret)));
        };
        let url = Url::parse(webhook.url.as_str()).map_err(|error| not_called(format!("its address: {error}")))?;
        let client = self.clients.client(&url).map_err(not_called)?;
        let body = serde_json::to_vec(&request(job))?;
        // no two starts of a job have the same
        let id = format!("{}-{}", job.id, job.token);
        let timestamp = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let mut post = client
            .post(url)
            .timeout(Duration::from_secs(webhook.timeout_seconds().into()))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-signature", secret.sign(&id, timestamp, &body))
            .header("webhook-timestamp", timestamp)
            .header("webhook-id", id)
            .body(body);
        if let Some(traceparent) = &job.context().traceparent {
            post = post.header(header::TRACEPARENT, traceparent);
        }
        post.send().await.map_err(failure)
    }
}

fn request(job: &Job) -> WebhookRequest {
    let context = job.context();
    WebhookRequest {
        job_id: job.id,
        tenant_id: job.tenant,
        job_type: job.job_type.clone(),
        payload: job.payload.clone(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        token: job.token,
        deadline: job.deadline,
        checkpoint: job.checkpoint::<Checkpoint>(),
        dependencies: job.dependencies,
        schedule: job.schedule.clone(),
        correlation_id: context.correlation_id.clone(),
        causation_id: context.causation_id.clone(),
    }
}

/// The body of an answer, or the beginning of one that is larger than a result may be. If that is one of success, it fails
/// the job: it was done, and would be again.
async fn read(mut response: Response) -> Result<Vec<u8>, JobFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() <= limits::PAYLOAD_BYTES {
            body.extend_from_slice(&chunk);
            continue;
        }
        let status = response.status();
        if status.is_success() {
            let error = format!("the webhook answered {status} with more than 256 KiB");
            return Err(JobFailure::permanent(error).kind("BadResult"));
        }
        break;
    }
    Ok(body)
}

/// Something in the settings or in the configuration is to be mended, and until then the attempts go on.
fn not_called(reason: String) -> JobFailure {
    JobFailure::new(format!("the webhook was not called: {reason}")).kind("WebhookNotCalled")
}

/// No answer, or only a part of one.
fn failure(error: reqwest::Error) -> JobFailure {
    if error.is_timeout() {
        return JobFailure::new("the webhook did not answer in time").kind("WebhookTimeout");
    }
    let error = error.without_url();
    let mut text = format!("the webhook could not be called: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    JobFailure::new(text).kind("WebhookUnreachable")
}
