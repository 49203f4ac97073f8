//! The cluster of an embedded Postgres: made once, with its password. It starts no server and deletes no data.
//! Its functions run under the lock of the folder (`log.rs`).

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::EmbeddedError;
use super::account::Account;
use super::find::PostgresPrograms;

/// How a client proves that it has the password: by sending it. Only root can listen on loopback, and the derivation
/// that `scram-sha-256` asks of a client costs an unoptimised test build 40 ms of a core per connection.
const AUTHENTICATION: &str = "password";
/// The superuser.
pub(super) const ROLE: &str = "plinth";
const INITDB_LIMIT: Duration = Duration::from_secs(60);

/// The major version that made the cluster, if there is one.
pub(super) fn major(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// The password of the cluster, made once. Loopback is open to every user of the machine, and a superuser of Postgres
/// runs programs as the server's user: so even for development it is not `trust`.
pub(super) fn password(data: &Path, account: Option<&Account>) -> Result<String, EmbeddedError> {
    let path = data.join("password");
    if path.exists() {
        let text = fs::read_to_string(&path).map_err(EmbeddedError::io("read", &path))?;
        return Ok(text.trim().to_owned());
    }
    let password = Uuid::new_v4().simple().to_string();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| file.write_all(password.as_bytes()));
    written.map_err(EmbeddedError::io("write", &path))?;
    if let Some(account) = account {
        account.take(&path)?;
    }
    Ok(password)
}

/// Makes `data/cluster`: `initdb` runs beside the final place and the result is moved there: an interrupted run leaves no half cluster.
pub(super) async fn make(
    programs: &PostgresPrograms,
    data: &Path,
    account: Option<&Account>,
) -> Result<(), EmbeddedError> {
    let partial = data.join("cluster.partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(EmbeddedError::io("remove", &partial))?;
    }
    fs::create_dir(&partial).map_err(EmbeddedError::io("make the folder", &partial))?;
    if let Some(account) = account {
        account.take(&partial)?;
    }
    initdb(programs, data, &partial, account).await?;
    fs::rename(&partial, data.join("cluster")).map_err(EmbeddedError::io("put into place", &partial))
}

async fn initdb(
    programs: &PostgresPrograms,
    data: &Path,
    partial: &Path,
    account: Option<&Account>,
) -> Result<(), EmbeddedError> {
    let mut command = Command::new(&programs.initdb);
    command.args(["--username", ROLE, "--auth", AUTHENTICATION, "--encoding", "UTF8"]);
    command.args(["--no-locale", "--data-checksums", "--pwfile"]).arg(data.join("password"));
    command.arg("--pgdata").arg(partial).current_dir(data).env("LC_ALL", "C").stdin(Stdio::null());
    if let Some(account) = account {
        account.apply(&mut command);
    }
    let mut command = tokio::process::Command::from(command);
    let ran = timeout(INITDB_LIMIT, command.process_group(0).kill_on_drop(true).output()).await;
    let failed = |reason: String| EmbeddedError::Initdb { folder: PathBuf::from(partial), reason };
    let output = ran.map_err(|_| failed(format!("it took longer than {} s", INITDB_LIMIT.as_secs())))?;
    let output = output.map_err(EmbeddedError::io("run", &programs.initdb))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().replace('\n', " | ")))
}
