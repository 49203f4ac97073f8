//! Data folders: where they lie by default, how they are made, and throw-away ones. It deletes nothing but a
//! [`ThrowawayFolder`].

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use uuid::Uuid;

use super::EmbeddedError;
use super::account::Account;

/// Root's default: `/root` is closed to the user that Postgres runs as.
const ROOT_DEFAULT: &str = "/var/lib/plinth-dev";

/// The folder for what `plinth dev` keeps between runs: `/var/lib/plinth-dev` for root, else
/// `${XDG_DATA_HOME:-~/.local/share}/plinth`. It is not made here.
///
/// # Errors
/// [`EmbeddedError::NoHome`] when an ordinary user has neither variable set.
pub fn default_data_folder() -> Result<PathBuf, EmbeddedError> {
    if geteuid().is_root() {
        return Ok(PathBuf::from(ROOT_DEFAULT));
    }
    let data_home = folder_from("XDG_DATA_HOME").or_else(|| Some(folder_from("HOME")?.join(".local/share")));
    data_home.map(|folder| folder.join("plinth")).ok_or(EmbeddedError::NoHome)
}

/// An absolute folder named by an environment variable; anything else counts as unset, as the XDG rules say.
pub(super) fn folder_from(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
}

/// A folder below the temporary folder that goes when this goes. Let the servers in it go first.
#[derive(Debug)]
pub struct ThrowawayFolder {
    path: PathBuf,
}

impl ThrowawayFolder {
    /// Makes the folder, empty, and such that the user of an embedded Postgres can reach it.
    ///
    /// # Errors
    /// [`EmbeddedError::Io`] when it cannot be made.
    pub fn new() -> Result<ThrowawayFolder, EmbeddedError> {
        let path = env::temp_dir().join(format!("plinth-{}", Uuid::new_v4().simple()));
        Ok(ThrowawayFolder { path: make(&path)? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ThrowawayFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a throw-away folder could not be removed");
        }
    }
}

/// Makes `folder` and what is missing above it, and returns its absolute path. What root makes is open to passing
/// through, whatever the umask says, because the server below may be another user's.
pub(super) fn make(folder: &Path) -> Result<PathBuf, EmbeddedError> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|step| !step.as_os_str().is_empty() && !step.exists()).collect();
    fs::create_dir_all(folder).map_err(EmbeddedError::io("make the folder", folder))?;
    let mode = if geteuid().is_root() { 0o755 } else { 0o700 };
    for step in missing {
        fs::set_permissions(step, Permissions::from_mode(mode)).map_err(EmbeddedError::io("set the mode of", step))?;
    }
    folder.canonicalize().map_err(EmbeddedError::io("resolve", folder))
}

/// Refuses a folder that `account` could not get to. The folder need not exist yet: [`make`] opens what it makes.
pub(super) fn check_reachable(folder: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let folder = std::path::absolute(folder).map_err(EmbeddedError::io("resolve", folder))?;
    let mut way: Vec<&Path> = folder.ancestors().filter(|step| step.exists()).collect();
    way.reverse();
    match way.into_iter().find(|step| !account.may_enter(step)) {
        None => Ok(()),
        Some(closed_at) => Err(EmbeddedError::Unreachable {
            user: account.name.clone(),
            folder: folder.clone(),
            closed_at: closed_at.to_owned(),
        }),
    }
}
