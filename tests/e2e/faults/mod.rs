//! What becomes of commands, events and jobs when processes die. Servers and replicas of each test's own, killed under
//! load; afterwards the oracle compares what callers were told with the log, the log with the stream and the tables.

mod away;
mod chaos;
mod deliveries;
mod frozen;
mod jobs;
mod kills;
mod load;
mod oracle;
mod race;
mod restore;
mod store;
mod turn;

use tokio::sync::{Mutex, MutexGuard};

pub use self::load::Load;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// These tests are heavy, and wait for each other.
pub async fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().await
}
