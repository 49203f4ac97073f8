//! Replies and problems: what is written reads as the same again, and is what the schemas say.

use plinth_events::{
    JobId, Refusal, RefusalCode,
    flow::DependencyCounts,
    refusal::Problem,
    reply::{JobItem, JobItems, JobOutcome, Reply},
    schema,
};
use serde_json::{Value, json};
use uuid::Uuid;

#[track_caller]
fn assert_valid(schema_name: &str, instance: &Value) {
    let schema: Value = serde_json::from_str(schema::find(schema_name).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    if let Err(error) = validator.validate(instance) {
        panic!("{schema_name}: {error} at {} in {instance}", error.instance_path());
    }
}

#[test]
fn a_problem_with_facts_reads_as_the_same_again() {
    let refusal = Refusal::new(RefusalCode::VersionConflict, "metric at_risk_customer is at version 7, expected 5")
        .at("/expectedVersion")
        .fact("current", 7)
        .fact("versions", json!([6, 7]));
    let body = serde_json::to_value(refusal.problem()).unwrap();
    assert_eq!(
        body,
        json!({
            "type": "urn:plinth:problem:version_conflict",
            "title": "The metric is at another version",
            "status": 409,
            "code": "version_conflict",
            "detail": "metric at_risk_customer is at version 7, expected 5",
            "errors": [{
                "pointer": "/expectedVersion",
                "code": "version_conflict",
                "message": "metric at_risk_customer is at version 7, expected 5",
            }],
            "current": 7,
            "versions": [6, 7],
        })
    );
    assert_eq!(serde_json::from_value::<Problem>(body.clone()).unwrap(), refusal.problem());
    assert_valid("problem", &body);
    assert_valid("receipt", &body);
}

#[test]
fn a_problem_without_errors_and_facts_reads_as_the_same_again() {
    let problem = Refusal::new(RefusalCode::Overloaded, "try again").problem();
    let text = serde_json::to_string(&problem).unwrap();
    assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
    assert_valid("problem", &serde_json::from_str(&text).unwrap());
}

#[test]
fn every_outcome_of_a_job_reads_as_the_same_again() {
    let job = JobId(Uuid::from_u128(7));
    let time = "2026-03-01T00:00:00.125Z".parse().unwrap();
    let dependencies = Some(DependencyCounts { completed: 3, failed: 1 });
    let outcomes = [
        (
            JobOutcome::Started {
                attempt: 1,
                token: u64::MAX,
                lease_until: time,
                dependencies,
                deadline: Some(time),
                payload: None,
                checkpoint: None,
            },
            "started",
        ),
        (
            JobOutcome::Started {
                attempt: 2,
                token: 5,
                lease_until: time,
                payload: Some(serde_json::from_str(r#"{"pages":[1,2.5]}"#).unwrap()),
                checkpoint: Some(serde_json::from_str("17").unwrap()),
                dependencies: None,
                deadline: None,
            },
            "started",
        ),
        (
            JobOutcome::Started {
                attempt: 2,
                token: 5,
                lease_until: time,
                payload: Some(serde_json::from_str("null").unwrap()),
                checkpoint: None,
                dependencies: None,
                deadline: None,
            },
            "started",
        ),
        (JobOutcome::Checkpointed, "checkpointed"),
        (JobOutcome::Logged { lines: 3 }, "logged"),
        (JobOutcome::Completed, "completed"),
        (JobOutcome::Retrying { retry_at: time }, "retrying"),
        (JobOutcome::Failed, "failed"),
        (JobOutcome::Snoozed { run_at: time }, "snoozed"),
        (JobOutcome::Cancelled, "cancelled"),
        (JobOutcome::CancelRequested, "cancelRequested"),
        (JobOutcome::Pending, "pending"),
        (JobOutcome::Refused { code: "stale_lease".to_owned(), detail: "the lease is gone".to_owned() }, "refused"),
    ];
    for (outcome, status) in outcomes {
        let items = JobItems { jobs: vec![JobItem { job_id: job, outcome }] };
        let text = serde_json::to_string(&items).unwrap();
        assert_eq!(serde_json::from_str::<JobItems>(&text).unwrap(), items, "{text}");
        let result: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(result["jobs"][0]["status"], status);
        assert_valid("replies/job.start", &reply(result));
    }
}

#[test]
fn the_reply_of_the_contract_reads_and_is_valid() {
    let body = reply(json!({ "version": 2, "effectiveAt": "2026-03-01T00:00:00Z", "deprecatedAt": null }));
    assert_valid("replies/metric.define", &body);
    assert_valid("receipt", &body);
    let reply: Reply = serde_json::from_str(&body.to_string()).unwrap();
    assert_eq!(reply.position, 1042);
    assert_eq!(serde_json::to_value(&reply).unwrap(), body);
}

#[test]
fn the_reply_of_a_command_without_result_has_null() {
    assert_valid("replies/tenant.register", &reply(Value::Null));
}

fn reply(result: Value) -> Value {
    json!({
        "commandId": Uuid::from_u128(1),
        "position": 1042,
        "duplicate": false,
        "events": [{ "id": Uuid::from_u128(2), "type": "MetricDefined", "position": 1042 }],
        "result": result,
    })
}
