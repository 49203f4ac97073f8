//! What a handler says while it runs: how far it is, and lines for the job's log. Shared between the handler and whoever
//! passes it on. No I/O, no lock across an await.

use std::{
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use chrono::{DateTime, Utc};
use plinth_events::{
    command::job_notes::{LogLevel, LogLine},
    limits,
    names::{LogMessage, ProgressMessage},
};
use tokio::sync::Notify;

use super::outcome::fitting;

/// Most characters of what a handler says that it is doing.
const MESSAGE_CHARS: usize = 500;

/// What one attempt said so far.
#[derive(Debug, Default)]
pub struct Notes {
    said: Mutex<Said>,
    has_news: Notify,
}

#[derive(Debug, Default)]
struct Said {
    percent: Option<u8>,
    message: Option<ProgressMessage>,
    /// Those that nobody took yet.
    lines: Vec<LogLine>,
    /// No more lines come.
    is_over: bool,
}

impl Notes {
    /// How far the attempt is, in percent, and what it is doing: as it said last.
    pub fn progress(&self) -> (Option<u8>, Option<ProgressMessage>) {
        let said = self.lock();
        (said.percent, said.message.clone())
    }

    /// The lines that nobody took yet.
    pub fn take_lines(&self) -> Vec<LogLine> {
        mem::take(&mut self.lock().lines)
    }

    pub(super) fn set_progress(&self, percent: u8, message: impl fmt::Display) {
        let mut said = self.lock();
        said.percent = Some(percent.min(100));
        if let Ok(message) = fitting(&message.to_string(), MESSAGE_CHARS).parse() {
            said.message = Some(message);
        }
    }

    /// More lines than an attempt may have are dropped until somebody takes those that wait.
    pub(super) fn add_line(&self, level: LogLevel, message: impl fmt::Display) {
        let Ok(message) = fitting(&message.to_string(), limits::LOG_LINE_CHARS).parse::<LogMessage>() else { return };
        let mut said = self.lock();
        if said.lines.len() < limits::LOG_LINES {
            let at = DateTime::<Utc>::from(SystemTime::now()).into();
            said.lines.push(LogLine { at: Some(at), level, message });
            self.has_news.notify_one();
        }
    }

    /// Says that no more lines come.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.has_news.notify_one();
    }

    /// Waits for lines; false when there are none and none will come.
    pub(super) async fn wait_for_lines(&self) -> bool {
        loop {
            {
                let said = self.lock();
                if !said.lines.is_empty() || said.is_over {
                    return !said.lines.is_empty();
                }
            }
            self.has_news.notified().await;
        }
    }

    /// Waits until no more lines come.
    pub(super) async fn ended(&self) {
        while !self.lock().is_over {
            self.has_news.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_unknown_until_it_is_said_and_never_beyond_100() {
        let notes = Notes::default();
        assert_eq!(notes.progress(), (None, None));
        notes.set_progress(255, "ä".repeat(1_000));
        let (percent, message) = notes.progress();
        assert_eq!((percent, message.map(|message| message.as_str().chars().count())), (Some(100), Some(500)));
    }

    #[test]
    fn an_empty_message_leaves_the_one_before() {
        let notes = Notes::default();
        notes.set_progress(1, "page 1");
        notes.set_progress(2, "");
        assert_eq!(notes.progress().1.map(|message| message.to_string()).as_deref(), Some("page 1"));
    }

    #[tokio::test]
    async fn lines_are_made_to_fit_and_end() {
        let notes = Notes::default();
        notes.add_line(LogLevel::Info, "a\0b");
        for _ in 0..2 * limits::LOG_LINES {
            notes.add_line(LogLevel::Warn, "x".repeat(3_000));
        }
        assert!(notes.wait_for_lines().await);
        let lines = notes.take_lines();
        assert_eq!((lines.len(), lines[0].message.as_str()), (limits::LOG_LINES, "a\u{fffd}b"));
        assert_eq!(lines[1].message.as_str().len(), limits::LOG_LINE_CHARS);
        notes.end();
        assert!(!notes.wait_for_lines().await);
    }
}
