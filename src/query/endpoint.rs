//! Queries by request and reply: one endpoint of the micro service per query, and one for the schemas.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_nats::{
    HeaderMap,
    service::{Request, Service, endpoint::Endpoint},
};
use bytes::Bytes;
use futures_util::StreamExt;
use plinth_events::{
    Refusal, RefusalCode,
    query::{Query, QueryName},
    scan::scan,
    schema,
    subject::Subjects,
};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::{Queries, answer::QueryError};
use crate::command::{
    answer::{problem, unavailable},
    endpoint::overloaded,
    explain,
    parse::refuse_subject,
    respond::Responder,
};

/// Longest wait for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Answers queries.
#[derive(Clone)]
pub struct QueryEndpoint {
    subjects: Subjects,
    queries: Queries,
    room: Arc<Semaphore>,
    responder: Responder,
}

impl QueryEndpoint {
    /// An endpoint with so much room for requests under way.
    pub fn new(subjects: Subjects, queries: Queries, room: Arc<Semaphore>, responder: Responder) -> Self {
        Self { subjects, queries, room, responder }
    }

    /// Registers every query, and the schemas, with the micro service.
    pub async fn register(&self, service: &Service) -> Result<Vec<Endpoint>, async_nats::Error> {
        let mut endpoints = Vec::new();
        for name in QueryName::ALL {
            let (aggregate, verb) = name.tokens();
            let metadata = HashMap::from([
                ("request_schema".to_owned(), schema::query_name(*name)),
                ("reply_schema".to_owned(), schema::answer_name(*name)),
                ("schemas".to_owned(), self.subjects.schema_endpoint()),
            ]);
            let builder = service.endpoint_builder().name(format!("{aggregate}-{verb}")).metadata(metadata);
            endpoints.push(builder.add(self.subjects.query_endpoint(*name)).await?);
        }
        let builder = service.endpoint_builder().name("schema");
        endpoints.push(builder.add(self.subjects.schema_endpoint()).await?);
        Ok(endpoints)
    }

    /// Answers the requests of one endpoint until it is drained.
    pub async fn serve(self, mut endpoint: Endpoint) {
        let tasks = TaskTracker::new();
        while let Some(request) = endpoint.next().await {
            let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
                self.responder.respond(&request, problem(&overloaded())).await;
                continue;
            };
            let this = self.clone();
            tasks.spawn(async move {
                this.responder.respond(&request, this.answer(&request).await).await;
                drop(permit);
            });
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn answer(&self, request: &Request) -> (HeaderMap, Bytes) {
        let message = &request.message;
        if message.subject.as_str() == self.subjects.schema_endpoint() {
            return schemas(&message.payload).map_or_else(|refusal| problem(&refusal), |body| (HeaderMap::new(), body));
        }
        let answer = async {
            let (tenant, name) = self.subjects.parse_query(&message.subject).map_err(|error| refuse_subject(&error))?;
            self.queries.answer(tenant, &query(name, &message.payload)?).await
        };
        match tokio::time::timeout(ANSWER_LIMIT, answer).await {
            Ok(Ok(body)) => (HeaderMap::new(), body),
            Ok(Err(QueryError::Refused(refusal))) => problem(&refusal),
            Ok(Err(QueryError::Failed(error))) => {
                tracing::error!(subject = %message.subject, error = %error, "a query could not be answered");
                problem(&unavailable())
            }
            Err(_) => {
                tracing::error!(subject = %message.subject, "a query was not answered in time");
                problem(&unavailable())
            }
        }
    }
}

/// The query in a body; no body is an empty one.
pub fn query(name: QueryName, body: &[u8]) -> Result<Query, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    scan(body)?;
    let query = name.parse(&mut serde_json::Deserializer::from_slice(body)).map_err(|_| explain::query(name, body))?;
    let limit = match &query {
        Query::ListJobs(query) => query.limit,
        Query::ReadEvents(query) => query.limit,
        _ => None,
    };
    if limit.is_some_and(|limit| !(1..=1_000).contains(&limit)) {
        return Err(explain::query(name, body));
    }
    Ok(query)
}

/// The schema that the body names, or with an empty body the list of names.
fn schemas(body: &[u8]) -> Result<Bytes, Refusal> {
    if body.is_empty() {
        let names: Vec<String> = schema::documents().iter().map(|document| document.name.clone()).collect();
        return Ok(crate::command::answer::json(&names));
    }
    let name = String::from_utf8_lossy(body);
    let found = schema::find(name.trim());
    found.map(Bytes::from).ok_or_else(|| {
        let shown: String = name.chars().take(100).collect();
        Refusal::new(RefusalCode::UnknownCommand, format!("there is no schema {shown}"))
    })
}
