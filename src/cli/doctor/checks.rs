//! The single checks: each looks at one thing, and says what it found and, when it is bad, what to do.

use async_nats::jetstream::{self, stream::Info};

use crate::{
    cli::{failure, http_get},
    log::{Database, database::POSTGRES_MAJOR, head, lease, read},
    streams::Streams,
};

/// What the streams are called here, in the order of their configurations.
const STREAMS: [&str; 5] = ["events stream", "jobs stream", "intake stream", "receipts stream", "checkpoints stream"];
/// How far a stream of events may be behind the log before that is worth a word.
const LAG_EVENTS: u64 = 10_000;
/// What a stream means that knows another history than the log, and what to do.
const RESTORED: &str =
    "was Postgres restored? Delete the streams that docs/operations.md names under `Backup and restore`";

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Note,
    Bad,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Bad => "BAD",
        }
    }
}

/// What a check found.
#[derive(Debug)]
pub struct Check {
    pub name: &'static str,
    pub verdict: Verdict,
    pub detail: String,
}

impl Check {
    pub fn bad(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Bad, detail: detail.into() }
    }

    fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, detail: detail.into() }
    }

    fn note(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Note, detail: detail.into() }
    }
}

/// Postgres: reachable, new enough, migrated, syncing; who has the duties.
pub async fn postgres(database: &Database) -> Vec<Check> {
    let (version, number) = match database.server_version().await {
        Ok(version) => version,
        Err(error) => return vec![Check::bad("postgres", format!("not reachable: {error} (see DATABASE_URL)"))],
    };
    let mut found = vec![if number / 10_000 >= POSTGRES_MAJOR {
        Check::good("postgres", format!("version {version}"))
    } else {
        Check::bad("postgres", format!("version {version}, {POSTGRES_MAJOR} or newer is needed"))
    }];
    found.push(match database.durability().await {
        Ok(settings) if settings.iter().all(|(_, value)| value == "on") => {
            Check::good("postgres durability", "fsync, full_page_writes and synchronous_commit are on")
        }
        Ok(settings) => {
            let off: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            Check::bad("postgres durability", format!("{}: accepted commands can be lost", off.join(", ")))
        }
        Err(error) => Check::bad("postgres durability", error.to_string()),
    });
    match database.migrations().await {
        Ok((known, applied)) if applied >= known => {
            found.push(Check::good("migrations", format!("{applied} applied")));
        }
        Ok((known, applied)) => {
            let detail = format!("{applied} of {known} applied: run `plinth migrate`");
            found.push(Check::bad("migrations", detail));
            return found;
        }
        Err(error) => found.push(Check::bad("migrations", error.to_string())),
    }
    found.push(duties(database).await);
    found
}

async fn duties(database: &Database) -> Check {
    match lease::all(database.pool()).await {
        Ok(duties) if duties.is_empty() => Check::note("duties", "never taken: no service has run yet"),
        Ok(duties) => {
            let free: Vec<&str> = duties.iter().filter(|duty| !duty.is_held).map(|duty| duty.name.as_str()).collect();
            if free.is_empty() {
                Check::good("duties", format!("{} held", duties.len()))
            } else {
                Check::note("duties", format!("nobody holds {}: is a service running?", free.join(", ")))
            }
        }
        Err(error) => Check::bad("duties", error.to_string()),
    }
}

/// NATS: new enough (a client does not connect to an older one), JetStream on, syncing.
pub async fn nats(nats: &async_nats::Client, monitor: Option<&str>) -> Vec<Check> {
    let info = nats.server_info();
    let mut found = vec![Check::good("nats", format!("version {}", info.version))];
    found.push(match jetstream::new(nats.clone()).query_account().await {
        Ok(account) => Check::good("jetstream", format!("on, {} streams", account.streams)),
        Err(error) => Check::bad("jetstream", format!("{error}: is it switched on in nats-server (-js)?")),
    });
    found.push(match monitor {
        None => Check::note("sync interval", "not looked at: give --nats-monitor; it should be `always`"),
        Some(url) => sync_interval(url).await,
    });
    found
}

