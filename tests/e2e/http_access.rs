//! Every operation of the HTTP API, asked by those who may not: the API's own document says which operations there are, so
//! that none can be forgotten.

use std::{collections::BTreeMap, time::Duration};

use plinth_events::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica};

const METRIC: &str = "at_risk_customer";
const WIDGET: &str = "revenue_trend";
const SCHEDULE: &str = "nightly_report";

/// These say something of a name that the tenant may have nothing of yet, so there is nothing of another tenant's to find.
const BY_NAME: [&str; 5] = ["defineSchedule", "declareWidgetType", "retireWidgetType", "lockWidget", "unlockWidget"];

/// One operation as the document has it.
struct Operation {
    id: String,
    method: Method,
    path: String,
    /// Each of them will do, for some of what can be asked; the first for the example.
    scopes: Vec<Scope>,
    /// The example of its body.
    body: Option<Value>,
}

impl Operation {
    /// All operations of the document that a replica serves.
    async fn all(replica: &Replica) -> Vec<Self> {
        let document = Api::without_key(replica).get("/api/openapi.json").await.expect(200);
        let paths = document["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(|(method, operation)| Self::new(path, method, operation, &document))
        });
        operations.collect()
    }

    fn new(path: &str, method: &str, operation: &Value, document: &Value) -> Self {
        let ways = operation["security"].as_array().unwrap().iter();
        let scopes = ways.filter_map(|way| way.pointer("/key/0"));
        let schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let example = schema.map(|place| document.pointer(&format!("{}/examples/0", &place[1..])).unwrap().clone());
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let is_required = |parameter: &&Value| parameter["in"] == "query" && parameter["required"] == true;
        let required = parameters.iter().filter(is_required).map(|parameter| parameter["name"].as_str().unwrap());
        // all of them may be numbers
        let query: Vec<String> = required.map(|name| format!("{name}=1")).collect();
        Self {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase().parse().unwrap(),
            path: format!("{path}?{}", query.join("&")),
            scopes: scopes.map(|scope| scope.as_str().unwrap().parse().unwrap()).collect(),
            body: example,
        }
    }

    /// Asked by somebody, about these things.
    async fn ask(&self, api: &Api, things: &BTreeMap<&str, String>) -> HttpAnswer {
        let path = things.iter().fold(self.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "{}: make one of what {path} names", self.id);
        match &self.body {
            Some(body) => api.send(self.method.clone(), &path, &[], body.clone()).await,
            None => HttpAnswer::to(api.request(self.method.clone(), &path)).await,
        }
    }

    fn is_about_a_thing(&self) -> bool {
        self.path.contains('{') && !BY_NAME.contains(&self.id.as_str())
    }
}

/// One of each thing that a path can name, in a tenant.
async fn things(acting: &Acting<'_>) -> BTreeMap<&'static str, String> {
    let metric = json!({ "code": METRIC, "name": "At risk", "description": "No order.", "formula": {
        "field": "lastOrderDate", "operator": ">", "value": "30 days",
    } });
    acting.send("metric.define", metric).await.unwrap();
    acting.send("dashboard.add-widget", json!({ "widgetType": WIDGET, "userId": acting.user })).await.unwrap();
    let schedule =
        json!({ "name": SCHEDULE, "cron": "0 3 * * *", "timeZone": "UTC", "job": { "type": "report", "payload": {} } });
    acting.send("schedule.define", schedule).await.unwrap();
    let job = acting.enqueue("image_extraction", json!({})).await;
    let action = Uuid::new_v4().to_string();
    let bulk_action = json!({
        "actionId": action, "action": { "kind": "retry" }, "filter": { "status": "failed" }, "reason": "a test",
    });
    acting.send("bulk-action.start", bulk_action).await.unwrap();
    // its end is an event too
    acting.over(&json!(action), Duration::from_secs(20)).await;
    BTreeMap::from([
        ("code", METRIC.to_owned()),
        ("widgetType", WIDGET.to_owned()),
        ("name", SCHEDULE.to_owned()),
        ("jobId", job.as_str().unwrap().to_owned()),
        ("actionId", action),
    ])
}

/// For each scope a key that has only that one.
async fn keys(replica: &Replica, acting: &Acting<'_>) -> BTreeMap<Scope, Api> {
    let mut keys = BTreeMap::new();
    for scope in Scope::ALL {
        keys.insert(*scope, Api::with_scopes(replica, acting, &[*scope]).await);
    }
    keys
}

#[tokio::test]
async fn nobody_gets_in_without_a_key_or_with_a_wrong_one() {
    let Some(ground) = Ground::new("credentials of HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let things = things(&acting).await;
    let nobody = Api::without_key(&replica);
    let wrong = nobody.with_secret(&format!("plinth_{}", "0a".repeat(32)));
    for operation in Operation::all(&replica).await {
        for api in [&nobody, &wrong] {
            let answer = operation.ask(api, &things).await;
            assert_eq!(answer.refusal(), (401, "unauthenticated"), "{}", operation.id);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn every_operation_needs_just_the_scope_that_the_document_names() {
    let Some(ground) = Ground::new("scopes of HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let things = things(&acting).await;
    let keys = keys(&replica, &acting).await;
    for operation in Operation::all(&replica).await {
        let is_other = |scope: &Scope| !operation.scopes.contains(scope);
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(is_other).collect();
        let too_small = Api::with_scopes(&replica, &acting, &others).await;
        let answer = operation.ask(&too_small, &things).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{}", operation.id);
        assert_eq!(answer.body["scope"], operation.scopes[0].as_str(), "{}", operation.id);
        let answer = operation.ask(&keys[&operation.scopes[0]], &things).await;
        let is_answered = answer.status < 500 && ![401, 403].contains(&answer.status);
        assert!(is_answered && answer.body["code"] != "unknown_path", "{}: {answer:?}", operation.id);
    }
}

#[tokio::test]
async fn every_operation_refuses_a_parameter_that_it_does_not_know() {
    let Some(ground) = Ground::new("parameters of HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let things = things(&acting).await;
    let keys = keys(&replica, &acting).await;
    for mut operation in Operation::all(&replica).await {
        operation.path.push_str("&asof=1");
        let answer = operation.ask(&keys[&operation.scopes[0]], &things).await;
        assert_eq!(answer.refusal(), (400, "malformed"), "{}", operation.id);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("query string: unknown parameter `asof`"), "{}: {detail}", operation.id);
    }
}

#[tokio::test]
async fn things_of_another_tenant_are_unknown() {
    let Some(ground) = Ground::new("tenants of HTTP").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, stranger) = (Acting::new(&client).await, Acting::new(&client).await);
    let things = things(&acting).await;
    let (own, strange) = (keys(&replica, &acting).await, keys(&replica, &stranger).await);
    let position = ground.position().await;
    for operation in Operation::all(&replica).await.iter().filter(|operation| operation.is_about_a_thing()) {
        let answer = operation.ask(&strange[&operation.scopes[0]], &things).await;
        assert_eq!(answer.status, 404, "{}: {}", operation.id, answer.body);
        if operation.method == Method::GET {
            let answer = operation.ask(&own[&operation.scopes[0]], &things).await;
            assert!(answer.status != 404, "{}: {}", operation.id, answer.body);
        }
    }
    assert_eq!(ground.position().await, position, "somebody changed something");
}
