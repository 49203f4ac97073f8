//! An embedded nats-server with JetStream. It knows nothing of streams or subjects, and its configuration holds no
//! secret: the server listens on loopback and takes anyone there.
//!
//! In the folder: `nats.conf` (written at every start), `jetstream/` (the store) and `nats-server.log`.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::child::{Child, Launch};
use super::log::{RESTART_IN_USE_LIMIT, START_IN_USE_LIMIT};
use super::{EmbeddedError, find, folder, log, port};

const SERVER: &str = "nats-server";
const CONFIG: &str = "nats.conf";
/// nats-server adds this name to its `store_dir`.
const STORE: &str = "jetstream";
const READY_LIMIT: Duration = Duration::from_secs(30);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const STOP: [(Signal, Duration); 2] =
    [(Signal::SIGTERM, Duration::from_secs(15)), (Signal::SIGKILL, Duration::from_secs(5))];
const KILL: [(Signal, Duration); 1] = [(Signal::SIGKILL, Duration::from_secs(5))];

/// One running server. Dropped, it is told to end; [`Nats::stop`] is the orderly way.
#[derive(Debug)]
pub struct Nats {
    launch: Launch,
    child: Child,
    port: u16,
    monitor_port: u16,
}

impl Nats {
    /// Starts a server on the store in `data` and waits until it accepts connections (30 s at most). `port: None`
    /// picks a free one.
    ///
    /// # Errors
    /// [`EmbeddedError`]: no usable program, a folder in use, a taken port, or a server that fails.
    pub async fn start(data: &Path, port: Option<u16>) -> Result<Nats, EmbeddedError> {
        let data = folder::make(data)?;
        let program = find::nats_server().await?;
        let port = port::choose(SERVER, port)?;
        let monitor_port = port::another(SERVER, port)?;
        let log_path = data.join("nats-server.log");
        let log = log::lock(SERVER, &log_path, START_IN_USE_LIMIT).await?;
        let config = data.join(CONFIG);
        fs::write(&config, configuration(port, monitor_port)).map_err(EmbeddedError::io("write", &config))?;
        let launch = Launch {
            server: SERVER,
            program,
            arguments: vec![String::from("--config"), CONFIG.to_owned()],
            folder: data,
            log: log_path,
            account: None,
            abandon_signal: Signal::SIGTERM,
        };
        let child = launch_until_ready(&launch, log, port).await?;
        Ok(Nats { launch, child, port, monitor_port })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Where the server tells its settings over HTTP.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor_port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Shuts the server down; after 15 s it is killed.
    ///
    /// # Errors
    /// [`EmbeddedError::WouldNotEnd`] when it outlives even that.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.child.end(&STOP).await
    }

    /// Kills the server (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// [`EmbeddedError::WouldNotEnd`] when it is not gone within 5 s.
    pub async fn kill(&mut self) -> Result<(), EmbeddedError> {
        self.child.end(&KILL).await
    }

    /// Starts the server again on the same port and store, killing it first if it still runs.
    ///
    /// # Errors
    /// [`EmbeddedError`] as for [`Nats::start`].
    pub async fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.kill().await?;
        let log = log::lock(SERVER, &self.launch.log, RESTART_IN_USE_LIMIT).await?;
        self.child = launch_until_ready(&self.launch, log, self.port).await?;
        Ok(())
    }

    /// Deletes every stream and message, as a lost disk would. Only after [`Nats::kill`]; then [`Nats::restart`].
    ///
    /// # Errors
    /// [`EmbeddedError::StillRunning`] while the server runs, [`EmbeddedError::Io`] when the folder cannot go.
    pub fn wipe_store(&self) -> Result<(), EmbeddedError> {
        if self.child.is_running() {
            return Err(EmbeddedError::StillRunning { pid: self.pid() });
        }
        let store = self.launch.folder.join(STORE);
        if !store.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&store).map_err(EmbeddedError::io("remove", &store))
    }
}

async fn launch_until_ready(launch: &Launch, log: File, port: u16) -> Result<Child, EmbeddedError> {
    let child = Child::spawn(launch, log).await?;
    child.wait_ready(READY_LIMIT, || connect(port)).await?;
    Ok(child)
}

/// The server takes clients only after it has recovered its streams, so a connection is proof enough.
async fn connect(port: u16) -> Result<(), String> {
    let options = async_nats::ConnectOptions::new().name("plinth-embedded").connection_timeout(CONNECT_LIMIT);
    options.connect(url(port)).await.map(drop).map_err(|error| error.to_string())
}

fn url(port: u16) -> String {
    format!("nats://127.0.0.1:{port}")
}

/// Paths are relative to the working folder, so none has to be quoted.
fn configuration(port: u16, monitor_port: u16) -> String {
    format!(
        "# Written by Plinth at every start: changes here are lost.\n\
         server_name: plinth-embedded\n\
         listen: \"127.0.0.1:{port}\"\n\
         # For `plinth doctor`, which looks at the sync interval.\n\
         http: \"127.0.0.1:{monitor_port}\"\n\
         # Above Plinth's own limit of 1 MiB, so that Plinth answers a too large message and the server does not\n\
         # drop the connection instead.\n\
         max_payload: 2MB\n\
         jetstream {{\n\
         \x20 store_dir: \".\"\n\
         \x20 # Acknowledge after the disk has it: the intake promises durability.\n\
         \x20 sync_interval: always\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use async_nats::jetstream::{self, stream};

    use super::*;
    use crate::embedded::ThrowawayFolder;

    type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

    async fn has_stream(server: &Nats) -> Outcome<bool> {
        let context = jetstream::new(async_nats::connect(server.url()).await?);
        Ok(context.get_stream("KEPT").await.is_ok())
    }

    #[tokio::test]
    async fn a_killed_server_keeps_its_streams_until_the_store_is_wiped() -> Outcome<()> {
        let folder = ThrowawayFolder::new()?;
        let mut server = Nats::start(folder.path(), None).await?;
        let port = server.port();
        let context = jetstream::new(async_nats::connect(server.url()).await?);
        let kept = stream::Config { name: String::from("KEPT"), ..stream::Config::default() };
        context.create_stream(kept).await?;

        server.restart().await?;
        assert_eq!(server.port(), port);
        assert!(has_stream(&server).await?);
        assert!(matches!(server.wipe_store(), Err(EmbeddedError::StillRunning { .. })));

        server.kill().await?;
        server.wipe_store()?;
        server.restart().await?;
        assert!(!has_stream(&server).await?);
        Ok(server.stop().await?)
    }
}
