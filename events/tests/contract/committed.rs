//! Compares what is generated with what is committed, or with `UPDATE_CONTRACT=1` writes it.

use std::{fs, path::PathBuf};

/// A path in the crate.
pub(crate) fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Whether committed files are to be written instead of compared.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_CONTRACT").is_some_and(|value| value == "1")
}

/// The committed file must be what is generated.
#[track_caller]
pub(crate) fn assert_committed(relative: &str, generated: &str) {
    let path = path(relative);
    if updating() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, generated).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{relative} is not what the types say: the contract has changed. If that is meant, and additive, run \
         `UPDATE_CONTRACT=1 cargo test -p plinth-events` and commit the result.\n\n{}",
        first_difference(&committed, generated),
    );
}

fn first_difference(committed: &str, generated: &str) -> String {
    let mut lines = committed.lines().zip(generated.lines()).enumerate();
    match lines.find(|(_, (old, new))| old != new) {
        Some((index, (old, new))) => format!("line {}\n- {old}\n+ {new}", index + 1),
        None => format!("{} lines are committed, {} generated", committed.lines().count(), generated.lines().count()),
    }
}
