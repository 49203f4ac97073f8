//! Trying again: the same thing, attempt after attempt, until it is done, hopeless or out of time.
//! Does not know what is tried.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use crate::{backoff::Pauses, error::SendError};

/// Longest wait of one attempt. A service that died with the request is found out after this.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// With less time than this left, another attempt is not worth a pause.
const SHORTEST_LAST_ATTEMPT: Duration = Duration::from_millis(100);

/// What became of one attempt.
pub(crate) enum Attempt<T> {
    /// It worked.
    Done(T),
    /// Trying again would change nothing.
    Hopeless(SendError),
    /// It may go better later.
    Failed {
        /// What happened.
        cause: String,
        /// The shortest pause that makes sense.
        retry_after: Duration,
    },
}

impl<T> Attempt<T> {
    /// It may go better after any pause.
    pub(crate) fn failed(cause: impl ToString) -> Self {
        Self::Failed { cause: cause.to_string(), retry_after: Duration::ZERO }
    }
}

/// Makes attempts at `what` until one is done or hopeless, or until another would go beyond the deadline.
pub(crate) async fn repeat<T, F: Future<Output = Attempt<T>>>(
    what: &str,
    deadline: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<T, SendError> {
    let started = Instant::now();
    let mut pauses = Pauses::new();
    // an answer that got lost must leave time for another attempt
    let longest = ATTEMPT_TIMEOUT.min(deadline / 2);
    loop {
        let limit = deadline.saturating_sub(started.elapsed()).min(longest);
        let outcome = timeout(limit, attempt()).await.unwrap_or_else(|_| Attempt::failed("no answer"));
        let (last, retry_after) = match outcome {
            Attempt::Done(value) => return Ok(value),
            Attempt::Hopeless(error) => return Err(error),
            Attempt::Failed { cause, retry_after } => (cause, retry_after),
        };
        let left = deadline.saturating_sub(started.elapsed());
        // a long pause must not eat the rest of the time
        let pause = pauses.next().min(left / 2).max(retry_after);
        if left < SHORTEST_LAST_ATTEMPT || pause >= left {
            return Err(SendError::Unanswered { what: what.to_owned(), waited: started.elapsed(), last });
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;

    const DEADLINE: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn a_failed_attempt_is_made_again() {
        let attempts = Cell::new(0);
        let outcome = repeat("it", DEADLINE, async || {
            attempts.set(attempts.get() + 1);
            if attempts.get() < 3 { Attempt::failed("not yet") } else { Attempt::Done(attempts.get()) }
        });
        assert_eq!(outcome.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_hopeless_attempt_is_the_last() {
        let attempts = Cell::new(0);
        let error = SendError::NotSent { what: "it".to_owned(), reason: "no".to_owned() };
        let error = Cell::new(Some(error));
        let outcome: Result<(), _> = repeat("it", DEADLINE, async || {
            attempts.set(attempts.get() + 1);
            Attempt::Hopeless(error.take().unwrap())
        })
        .await;
        assert!(matches!(outcome, Err(SendError::NotSent { .. })));
        assert_eq!(attempts.get(), 1);
    }

    #[tokio::test]
    async fn the_deadline_ends_it_and_the_last_cause_is_told() {
        let started = Instant::now();
        let outcome: Result<(), _> = repeat("it", DEADLINE, async || Attempt::failed("still not")).await;
        assert!(started.elapsed() <= DEADLINE);
        let error = outcome.unwrap_err().to_string();
        assert!(error.starts_with("no answer to it within ") && error.ends_with("still not"), "{error}");
    }

    #[tokio::test]
    async fn nothing_is_tried_again_earlier_than_it_was_asked_for() {
        let attempts = Cell::new(0);
        let outcome: Result<(), _> = repeat("it", DEADLINE, async || {
            attempts.set(attempts.get() + 1);
            Attempt::Failed { cause: "busy".to_owned(), retry_after: Duration::from_millis(250) }
        })
        .await;
        assert!(outcome.is_err());
        assert_eq!(attempts.get(), 2);
    }

    #[tokio::test]
    async fn silence_is_a_failed_attempt_and_leaves_time_for_another() {
        let attempts = Cell::new(0);
        let outcome: Result<(), _> = repeat("it", DEADLINE, async || {
            attempts.set(attempts.get() + 1);
            std::future::pending::<Attempt<()>>().await
        })
        .await;
        assert!(outcome.unwrap_err().to_string().ends_with("no answer"));
        assert_eq!(attempts.get(), 2);
    }
}
