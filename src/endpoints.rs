//! Requests over NATS: the endpoints of the micro service, all served in one way. Knows nothing of what is asked.

use std::{collections::HashMap, sync::Arc, time::Instant};

use async_nats::{
    HeaderMap, Message,
    service::{Request, Service, endpoint},
};
use bytes::Bytes;
use futures_util::StreamExt;
use plinth_events::{Refusal, RefusalCode};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::{
    command::{answer::problem, respond::Responder},
    measure::{Outcome, Requests},
};

/// Most requests under way at once; one more is answered with 429.
pub const REQUESTS_IN_FLIGHT: usize = 4_096;

/// One endpoint: what is asked there, and what tools are told of it.
pub struct Endpoint {
    /// `command` or `query`.
    pub kind: &'static str,
    /// The name of the command or query, such as `DefineMetric`.
    pub name: &'static str,
    /// Its name among the endpoints, such as `metric-define`.
    pub title: String,
    /// Where it listens.
    pub subject: String,
    /// What is told of it: see [`schemas`].
    pub metadata: HashMap<String, String>,
}

/// What is told of an endpoint: the names of the schemas of its request and its reply, and where they are served.
pub fn schemas(request: String, reply: String, served_at: String) -> HashMap<String, String> {
    let told = [("request_schema", request), ("reply_schema", reply), ("schemas", served_at)];
    HashMap::from(told.map(|(key, value)| (key.to_owned(), value)))
}

/// What a request is answered with.
pub struct Answer {
    /// Headers and body.
    pub message: (HeaderMap, Bytes),
    /// What it came to.
    pub outcome: Outcome,
}

impl Answer {
    /// A refusal.
    pub fn refusal(refusal: &Refusal) -> Self {
        Self { message: problem(refusal), outcome: Outcome::Refused(refusal.code) }
    }
}

/// Who answers the requests of some endpoints.
pub trait Answering: Send + Sync + 'static {
    /// The endpoints.
    fn endpoints(&self) -> Vec<Endpoint>;

    /// The answer to a request that came to one of them.
    fn answer(&self, request: &Message) -> impl Future<Output = Answer> + Send;
}

/// Takes requests and sends their answers.
pub struct Endpoints {
    service: Service,
    responder: Responder,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Endpoints {
    /// Endpoints of a micro service, which share the room for requests under way. All that is done for them is among
    /// the tasks.
    pub fn new(service: Service, responder: Responder, tasks: TaskTracker) -> Self {
        Self { service, responder, room: Arc::new(Semaphore::new(REQUESTS_IN_FLIGHT)), tasks }
    }

    /// Registers endpoints, and has their requests answered until they are drained.
    pub async fn serve<A: Answering>(&self, answering: A) -> Result<(), async_nats::Error> {
        let answering = Arc::new(answering);
        for Endpoint { kind, name, title, subject, metadata } in answering.endpoints() {
            let requests = self.service.endpoint_builder().name(title).metadata(metadata).add(subject).await?;
            let serving = Serving {
                answering: Arc::clone(&answering),
                measured: Requests::of(kind, name),
                responder: self.responder.clone(),
                room: Arc::clone(&self.room),
                tasks: self.tasks.clone(),
            };
            self.tasks.spawn(Arc::new(serving).take(requests));
        }
        Ok(())
    }
}

/// One endpoint being served.
struct Serving<A> {
    answering: Arc<A>,
    measured: Requests,
    responder: Responder,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl<A: Answering> Serving<A> {
    async fn take(self: Arc<Self>, mut requests: endpoint::Endpoint) {
        while let Some(request) = requests.next().await {
            let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
                self.measured.refused(RefusalCode::Overloaded);
                self.responder.respond(&request, problem(&overloaded())).await;
                continue;
            };
            let this = Arc::clone(&self);
            self.tasks.spawn(async move {
                this.answer(&request).await;
                drop(permit);
            });
        }
    }

    async fn answer(&self, request: &Request) {
        let taken = Instant::now();
        let Answer { message, outcome } = self.answering.answer(&request.message).await;
        self.responder.respond(request, message).await;
        self.measured.answered(outcome, taken.elapsed());
    }
}

/// The refusal of a request for which there is no room.
pub fn overloaded() -> Refusal {
    Refusal::new(RefusalCode::Overloaded, format!("{REQUESTS_IN_FLIGHT} requests are under way; try again"))
}
