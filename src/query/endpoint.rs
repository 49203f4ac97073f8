//! Queries by request and reply: one endpoint per query, and one for the schemas.

use std::{collections::HashMap, time::Duration};

use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use plinth_events::{
    Refusal, RefusalCode, limits,
    query::{Query, QueryName},
    scan::scan,
    schema,
    subject::Subjects,
};

use super::{Queries, answer::QueryError};
use crate::{
    command::{
        answer::{problem, unavailable},
        explain,
        parse::refuse_subject,
    },
    endpoints::{Answer, Answering, Endpoint, schemas},
    log::LogError,
    measure::Outcome,
};

/// Longest wait for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Answers queries.
pub struct QueryEndpoints {
    subjects: Subjects,
    queries: Queries,
}

impl Answering for QueryEndpoints {
    fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints: Vec<Endpoint> = QueryName::ALL.iter().map(|name| self.endpoint(*name)).collect();
        endpoints.push(Endpoint {
            kind: "query",
            name: "schema",
            title: "schema".to_owned(),
            subject: self.subjects.schema_endpoint(),
            metadata: HashMap::new(),
        });
        endpoints
    }

    async fn answer(&self, request: &Message) -> Answer {
        let found = if request.subject.as_str() == self.subjects.schema_endpoint() {
            schema_documents(&request.payload).map_err(QueryError::from)
        } else {
            match tokio::time::timeout(ANSWER_LIMIT, self.find(request)).await {
                Ok(found) => found,
                Err(_) => Err(QueryError::Failed(LogError::TimedOut)),
            }
        };
        match found {
            Ok(body) => Answer { message: (HeaderMap::new(), body), outcome: Outcome::Accepted },
            Err(QueryError::Refused(refusal)) => Answer::refusal(&refusal),
            Err(QueryError::Failed(error)) => {
                tracing::error!(subject = %request.subject, error = %error, "a query could not be answered");
                Answer { message: problem(&unavailable()), outcome: Outcome::Failed }
            }
        }
    }
}

impl QueryEndpoints {
    /// Endpoints of all queries.
    pub fn new(subjects: Subjects, queries: Queries) -> Self {
        Self { subjects, queries }
    }

    fn endpoint(&self, name: QueryName) -> Endpoint {
        let (aggregate, verb) = name.tokens();
        let (request, reply) = (schema::query_name(name), schema::answer_name(name));
        Endpoint {
            kind: "query",
            name: name.as_str(),
            title: format!("{aggregate}-{verb}"),
            subject: self.subjects.query_endpoint(name),
            metadata: schemas(request, reply, self.subjects.schema_endpoint()),
        }
    }

    async fn find(&self, request: &Message) -> Result<Bytes, QueryError> {
        let (tenant, name) = self.subjects.parse_query(&request.subject).map_err(|error| refuse_subject(&error))?;
        self.queries.answer(tenant, &query(name, &request.payload)?).await
    }
}

/// The query in a body; no body is an empty one.
pub fn query(name: QueryName, body: &[u8]) -> Result<Query, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    scan(body)?;
    let query = name.parse(&mut serde_json::Deserializer::from_slice(body)).map_err(|_| explain::query(name, body))?;
    let limit = match &query {
        Query::ListMetrics(query) => query.limit,
        Query::ListJobs(query) => query.limit,
        Query::ReadEvents(query) => query.limit,
        Query::ListSchedules(query) => query.limit,
        Query::ListBulkActions(query) => query.limit,
        Query::GetDashboardHistory(query) => query.limit,
        Query::ListApiKeys(query) => query.limit,
        Query::GetSchedule(query) if query.fire_times.is_some_and(|times| times > limits::FIRE_TIMES_LISTED) => {
            return Err(explain::query(name, body));
        }
        Query::GetSchedule(query) => query.fire_times,
        _ => None,
    };
    let records = match &query {
        Query::EvaluateMetric(query) => query.records.len(),
        Query::PreviewMetric(query) => query.records.len(),
        _ => 0,
    };
    if records > limits::EVALUATED_RECORDS {
        return Err(explain::query(name, body));
    }
    if limit.is_some_and(|limit| !(1..=1_000).contains(&limit)) {
        return Err(explain::query(name, body));
    }
    Ok(query)
}

/// The schema that the body names, or with an empty body the list of names.
fn schema_documents(body: &[u8]) -> Result<Bytes, Refusal> {
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
