//! The log file of a server, which also carries the lock of the server's folder. It never parses what a server wrote.
//!
//! The lock belongs to the open file, which the child inherits as its standard error and hands down to its own
//! children: it is held until the last of them ends, even when this process is killed first. So a folder is free
//! exactly when its log can be locked, and nobody has to look at pid files.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::EmbeddedError;

/// At a first start, how long an earlier server may still hold the folder: one that is just stopping is waited for,
/// one that somebody uses is soon reported.
pub(super) const START_IN_USE_LIMIT: Duration = Duration::from_secs(5);
/// At a restart, the same for what a killed server left behind: a Postgres backend notices at its next wait only.
pub(super) const RESTART_IN_USE_LIMIT: Duration = Duration::from_secs(30);
const IN_USE_PAUSE: Duration = Duration::from_millis(50);
/// A log larger than this is emptied at the next start.
const LIMIT_BYTES: u64 = 16 * 1024 * 1024;
const TAIL_BYTES: u64 = 2_000;

/// Opens the log for appending and locks it, waiting up to `limit` for whoever holds it.
pub(super) async fn lock(server: &'static str, path: &Path, limit: Duration) -> Result<File, EmbeddedError> {
    let log = OpenOptions::new().append(true).create(true).open(path);
    let log = log.map_err(EmbeddedError::io("open", path))?;
    let deadline = Instant::now() + limit;
    loop {
        match log.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(EmbeddedError::io("lock", path)(source)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Err(in_use(server, path, limit)),
            Err(TryLockError::WouldBlock) => sleep(IN_USE_PAUSE).await,
        }
    }
    empty_if_large(&log).map_err(EmbeddedError::io("empty", path))?;
    Ok(log)
}

fn in_use(server: &'static str, log: &Path, limit: Duration) -> EmbeddedError {
    EmbeddedError::InUse { server, log: log.to_owned(), waited_s: limit.as_secs() }
}

fn empty_if_large(log: &File) -> std::io::Result<()> {
    if log.metadata()?.len() <= LIMIT_BYTES {
        return Ok(());
    }
    log.set_len(0)
}

/// The end of the log, on one line.
pub(super) fn tail(log: &Path) -> std::io::Result<String> {
    let mut log = File::open(log)?;
    let start = log.metadata()?.len().saturating_sub(TAIL_BYTES);
    log.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    log.take(TAIL_BYTES).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).trim().replace('\n', " | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_in_use_is_refused_and_free_again_afterwards() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("some.log");
        let held = lock("postgres", &path, Duration::ZERO).await?;
        let copy = held.try_clone()?;
        drop(held);
        let refused = lock("postgres", &path, Duration::ZERO).await;
        assert!(matches!(refused, Err(EmbeddedError::InUse { .. })), "{refused:?}");
        drop(copy);
        lock("postgres", &path, Duration::ZERO).await?;
        Ok(())
    }
}
