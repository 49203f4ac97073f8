//! What can go wrong with an embedded server. Every message names the thing, where it is, and what to do; none holds a
//! password.

use std::io;
use std::path::{Path, PathBuf};

/// Why an embedded server could not be found, started, stopped or restarted.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No program of a usable version.
    #[error(
        "no usable {program} found, version {wanted} is needed; seen: {seen}; run `./dev setup`, which installs it, \
         or set {variable}"
    )]
    NotFound {
        /// The program looked for.
        program: &'static str,
        /// The versions that will do, in words.
        wanted: String,
        /// What was found and why it was passed over.
        seen: String,
        /// The environment variable that overrides the search.
        variable: &'static str,
    },
    /// A file or process operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file, folder or program.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// Started by root, and the child's user cannot reach the data folder.
    #[error(
        "user {user} cannot reach {}: {} is closed to it; Postgres refuses root, so choose a data folder that \
         {user} can reach, for example /var/lib/plinth-dev",
        folder.display(), closed_at.display()
    )]
    Unreachable {
        /// The unprivileged user of the child.
        user: String,
        /// The wanted data folder.
        folder: PathBuf,
        /// The first folder on the way that is closed.
        closed_at: PathBuf,
    },
    /// Started by root on a machine with neither user.
    #[error("postgres refuses root, and there is neither a user postgres nor nobody: `useradd --system postgres`")]
    NoUnprivilegedUser,
    /// Neither `XDG_DATA_HOME` nor `HOME` is set.
    #[error("no data folder: neither XDG_DATA_HOME nor HOME is set; set one, or name the folder")]
    NoHome,
    /// Another program listens on the wanted port.
    #[error("port {port} on 127.0.0.1 cannot be used for {server}: {source}; stop what listens there, or give another")]
    PortTaken {
        /// For which server.
        server: &'static str,
        /// The wanted port.
        port: u16,
        /// What the system answered.
        source: io::Error,
    },
    /// No port of the range could be bound.
    #[error("no free port for {server} on 127.0.0.1 after {tries} tries; give one")]
    NoFreePort {
        /// For which server.
        server: &'static str,
        /// How many ports were tried.
        tries: u32,
    },
    /// Another server still uses the folder.
    #[error(
        "another {server} still uses {} after {waited_s} s (it holds the lock on that log); stop it first",
        log.display()
    )]
    InUse {
        /// Which server.
        server: &'static str,
        /// Its log, which carries the lock.
        log: PathBuf,
        /// How long it was waited for.
        waited_s: u64,
    },
    /// The child ended before it was ready.
    #[error("{server} ended before it was ready ({how}); {} ends with: {tail}", log.display())]
    EndedEarly {
        /// Which server.
        server: &'static str,
        /// Its exit status or signal.
        how: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The child runs but does not answer.
    #[error("{server} did not accept connections within {limit_s} s: {last}; read {}", log.display())]
    NotReady {
        /// Which server.
        server: &'static str,
        /// The limit.
        limit_s: u64,
        /// The last refusal.
        last: String,
        /// Its log.
        log: PathBuf,
    },
    /// The child survived SIGKILL for longer than the limit.
    #[error("{server} (pid {pid}) did not end after the last signal; end it with `kill -9 {pid}`")]
    WouldNotEnd {
        /// Which server.
        server: &'static str,
        /// Its process id.
        pid: i32,
    },
    /// `initdb` failed or took too long.
    #[error("initdb could not make a cluster in {}: {reason}", folder.display())]
    Initdb {
        /// Where.
        folder: PathBuf,
        /// Its output, or that its time was up.
        reason: String,
    },
    /// The store of a running server was to be deleted.
    #[error("nats-server (pid {pid}) still runs: kill or stop it before its store is wiped")]
    StillRunning {
        /// Its process id.
        pid: u32,
    },
}

impl EmbeddedError {
    /// For `map_err`: an [`EmbeddedError::Io`] about `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
        let path = path.to_owned();
        move |source| EmbeddedError::Io { action, path, source }
    }
}
