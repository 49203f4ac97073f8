//! The unprivileged user that Postgres runs as when we are root. It never changes the user of this process.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, geteuid};

use super::EmbeddedError;

/// In order of preference.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// A user other than ourselves. `Option<Account>` is used throughout: `None` means "as we are".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    uid: Uid,
    gid: Gid,
}

impl Account {
    /// The user for a Postgres whose data are, or will be, in `cluster`. `None` unless we are root. An existing
    /// cluster keeps its owner, for Postgres refuses data of anyone else.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Option<Account>, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        if let Some(owner) = owner_of(cluster) {
            return Ok(Some(owner));
        }
        let found = CANDIDATES.iter().find_map(|name| User::from_name(name).ok().flatten());
        found.map(|user| Some(Account::from(user))).ok_or(EmbeddedError::NoUnprivilegedUser)
    }

    /// Lets `command` run as this user, without any supplementary group.
    pub(super) fn apply(&self, command: &mut Command) {
        command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
    }

    /// Gives `path` to this user.
    pub(super) fn take(&self, path: &Path) -> Result<(), EmbeddedError> {
        chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
            .map_err(EmbeddedError::io("change the owner of", path))
    }

    /// Whether the mode of `folder` lets this user pass through it. Access lists are not looked at.
    pub(super) fn may_enter(&self, folder: &Path) -> bool {
        let Ok(about) = folder.metadata() else { return false };
        let execute = if about.uid() == self.uid.as_raw() {
            0o100
        } else if about.gid() == self.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        about.mode() & execute != 0
    }
}

impl From<User> for Account {
    fn from(user: User) -> Account {
        Account { name: user.name, uid: user.uid, gid: user.gid }
    }
}

fn owner_of(cluster: &Path) -> Option<Account> {
    let owner = Uid::from_raw(cluster.metadata().ok()?.uid());
    let user = User::from_uid(owner).ok().flatten()?;
    (!owner.is_root()).then(|| Account::from(user))
}
