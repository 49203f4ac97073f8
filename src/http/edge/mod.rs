//! What stands between the network and the routes, the same for all of them: how many requests, how long, in which form.
//! It knows nothing of what is asked.

mod conditional;
mod connections;
mod cors;
mod limits;
mod observation;

use std::sync::Arc;

use axum::{Router, middleware};
use tokio::sync::Semaphore;
use tower_http::{CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer};

pub use self::{
    connections::serve,
    cors::{NotAnOrigin, Origin},
};
use crate::{endpoints::REQUESTS_IN_FLIGHT, traces::Traces};

/// What requests go through on their way to the routes, and answers on their way back.
#[derive(Clone)]
pub struct Edge {
    room: Arc<Semaphore>,
    cors: Option<CorsLayer>,
    traces: Traces,
}

impl Edge {
    /// Scripts of these origins may use the API.
    pub fn new(origins: &[Origin], traces: Traces) -> Self {
        Self { room: Arc::new(Semaphore::new(REQUESTS_IN_FLIGHT)), cors: cors::layer(origins), traces }
    }

    /// Before the routes of the API: conditional requests, and scripts of other origins.
    pub fn before_api(&self, api: Router) -> Router {
        let api = api.layer(middleware::from_fn(conditional::answer));
        match &self.cors {
            Some(cors) => api.layer(cors.clone()),
            None => api,
        }
    }

    /// Before all routes that applications and people use. What stands last sees a request first.
    pub fn before(&self, routes: Router) -> Router {
        routes
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(middleware::from_fn(limits::in_time))
            .layer(middleware::from_fn_with_state(self.room.clone(), limits::in_room))
            .layer(CatchPanicLayer::custom(limits::panicked))
            .layer(middleware::from_fn_with_state(self.traces.clone(), observation::observe))
    }
}
