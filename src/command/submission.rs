//! What callers hand to the writer: commands in their order. How much of it makes a batch, and the places of its commands
//! while the batch is split.

use std::time::SystemTime;

use tokio::sync::oneshot;

use super::{
    answer::Verdict,
    batch::{BATCH_WEIGHT, weight},
    parse::Envelope,
};

/// Commands that are handled in their order, and where their verdicts go.
#[derive(Debug)]
pub struct Submission {
    /// The commands.
    pub envelopes: Vec<Envelope>,
    /// When they were handed over.
    pub taken_at: SystemTime,
    /// The verdicts so far.
    pub verdicts: Vec<Verdict>,
    /// Who waits for them.
    pub reply: oneshot::Sender<Vec<Verdict>>,
}

/// The place of a command: which submission, which of its envelopes.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Which submission.
    pub submission: usize,
    /// Which of its envelopes.
    envelope: usize,
}

impl Place {
    /// The command there.
    pub fn envelope(self, submissions: &[Submission]) -> &Envelope {
        &submissions[self.submission].envelopes[self.envelope]
    }

    /// Whether nothing before it in its submission failed.
    pub fn is_next(self, submissions: &[Submission]) -> bool {
        !submissions[self.submission].verdicts.iter().any(|verdict| matches!(verdict, Verdict::Failed(_)))
    }
}

/// The places of all commands, in their order.
pub fn places(submissions: &[Submission]) -> Vec<Place> {
    let of = |(submission, of): (usize, &Submission)| {
        (0..of.envelopes.len()).map(move |envelope| Place { submission, envelope })
    };
    submissions.iter().enumerate().flat_map(of).collect()
}

/// From the front, as much as one transaction should hold, at least one submission.
pub fn take_batch(waiting: &mut Vec<Submission>) -> Vec<Submission> {
    let mut total = 0;
    let fits = waiting.iter().position(|submission| {
        total += submission.envelopes.iter().map(weight).sum::<usize>();
        total > BATCH_WEIGHT
    });
    let count = fits.unwrap_or(waiting.len()).max(1);
    waiting.drain(..count).collect()
}
