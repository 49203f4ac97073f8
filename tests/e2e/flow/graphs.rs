//! Random graphs of jobs: every job starts after all that it depends on, and failures spread as its policy says.

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LIMIT, Verdict};
use crate::support::{Acting, Ground, eventually};

const GRAPHS: usize = 6;
const JOBS: usize = 20;

/// A job by what it is told.
#[derive(Debug, Clone)]
struct Node {
    depends_on: Vec<usize>,
    runs_anyway: bool,
    fails: bool,
}

fn graph() -> impl Strategy<Value = Vec<Node>> {
    let node = (vec(any::<prop::sample::Index>(), 0..4), any::<bool>(), prop::bool::weighted(0.2));
    vec(node, JOBS).prop_map(|nodes| {
        let node = |(number, (depends_on, runs_anyway, fails)): (usize, (Vec<prop::sample::Index>, bool, bool))| Node {
            depends_on: depends_on.iter().filter(|_| number > 0).map(|index| index.index(number)).collect(),
            runs_anyway,
            fails,
        };
        nodes.into_iter().enumerate().map(node).collect()
    })
}

/// Which jobs are completed in the end, and which ones run at all.
fn expected(graph: &[Node]) -> Vec<(bool, bool)> {
    let mut ends: Vec<(bool, bool)> = Vec::new();
    for node in graph {
        let runs = node.runs_anyway || node.depends_on.iter().all(|job| ends[*job].0);
        ends.push((runs && !node.fails, runs));
    }
    ends
}

async fn enqueue(acting: &Acting<'_>, graph: &[Node]) -> Vec<Value> {
    let ids: Vec<Value> = graph.iter().map(|_| json!(Uuid::new_v4())).collect();
    let job = |(id, node): (&Value, &Node)| {
        let mut job = json!({ "jobId": id, "type": "step", "payload": null });
        if !node.depends_on.is_empty() {
            job["dependsOn"] = node.depends_on.iter().map(|job| ids[*job].clone()).collect();
        }
        if node.runs_anyway {
            job["onDependencyFailure"] = json!("run");
        }
        job
    };
    let jobs: Vec<Value> = ids.iter().zip(graph).map(job).collect();
    acting.result("job.enqueue-batch", json!({ "jobs": jobs })).await;
    ids
}

/// Runs the jobs to their ends; the order in which they started.
async fn run(acting: &Acting<'_>, jobs: &HashMap<String, (usize, &Node)>) -> Vec<usize> {
    let ids: Vec<Value> = jobs.keys().map(|id| json!(id)).collect();
    let mut order = Vec::new();
    let mut ended = 0;
    let start = std::time::Instant::now();
    while ended < jobs.len() {
        assert!(start.elapsed() < LIMIT, "{ended} jobs of {} have ended", jobs.len());
        for item in acting.start_some(&ids, "w").await {
            let (number, node) = jobs[item["jobId"].as_str().unwrap()];
            order.push(number);
            let verdict = if node.fails { Verdict::Fail { retryable: false } } else { Verdict::Complete };
            acting.finish(&item, verdict).await;
        }
        let open = acting.query("job.list", json!({ "status": "pending", "limit": 1_000 })).await.unwrap();
        let open = open["jobs"].as_array().unwrap();
        ended = jobs.len() - open.iter().filter(|job| jobs.contains_key(job["id"].as_str().unwrap())).count();
    }
    order
}

#[tokio::test]
async fn failures_spread_through_a_graph_as_its_jobs_say() {
    let Some(ground) = Ground::new("graphs of jobs").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..GRAPHS {
        let graph = graph().new_tree(&mut runner).unwrap().current();
        let ids = enqueue(&acting, &graph).await;
        let text = |id: &Value| id.as_str().unwrap().to_owned();
        let jobs = ids.iter().map(text).zip(graph.iter().enumerate()).collect();
        let order = run(&acting, &jobs).await;
        let place = |number: usize| order.iter().position(|started| *started == number);
        for (number, (node, (is_completed, runs))) in graph.iter().zip(expected(&graph)).enumerate() {
            let status = eventually(LIMIT, "the job has ended", async || {
                Some(acting.job(&ids[number]).await.0).filter(|status| status != "pending")
            })
            .await;
            let expected = if is_completed { "completed" } else { "failed" };
            assert_eq!((status.as_str(), place(number).is_some()), (expected, runs), "job {number} of {graph:?}");
            if let Some(own) = place(number) {
                let is_later = |job: &usize| place(*job).is_none_or(|place| place < own);
                assert!(node.depends_on.iter().all(is_later), "job {number} in {order:?} of {graph:?}");
            }
        }
    }
    ground.assert_verified().await;
}
