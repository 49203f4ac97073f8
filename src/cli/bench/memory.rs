//! Resident memory of a process, as Linux tells it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

/// How often memory is looked at.
const SAMPLE: Duration = Duration::from_millis(100);

/// In MB; none where the system does not tell.
pub fn resident_mb(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_000.0)
}

/// Watches the most that a process has.
pub struct Peak {
    most_kb: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Peak {
    pub fn watch(pid: u32) -> Self {
        let most_kb = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&most_kb);
        let task = tokio::spawn(async move {
            while let Some(megabytes) = resident_mb(pid) {
                seen.fetch_max((megabytes * 1_000.0) as u64, Ordering::Relaxed);
                tokio::time::sleep(SAMPLE).await;
            }
        });
        Self { most_kb, task }
    }

    pub fn megabytes(self) -> f64 {
        self.task.abort();
        self.most_kb.load(Ordering::Relaxed) as f64 / 1_000.0
    }
}
