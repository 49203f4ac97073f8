//! How many requests at once, how long each, and what becomes of one whose handler panics.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use plinth_events::{Refusal, RefusalCode, limits};
use tokio::sync::Semaphore;

use crate::{endpoints::overloaded, http::problem::Problem};

/// How long an answer may take to begin, with the reading of the request's body. What follows its head may take longer.
/// A worker may wait for jobs for half of it, and is to get those that are started for it then.
const ANSWER_LIMIT: Duration = Duration::from_secs(2 * limits::CLAIM_WAIT_SECONDS as u64);

/// Refuses a request if too many are under way.
pub async fn in_room(State(room): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_permit) = room.try_acquire() else {
        return Problem(overloaded()).into_response();
    };
    next.run(request).await
}

/// Gives a request up if it takes too long.
pub async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_LIMIT, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let detail = format!("there was no answer within {} s; try again", ANSWER_LIMIT.as_secs());
        Problem(Refusal::new(RefusalCode::Unavailable, detail)).into_response()
    })
}

/// What is answered in place of a handler that panicked.
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = words.unwrap_or_default(),
        "a request over HTTP could not be answered: its handler panicked"
    );
    Problem(Refusal::new(RefusalCode::Internal, "the request could not be answered because of a mistake in Plinth"))
        .into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::{
        Router,
        body::{Body, to_bytes},
        middleware,
        routing::get,
    };
    use serde_json::Value;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    /// Status and code of the problem that a router answers with.
    async fn refusal(router: Router) -> (u16, Value) {
        let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let mut problem: Value = serde_json::from_slice(&body).unwrap();
        (status, problem["code"].take())
    }

    #[tokio::test]
    async fn a_request_for_which_there_is_no_room_is_told_to_come_again() {
        let room = Arc::new(Semaphore::new(0));
        let router = Router::new().route("/", get(async || ())).layer(middleware::from_fn_with_state(room, in_room));
        assert_eq!(refusal(router).await, (429, "overloaded".into()));
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_for() {
        async fn panics() {
            panic!("a mistake")
        }
        let router = Router::new().route("/", get(panics)).layer(CatchPanicLayer::custom(panicked));
        assert_eq!(refusal(router).await, (500, "internal".into()));
    }
}
