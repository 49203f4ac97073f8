//! The service over HTTP: what is read, what is carried out, and how long pages take that show a lot.

mod listeners;
mod load;
mod pages;

use std::time::Duration;

use bytes::Bytes;
use plinth_client::{Client, SendOptions};
use plinth_events::{ApiKeyId, CommandName, Scope, TenantId, UserId, envelope::Origin};
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use uuid::Uuid;

use self::load::Load;
use super::{
    figure::Figures,
    over_nats::{IN_FLIGHT, Place, Service},
};
use crate::{app, cli::remote, log::Database, secret_token::SecretToken};

/// Connections that read, each with one request at a time.
const READERS: usize = 64;
/// What is read again and again.
const METRIC: &str = "benchmark";

/// Where HTTP is measured: a tenant with a user, and a client with the user's key.
struct Ground {
    nats: Client,
    database: Database,
    tenant: TenantId,
    user: UserId,
    http: reqwest::Client,
    /// Where the service answers.
    address: String,
}

/// Beside the rate of commands over NATS in the same run; jobs that ended before, in the table of the pages; none: no pages.
pub async fn measure(
    place: &Place,
    figures: &Figures,
    duration: Duration,
    over_nats: f64,
    finished: usize,
) -> anyhow::Result<()> {
    let service = Service::start(place).await?;
    let ground = Ground::new(place, &service).await?;
    ground.send(CommandName::DefineMetric, metric(METRIC)).await?;

    // before there is memory that was freed and can be used again
    listeners::measure(&ground, figures, service.pid()).await?;
    let read = ground.request(Method::GET, &format!("/api/metrics/definitions/{METRIC}")).build()?;
    let reads = Load::of(&ground.http, &read, READERS, duration).await?;
    figures.plain("http_reads", "requests/s", reads.per_second, Some(5_000.0));
    figures.latency("http_reads_latency", &reads.micros, None, None);

    let enqueue = ground.request(Method::POST, "/api/jobs").header(CONTENT_TYPE, "application/json");
    let enqueue = enqueue.body(r#"{"type":"benchmark","payload":{"number":1}}"#).build()?;
    let commands = Load::of(&ground.http, &enqueue, IN_FLIGHT, duration).await?;
    figures.plain("http_commands", "commands/s", commands.per_second, None);
    figures.plain("http_commands_beside_nats", "ratio", commands.per_second / over_nats, Some(0.6));

    if finished > 0 {
        pages::measure(&ground, figures, finished).await?;
    }
    Ok(service.kill().await?)
}

impl Ground {
    async fn new(place: &Place, service: &Service) -> anyhow::Result<Self> {
        // somebody else in the process may have chosen before
        rustls::crypto::ring::default_provider().install_default().ok();
        let secret = SecretToken::mint();
        let authorization = HeaderValue::from_str(&format!("Bearer {}", secret.reveal()))?;
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .build()?;
        let ground = Self {
            nats: Client::new(remote::nats(&place.nats).await?, place.nats.subject_prefix.clone()),
            database: app::database(&place.postgres)?,
            tenant: TenantId(Uuid::new_v4()),
            user: UserId(Uuid::new_v4()),
            http,
            address: service.http.clone(),
        };
        ground.send(CommandName::RegisterTenant, json!({ "name": "Benchmark" })).await?;
        ground.send(CommandName::RegisterUser, json!({ "userId": ground.user, "name": "Benchmark" })).await?;
        let key = json!({
            "keyId": ApiKeyId(Uuid::new_v4()), "name": "Benchmark", "digest": secret.digest(), "userId": ground.user,
            "scopes": Scope::ALL,
        });
        ground.send(CommandName::CreateApiKey, key).await?;
        Ok(ground)
    }

    async fn send(&self, command: CommandName, body: Value) -> anyhow::Result<()> {
        let origin = Origin { actor: Some(self.user), ..Origin::default() };
        let options = SendOptions { origin, ..SendOptions::new() };
        self.nats.send_raw(self.tenant, command, Bytes::from(body.to_string()), &options).await?;
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }
}

fn metric(code: &str) -> Value {
    json!({
        "code": code, "name": "Benchmark", "description": "No order for 30 days.",
        "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
    })
}
