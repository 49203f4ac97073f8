//! The micro service: what it says about itself to any NATS tool, and the schemas that it serves.

use std::{collections::BTreeMap, time::Duration};

use futures_util::StreamExt;
use plinth_events::{
    CommandName,
    query::QueryName,
    schema::{answer_name, command_name, documents, query_name, reply_name},
};
use serde_json::Value;

use crate::support::{Ground, request};

/// Longest wait for the service of this test among those of the others on the same server.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What the service of this test answers to everybody's question.
async fn ask(ground: &Ground, subject: &str) -> Value {
    let nats = ground.nats().await;
    let inbox = nats.new_inbox();
    let mut answers = nats.subscribe(inbox.clone()).await.unwrap();
    nats.publish_with_reply(subject.to_owned(), inbox, "".into()).await.unwrap();
    let prefix = format!("{}.", ground.subjects);
    let ours = async {
        loop {
            let answer: Value = serde_json::from_slice(&answers.next().await.unwrap().payload).unwrap();
            if answer["endpoints"][0]["subject"].as_str().unwrap().starts_with(&prefix) {
                return answer;
            }
        }
    };
    tokio::time::timeout(ANSWER_LIMIT, ours).await.expect("an answer in time")
}

/// Each endpoint's schemas of request and reply, by its subject.
type Endpoints = BTreeMap<String, (String, String)>;

fn expected(ground: &Ground) -> Endpoints {
    let commands = CommandName::ALL
        .iter()
        .map(|name| (ground.subjects.command_endpoint(*name), (command_name(*name), reply_name(*name))));
    let queries = QueryName::ALL
        .iter()
        .map(|name| (ground.subjects.query_endpoint(*name), (query_name(*name), answer_name(*name))));
    commands.chain(queries).collect()
}

#[tokio::test]
async fn every_command_and_query_is_an_endpoint_that_names_its_schemas() {
    let Some(ground) = Ground::new("endpoints").await else { return };
    let _replica = ground.replica().await;
    let info = ask(&ground, "$SRV.INFO.plinth").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut endpoints: Endpoints = info["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|endpoint| {
            let metadata = &endpoint["metadata"];
            (text(&endpoint["subject"]), (text(&metadata["request_schema"]), text(&metadata["reply_schema"])))
        })
        .collect();
    assert!(endpoints.remove(&ground.subjects.schema_endpoint()).is_some());
    assert_eq!(endpoints, expected(&ground));
    assert_eq!(text(&info["version"]), env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn the_service_serves_every_schema_that_it_names() {
    let Some(ground) = Ground::new("schemas").await else { return };
    let _replica = ground.replica().await;
    let nats = ground.nats().await;
    let subject = ground.subjects.schema_endpoint();
    let list = request(&nats, &subject, &[], "").await.body;
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names, documents().iter().map(|document| document.name.as_str()).collect::<Vec<_>>());
    for document in documents() {
        let served = request(&nats, &subject, &[], document.name.clone()).await.body;
        assert_eq!(served, serde_json::from_str::<Value>(&document.json).unwrap());
    }
    let unknown = request(&nats, &subject, &[], "commands/metric.defin").await;
    assert_eq!(unknown.refusal(), (404, "unknown_command"));
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let Some(ground) = Ground::new("statistics").await else { return };
    let _replica = ground.replica().await;
    let nats = ground.nats().await;
    for _ in 0..7 {
        let subject = format!("{}.query.{}.job.list", ground.subjects, uuid::Uuid::new_v4());
        request(&nats, &subject, &[], "{}").await;
    }
    let stats = ask(&ground, "$SRV.STATS.plinth").await;
    let list = ground.subjects.query_endpoint(QueryName::ListJobs);
    let endpoint = stats["endpoints"].as_array().unwrap().iter().find(|endpoint| endpoint["subject"] == list).unwrap();
    assert_eq!(endpoint["num_requests"], 7);
}
