//! A queue: all jobs of a tenant, or its jobs of one type; of the installation, those of all tenants. It is configured,
//! paused and resumed. What that means for the start of a job is decided in [`admission`], and how long one that ended is
//! kept in [`retention`].

pub mod admission;
pub mod retention;
#[cfg(test)]
mod tests;

use plinth_events::{
    command::queue::{ConfigureQueue, PauseQueue, ResumeQueue},
    event::queue::{QueueConfigured, QueueEvent, QueuePaused, QueueResumed},
    queue::QueueSettings,
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};

/// How the jobs of a queue are run. A queue of which nobody said anything has no limits and is not paused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// As last configured.
    pub settings: QueueSettings,
    /// Whether no job starts.
    pub is_paused: bool,
}

/// What can be asked of a queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueCommand {
    /// Other settings.
    Configure(ConfigureQueue),
    /// No starts.
    Pause(PauseQueue),
    /// Starts again.
    Resume(ResumeQueue),
}

aggregate!(Queue, "queue", QueueCommand => QueueEvent, Context);

impl Queue {
    /// What a command comes to. One that changes nothing comes to nothing.
    pub fn decide(&self, command: &QueueCommand, _context: &Context) -> Decision<QueueEvent> {
        let event: Option<QueueEvent> = match command {
            QueueCommand::Configure(ConfigureQueue { job_type, settings, reason }) => {
                let settings = QueueSettings::from(settings.clone());
                let (job_type, reason) = (job_type.clone(), reason.clone());
                (settings != self.settings).then(|| QueueConfigured { job_type, settings, reason }.into())
            }
            QueueCommand::Pause(PauseQueue { job_type, reason }) => {
                let (job_type, reason) = (job_type.clone(), reason.clone());
                (!self.is_paused).then(|| QueuePaused { job_type, reason }.into())
            }
            QueueCommand::Resume(ResumeQueue { job_type, reason }) => {
                let (job_type, reason) = (job_type.clone(), reason.clone());
                self.is_paused.then(|| QueueResumed { job_type, reason }.into())
            }
        };
        Ok(event.into_iter().collect())
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: QueueEvent) {
        match event {
            QueueEvent::QueueConfigured(event) => self.settings = event.settings,
            QueueEvent::QueuePaused(_) => self.is_paused = true,
            QueueEvent::QueueResumed(_) => self.is_paused = false,
        }
    }
}
