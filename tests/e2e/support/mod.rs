//! What the tests stand on: a database and a prefix of their own, replicas as processes, a client, patience.

mod ground;
mod http;
mod jobs;
mod process;
mod replica;
mod sse;
mod wire;

use std::time::{Duration, Instant};

pub use self::{
    ground::{Acting, Ground},
    http::{Api, HttpAnswer, text},
    process::{sdk_worker, signal, start_sdk_worker, terminate},
    replica::Replica,
    sse::{Heard, Stream},
    wire::request,
};

/// Asks again and again until the answer is there; fails when it is not there in time. Never a sleep for luck.
#[track_caller]
pub fn eventually<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let start = Instant::now();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            assert!(start.elapsed() < limit, "{caller}: not within {} s: {what}", limit.as_secs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
