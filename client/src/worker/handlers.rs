//! Handlers by the types of jobs that they are for: the same set is run by a worker, and by a testing kit.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use plinth_events::{json::Payload, names::JobType};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    failure::JobFailure,
    job::Job,
    outcome::{Outcome, encode},
};

/// A type of jobs: its name, and what its handlers get and give.
pub trait JobKind: 'static {
    /// The type, such as `image_extraction`: 1 to 63 characters of a-z, 0-9 and _, a letter first.
    const TYPE: &'static str;
    /// What to work on.
    type Payload: Serialize + DeserializeOwned + Send;
    /// What comes out of it.
    type Output: Serialize;
    /// What can go wrong.
    type Error: Into<JobFailure>;

    /// How an error ends an attempt. Every error is tried again unless this says otherwise.
    fn failure(error: Self::Error) -> JobFailure {
        error.into()
    }
}

/// Does the jobs of a kind: any function of a payload and a [`Job`] that gives the kind's output or error in the end.
pub trait Handler<K: JobKind>: Send + Sync + 'static {
    /// Does one attempt of a job.
    fn run(&self, payload: K::Payload, job: Job) -> impl Future<Output = Result<K::Output, K::Error>> + Send;
}

impl<K, H, F> Handler<K> for H
where
    K: JobKind,
    H: Fn(K::Payload, Job) -> F + Send + Sync + 'static,
    F: Future<Output = Result<K::Output, K::Error>> + Send,
{
    fn run(&self, payload: K::Payload, job: Job) -> impl Future<Output = Result<K::Output, K::Error>> + Send {
        self(payload, job)
    }
}

type Encoded = BoxFuture<'static, Result<Option<Payload>, JobFailure>>;

/// Handlers, one for each type.
#[derive(Clone, Default)]
pub struct Handlers {
    by_type: HashMap<JobType, Arc<dyn Fn(Job) -> Encoded + Send + Sync>>,
}

impl Handlers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a kind. A job whose payload does not parse fails for good, and never gets there.
    ///
    /// # Panics
    ///
    /// If [`JobKind::TYPE`] is no valid type.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a constant of the program, wrong at its first start or never")]
    pub fn register<K: JobKind>(self, handler: impl Handler<K>) -> Self {
        let job_type = K::TYPE.parse().expect("JobKind::TYPE is a valid type");
        let handler = Arc::new(handler);
        self.handle(job_type, move |job| {
            let handler = handler.clone();
            async move {
                let payload = job.parse()?;
                handler.run(payload, job).await.map_err(K::failure)
            }
        })
    }

    /// Adds the handler of a type that is known only when the program runs.
    #[must_use]
    pub fn handle<H, F, R>(mut self, job_type: JobType, handler: H) -> Self
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<R, JobFailure>> + Send + 'static,
        R: Serialize,
    {
        let handler = Arc::new(move |job| -> Encoded {
            let running = handler(job);
            Box::pin(async move { encode(&running.await?) })
        });
        self.by_type.insert(job_type, handler);
        self
    }

    /// The types that have a handler.
    pub fn types(&self) -> impl Iterator<Item = &JobType> {
        self.by_type.keys()
    }

    /// Runs one attempt to its end. A handler that panics has failed an attempt.
    pub async fn run(&self, job: Job) -> Outcome {
        let Some(handler) = self.by_type.get(&job.job_type) else {
            return Outcome::of(Err(JobFailure::new(format!("there is no handler for type {}", job.job_type))));
        };
        match AssertUnwindSafe(async { handler(job).await }).catch_unwind().await {
            Ok(returned) => Outcome::of(returned),
            Err(panic) => Outcome::of_panic(&*panic),
        }
    }
}