async fn sync_interval(url: &str) -> Check {
    match ask_monitor(url).await {
        Ok(answer) => {
            let config = &answer["jetstream"]["config"];
            if config["sync_always"].as_bool() == Some(true) {
                Check::good("sync interval", "always")
            } else {
                Check::bad(
                    "sync interval",
                    format!(
                        "{} ns: the intake can lose commands; set `sync_interval: always`",
                        config["sync_interval"]
                    ),
                )
            }
        }
        Err(error) => {
            Check::bad("sync interval", format!("{}: is that nats-server's monitoring?", failure::told(&error)))
        }
    }
}

async fn ask_monitor(url: &str) -> anyhow::Result<serde_json::Value> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let answer = http_get::get(address, "/varz").await?;
    Ok(serde_json::from_str(&answer.body)?)
}

/// The streams: there, with the right settings, and as far as the log.
pub async fn streams(database: &Database, streams: &Streams) -> Vec<Check> {
    let mut found = Vec::new();
    for (name, config) in STREAMS.into_iter().zip(streams.configs()) {
        found.push(match streams.info(&config.name).await {
            Ok(Some(info)) => {
                let differences = differences(&info, &config);
                if differences.is_empty() {
                    Check::good(name, format!("{}: {} messages", config.name, info.state.messages))
                } else {
                    Check::bad(name, format!("{}: {}", config.name, differences.join(", ")))
                }
            }
            Ok(None) => Check::bad(name, format!("{} is missing: the service makes it when it starts", config.name)),
            Err(error) => Check::bad(name, error.to_string()),
        });
    }
    found.push(lag(database, streams).await);
    found
}

fn differences(info: &Info, wanted: &jetstream::stream::Config) -> Vec<String> {
    let present = &info.config;
    let mut found = Vec::new();
    if present.subjects != wanted.subjects {
        found.push(format!("subjects are {:?}, not {:?}", present.subjects, wanted.subjects));
    }
    if present.retention != wanted.retention {
        found.push(format!("retention is {:?}, not {:?}", present.retention, wanted.retention));
    }
    if present.num_replicas != wanted.num_replicas {
        found.push(format!("{} replicas, not {}", present.num_replicas, wanted.num_replicas));
    }
    if present.persist_mode.unwrap_or_default() != wanted.persist_mode.unwrap_or_default() {
        found.push("another persist mode than it should have".to_owned());
    }
    if present.storage != wanted.storage {
        found.push("not stored in files".to_owned());
    }
    found
}

async fn lag(database: &Database, streams: &Streams) -> Check {
    let head = match head::position(database.pool()).await {
        Ok(head) => head,
        Err(error) => return Check::bad("lag", error.to_string()),
    };
    match streams.info(&streams.events().name).await {
        Ok(Some(info)) if info.state.last_sequence > head => {
            let last = info.state.last_sequence;
            Check::bad("lag", format!("the stream ends at {last}, ahead of the log at {head}: {RESTORED}"))
        }
        Ok(Some(info)) if !is_same_history(database, streams, info.state.last_sequence).await => {
            let last = info.state.last_sequence;
            Check::bad("lag", format!("the stream has another event at {last} than the log: {RESTORED}"))
        }
        Ok(Some(info)) => {
            let lag = head - info.state.last_sequence;
            let detail = format!("the log is at {head}, the stream {lag} behind");
            if lag > LAG_EVENTS { Check::bad("lag", detail) } else { Check::good("lag", detail) }
        }
        Ok(None) | Err(_) => Check::bad("lag", format!("the log is at {head}, the stream is not there")),
    }
}

/// Whether the stream has the event of the log at a position, or none.
async fn is_same_history(database: &Database, streams: &Streams, position: u64) -> bool {
    let Ok(Some(published)) = streams.event_id_at(position).await else { return true };
    let recorded = read::event_id(database.pool(), position).await;
    recorded.is_ok_and(|recorded| recorded.is_some_and(|recorded| recorded.to_string() == published))
}
