//! What the service is told: one struct per concern, each field naming its variable.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    num::NonZeroUsize,
    path::PathBuf,
};

use clap::Args;
use ipnet::IpNet;
use plinth_events::subject::Subjects;

use crate::http::Origin;

const HTTP_ADDR: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));
const STREAM_REPLICAS: u8 = 1;
const CACHE_AGGREGATES: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// Where Postgres is.
#[derive(Clone, Args)]
pub struct PostgresConfig {
    /// Postgres, as postgres://user:password@host:port/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
}

/// Where NATS is.
#[derive(Clone, Args)]
pub struct NatsConfig {
    /// NATS, as nats://host:port, several separated by commas
    #[arg(long, env = "NATS_URL", default_value = "nats://127.0.0.1:4222", hide_env_values = true)]
    pub nats_url: String,
    /// File with the credentials of a NATS user
    #[arg(long, env = "NATS_CREDS")]
    pub nats_creds: Option<PathBuf>,
    /// First token of every subject, and in capitals of every stream
    #[arg(long, env = "PLINTH_SUBJECT_PREFIX", default_value = "plinth")]
    pub subject_prefix: Subjects,
}

/// How a replica serves.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// Where HTTP is answered: the pages, the API, /livez, /readyz, /metrics
    #[arg(long, env = "PLINTH_HTTP_ADDR", default_value_t = HTTP_ADDR)]
    pub http_addr: SocketAddr,
    /// Replicas of each stream; 3 in a cluster of NATS
    #[arg(long, env = "PLINTH_STREAM_REPLICAS", default_value_t = STREAM_REPLICAS, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stream_replicas: u8,
    /// Most aggregates kept in memory
    #[arg(long, env = "PLINTH_CACHE_AGGREGATES", default_value_t = CACHE_AGGREGATES)]
    pub cache_aggregates: NonZeroUsize,
    /// Origins whose scripts may use the API, such as https://app-host, separated by commas
    #[arg(long, value_name = "ORIGINS", env = "PLINTH_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<Origin>,
}

/// Where traces go.
#[derive(Debug, Clone, Args)]
pub struct TraceConfig {
    /// OpenTelemetry collector that gets traces by OTLP over HTTP, as http://host:4318
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// What the service is called in traces
    #[arg(long = "otel-service-name", value_name = "NAME", env = "OTEL_SERVICE_NAME", default_value = "plinth")]
    pub service_name: String,
}

/// What webhooks are signed with, and where they may be.
#[derive(Debug, Clone, Default, Args)]
pub struct WebhookConfig {
    /// File with the secrets of webhooks: a JSON object of names and secrets, each whsec_ and Base64
    #[arg(long = "webhook-secrets", value_name = "FILE", env = "PLINTH_WEBHOOK_SECRETS")]
    pub secrets: Option<PathBuf>,
    /// Networks where webhooks may be that are not public, such as 10.0.0.0/8, separated by commas; there also with http
    #[arg(long = "webhook-networks", value_name = "NETWORKS", env = "PLINTH_WEBHOOK_NETWORKS", value_delimiter = ',')]
    pub networks: Vec<IpNet>,
}

/// What checkpoints of the log are signed with.
#[derive(Debug, Clone, Default, Args)]
pub struct NotaryConfig {
    /// File with the key that signs checkpoints, as plinth audit keygen makes it; none: nothing is signed
    #[arg(long = "notary-key-file", value_name = "FILE", env = "PLINTH_NOTARY_KEY_FILE")]
    pub key_file: Option<PathBuf>,
}

/// Whose bearer tokens are believed over HTTP, beside API keys, and which of their claims say what.
#[derive(Debug, Clone, Args)]
pub struct OidcConfig {
    /// OpenID Connect issuer whose bearer tokens are accepted over HTTP, such as https://issuer-host; none: API keys only
    #[arg(long = "oidc-issuer", value_name = "URL", env = "PLINTH_OIDC_ISSUER")]
    pub issuer: Option<String>,
    /// What these tokens must be for: a value of their claim aud
    #[arg(long = "oidc-audience", value_name = "AUDIENCE", env = "PLINTH_OIDC_AUDIENCE")]
    pub audience: Option<String>,
    /// Claim with the tenant, a UUID
    #[arg(
        long = "oidc-tenant-claim",
        value_name = "CLAIM",
        env = "PLINTH_OIDC_TENANT_CLAIM",
        default_value = "tenant"
    )]
    pub tenant_claim: String,
    /// Claim with the user, a UUID
    #[arg(long = "oidc-user-claim", value_name = "CLAIM", env = "PLINTH_OIDC_USER_CLAIM", default_value = "sub")]
    pub user_claim: String,
    /// Claim with the scopes, a list or separated by spaces; those that Plinth does not know are passed over
    #[arg(long = "oidc-scope-claim", value_name = "CLAIM", env = "PLINTH_OIDC_SCOPE_CLAIM", default_value = "scope")]
    pub scope_claim: String,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            http_addr: HTTP_ADDR,
            stream_replicas: STREAM_REPLICAS,
            cache_aggregates: CACHE_AGGREGATES,
            cors_origins: Vec::new(),
        }
    }
}
