//! An embedded Postgres: a cluster in a folder, and the server on it. It knows nothing of what is stored; the SQL that
//! makes the database is sqlx's.
//!
//! In the folder: `cluster/` (Postgres' own), `password` (mode 0600) and `postgres.log`.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use sqlx::migrate::MigrateDatabase;

use super::account::Account;
use super::child::{Child, Launch};
use super::log::{RESTART_IN_USE_LIMIT, START_IN_USE_LIMIT};
use super::{EmbeddedError, cluster, find, folder, log, port};

const SERVER: &str = "postgres";
const DATABASE: &str = "plinth";
const READY_LIMIT: Duration = Duration::from_secs(30);
/// Fast shutdown (it rolls back and checkpoints), then immediate, then none of its own doing.
const STOP: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(7)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];
const KILL: [(Signal, Duration); 1] = [(Signal::SIGKILL, Duration::from_secs(5))];

/// Settings that a caller may change. Durability is none of them.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// `shared_buffers`, in MB.
    pub shared_buffers_mb: u32,
    /// `max_connections`.
    pub max_connections: u16,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning { shared_buffers_mb: 128, max_connections: 200 }
    }
}

/// One running server. Dropped, it is shut down at once and recovers at the next start; [`Postgres::stop`] is the
/// orderly way.
pub struct Postgres {
    launch: Launch,
    child: Child,
    port: u16,
    url: String,
}

impl Postgres {
    /// Starts a server on the cluster in `data`, making the cluster and the database `plinth` when they are not
    /// there, and waits until it accepts connections (30 s at most). `port: None` picks a free one.
    ///
    /// # Errors
    /// [`EmbeddedError`]: no usable program, a folder out of reach or in use, a taken port, or a server that fails.
    pub async fn start(data: &Path, port: Option<u16>, tuning: Tuning) -> Result<Postgres, EmbeddedError> {
        let account = Account::for_cluster(&data.join("cluster"))?;
        if let Some(account) = &account {
            folder::check_reachable(data, account)?;
        }
        let data = folder::make(data)?;
        let cluster = data.join("cluster");
        let programs = find::postgres(account.as_ref(), cluster::major(&cluster)).await?;
        let log_path = data.join("postgres.log");
        let log = log::lock(SERVER, &log_path, START_IN_USE_LIMIT).await?;
        let password = cluster::password(&data, account.as_ref())?;
        if !cluster.exists() {
            cluster::make(&programs, &data, account.as_ref()).await?;
        }
        let port = port::choose(SERVER, port)?;
        let launch = Launch {
            server: SERVER,
            program: programs.server,
            arguments: arguments(&cluster, port, tuning),
            folder: data,
            log: log_path,
            account,
            abandon_signal: Signal::SIGQUIT,
        };
        let url = format!("postgres://{}:{password}@127.0.0.1:{port}/{DATABASE}", cluster::ROLE);
        let child = launch_until_ready(&launch, log, &url).await?;
        Ok(Postgres { launch, child, port, url })
    }

    /// Where the database `plinth` is, with the password: not for logs.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Shuts the server down: connections are cut, work in progress is rolled back. After 20 s it is made to crash
    /// (SIGQUIT), after 7 s more it is killed.
    ///
    /// # Errors
    /// [`EmbeddedError::WouldNotEnd`] when it outlives even that.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.child.end(&STOP).await
    }

    /// Kills the postmaster (SIGKILL) and waits until it is gone. Its backends notice by themselves, a moment later.
    ///
    /// # Errors
    /// [`EmbeddedError::WouldNotEnd`] when it is not gone within 5 s.
    pub async fn kill(&mut self) -> Result<(), EmbeddedError> {
        self.child.end(&KILL).await
    }

    /// Starts the server again on the same port and data, killing it first if it still runs. It waits up to 30 s for
    /// what a killed one left behind, then up to 30 s for the server to accept connections.
    ///
    /// # Errors
    /// [`EmbeddedError`] as for [`Postgres::start`].
    pub async fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.kill().await?;
        let log = log::lock(SERVER, &self.launch.log, RESTART_IN_USE_LIMIT).await?;
        self.child = launch_until_ready(&self.launch, log, &self.url).await?;
        Ok(())
    }
}

impl fmt::Debug for Postgres {
    /// Without the URL, which holds the password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Postgres").field("child", &self.child).field("port", &self.port).finish_non_exhaustive()
    }
}

async fn launch_until_ready(launch: &Launch, log: File, url: &str) -> Result<Child, EmbeddedError> {
    let child = Child::spawn(launch, log).await?;
    child.wait_ready(READY_LIMIT, || make_database(url)).await?;
    Ok(child)
}

/// That the database is there shows that the server is ready, too.
async fn make_database(url: &str) -> Result<(), String> {
    let exists = sqlx::Postgres::database_exists(url).await.map_err(|error| error.to_string())?;
    if exists {
        return Ok(());
    }
    sqlx::Postgres::create_database(url).await.map_err(|error| error.to_string())
}

fn arguments(cluster: &Path, port: u16, tuning: Tuning) -> Vec<String> {
    let settings = [
        String::from("listen_addresses=127.0.0.1"),
        format!("port={port}"),
        // No socket: its path would have to be short, and every client here speaks TCP.
        String::from("unix_socket_directories="),
        String::from("fsync=on"),
        String::from("synchronous_commit=on"),
        String::from("full_page_writes=on"),
        // The log must stay on standard error, which carries the lock of the folder.
        String::from("logging_collector=off"),
        String::from("log_destination=stderr"),
        String::from("timezone=UTC"),
        String::from("log_timezone=UTC"),
        format!("shared_buffers={}MB", tuning.shared_buffers_mb),
        format!("max_connections={}", tuning.max_connections),
    ];
    let cluster = [String::from("-D"), cluster.display().to_string()];
    cluster.into_iter().chain(settings.into_iter().flat_map(|setting| [String::from("-c"), setting])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::ThrowawayFolder;

    #[tokio::test]
    async fn a_killed_server_comes_back_on_its_port_with_its_data() -> Result<(), Box<dyn std::error::Error>> {
        let folder = ThrowawayFolder::new()?;
        let mut server = Postgres::start(folder.path(), None, Tuning::default()).await?;
        let (port, pid) = (server.port(), server.pid());
        let kept = format!("{}_kept", server.url());
        sqlx::Postgres::create_database(&kept).await?;

        server.kill().await?;
        assert!(sqlx::Postgres::database_exists(&kept).await.is_err());
        server.restart().await?;

        assert!(sqlx::Postgres::database_exists(&kept).await?);
        assert_eq!(server.port(), port);
        assert_ne!(server.pid(), pid);
        Ok(server.stop().await?)
    }
}
