//! The colours of series, by what they stand for.

/// The colour of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// One of six that tell things apart, from 0; more begin again.
    Plain(usize),
    /// What went well: completed.
    Good,
    /// What went wrong: failed.
    Bad,
    /// What may go wrong: retrying.
    Warning,
    /// What is under way: running.
    Info,
    /// What waits or was given up: pending, cancelled.
    Neutral,
}

impl Color {
    /// Its class in the styles.
    pub fn class(self) -> &'static str {
        const PLAIN: [&str; 6] = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];
        match self {
            Self::Plain(index) => PLAIN[index % PLAIN.len()],
            Self::Good => "series-good",
            Self::Bad => "series-bad",
            Self::Warning => "series-warning",
            Self::Info => "series-info",
            Self::Neutral => "series-neutral",
        }
    }
}
