//! Connections to NATS with the settings that every program of Plinth wants. Knows no subjects and no streams.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_nats::{Event, ServerAddr};
use tokio::time::{Instant, sleep};

use crate::backoff::{Pauses, before_connecting};

/// A server that froze is noticed after two of these; the default of one minute would hide it for minutes.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// How long one server has to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The oldest supported server. Older ones lack what Plinth uses, or have known authorization holes.
const OLDEST_SERVER: (i64, i64, i64) = (2, 14, 3);

/// A connection that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not a list of NATS URLs. The message does not repeat it, because it may hold a password.
    #[error("the NATS URL is not valid: {0}")]
    Url(#[source] io::Error),
    /// The file of the credentials is not there, not readable, or not a credentials file.
    #[error("the NATS credentials in {path} cannot be used: {source}")]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No server answered, or it refused the credentials.
    #[error("cannot connect to NATS at {servers}: {source}")]
    Unreachable {
        /// Host and port of every server tried.
        servers: String,
        /// What the last one said.
        source: async_nats::ConnectError,
    },
    /// The server is too old.
    #[error("the NATS server is version {found}, {}.{}.{} or newer is needed", OLDEST_SERVER.0, OLDEST_SERVER.1, OLDEST_SERVER.2)]
    OldServer {
        /// Its version.
        found: String,
    },
}

/// Connects with the usual settings. [`Connection`] has the unusual ones.
pub async fn connect(url: &str, credentials: Option<&Path>, name: &str) -> Result<async_nats::Client, ConnectError> {
    let mut connection = Connection::to(url, name);
    connection.credentials = credentials.map(Path::to_owned);
    connection.open().await
}

/// Called with every event of a connection, such as to count them. It must not block.
pub type OnEvent = Arc<dyn Fn(&Event) + Send + Sync>;

/// What to connect to, and as whom.
#[derive(Clone)]
pub struct Connection {
    /// One or more URLs of one cluster, separated by commas.
    pub url: String,
    /// What the server lists the connection as.
    pub name: String,
    /// A credentials file (JWT and nkey seed).
    pub credentials: Option<PathBuf>,
    /// The prefix of reply subjects, where an account allows only its own; `_INBOX` when absent.
    pub inbox_prefix: Option<String>,
    /// For how long to keep trying when no server can be reached at first. Later losses are repaired without end.
    pub patience: Duration,
    /// Called with every event of the connection, after it was logged.
    pub on_event: Option<OnEvent>,
}

impl fmt::Debug for Connection {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection without credentials of its own (the URL may hold some) that is tried once.
    pub fn to(url: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            name: name.into(),
            credentials: None,
            inbox_prefix: None,
            patience: Duration::ZERO,
            on_event: None,
        }
    }

    /// Connects. From then on the connection is restored by itself whenever it is lost.
    pub async fn open(&self) -> Result<async_nats::Client, ConnectError> {
        let deadline = Instant::now() + self.patience;
        let mut pauses = Pauses::new();
        loop {
            let pause = pauses.next();
            match self.open_once().await {
                Err(ConnectError::Unreachable { source, .. }) if Instant::now() + pause < deadline => {
                    tracing::info!(error = %source, "NATS cannot be reached yet");
                    sleep(pause).await;
                }
                done => return done,
            }
        }
    }

    async fn open_once(&self) -> Result<async_nats::Client, ConnectError> {
        let servers = parse_servers(&self.url).map_err(ConnectError::Url)?;
        let client = self.options().await?.connect(&servers[..]).await;
        let client = client.map_err(|source| ConnectError::Unreachable { servers: list(&servers), source })?;
        let (major, minor, patch) = OLDEST_SERVER;
        if !client.is_server_compatible(major, minor, patch) {
            return Err(ConnectError::OldServer { found: client.server_info().version });
        }
        Ok(client)
    }

    async fn options(&self) -> Result<async_nats::ConnectOptions, ConnectError> {
        let on_event = self.on_event.clone();
        let mut options = async_nats::ConnectOptions::new()
            .name(&self.name)
            .ping_interval(PING_INTERVAL)
            .connection_timeout(CONNECT_TIMEOUT)
            .reconnect_delay_callback(before_connecting)
            .event_callback(move |event| {
                log(&event);
                if let Some(on_event) = &on_event {
                    on_event(&event);
                }
                std::future::ready(())
            });
        if let Some(prefix) = &self.inbox_prefix {
            options = options.custom_inbox_prefix(prefix);
        }
        match &self.credentials {
            None => Ok(options),
            Some(path) => options
                .credentials_file(path)
                .await
                .map_err(|source| ConnectError::Credentials { path: path.clone(), source }),
        }
    }
}

fn parse_servers(urls: &str) -> io::Result<Vec<ServerAddr>> {
    urls.split(',').map(str::trim).map(str::parse).collect()
}

/// Hosts and ports only: the rest of a URL may be secret.
fn list(servers: &[ServerAddr]) -> String {
    let hosts: Vec<String> = servers.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect();
    hosts.join(", ")
}

fn log(event: &Event) {
    match event {
        Event::Connected => tracing::info!("connected to NATS"),
        Event::Disconnected => tracing::warn!("lost the connection to NATS"),
        Event::LameDuckMode => tracing::info!("the NATS server is about to stop"),
        Event::SlowConsumer(subscription) => tracing::warn!(subscription, "messages from NATS were dropped"),
        Event::Draining | Event::Closed => tracing::debug!(%event, "the connection to NATS ends"),
        // every failed attempt to connect again is one
        Event::ClientError(error) => tracing::info!(%error, "the connection to NATS has trouble"),
        other => tracing::warn!(event = %other, "the connection to NATS has trouble"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn several_servers_are_separated_by_commas() {
        let servers = parse_servers("nats://one:4222, two:4333").unwrap();
        assert_eq!(list(&servers), "one:4222, two:4333");
    }

    #[test]
    fn a_password_in_the_url_is_never_shown() {
        let servers = parse_servers("nats://alice:secret@one:4222").unwrap();
        assert_eq!(list(&servers), "one:4222");
        assert!(!format!("{:?}", Connection::to("nats://alice:secret@one", "x")).contains("secret"));
    }

    #[test]
    fn text_that_is_no_url_is_refused() {
        assert!(parse_servers("nats://one:port").is_err());
    }
}
