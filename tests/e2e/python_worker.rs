//! A worker in another language, without any library of Plinth: `examples/worker.py` on real PDFs.
//!
//! `./dev test` says which Python has the packages (`PLINTH_PYTHON`, `PYTHONPATH`). Without one the test is skipped.

use std::{path::Path, process::Command, time::Duration};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually, terminate};

const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/worker.py");
/// Longest wait for a job to end, the start of Python included.
const LIMIT: Duration = Duration::from_secs(30);
/// Makes a PDF of two pages with a picture each.
const MAKE_PDF: &str = r#"
import sys
from PIL import Image
pages = [Image.new("RGB", (64, 48), "red"), Image.new("L", (20, 10), 128)]
pages[0].save(sys.argv[1], save_all=True, append_images=pages[1:])
"#;

#[tokio::test]
async fn a_worker_in_plain_nats_py_extracts_images_and_reports_what_it_cannot_read() {
    let Ok(python) = std::env::var("PLINTH_PYTHON") else {
        println!("skipped: the Python worker needs PLINTH_PYTHON, run ./dev test");
        return;
    };
    let Some(ground) = Ground::new("the Python worker").await else { return };
    let pdf = ground.folder.join("catalogue.pdf");
    assert!(Command::new(&python).args(["-c", MAKE_PDF]).arg(&pdf).status().unwrap().success());
    let garbage = ground.folder.join("garbage.pdf");
    std::fs::write(&garbage, "no PDF at all").unwrap();
    let output = ground.folder.join("images");
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;

    // before there is any job of the type, so that it has to wait for its consumer
    let mut worker = tokio::process::Command::new(&python);
    let mut worker = worker.arg(WORKER).envs(ground.environment()).kill_on_drop(true).spawn().unwrap();
    let good = enqueue(&acting, &pdf, &output).await;
    let missing = enqueue(&acting, &ground.folder.join("missing.pdf"), &output).await;
    let broken = enqueue(&acting, &garbage, &output).await;

    let done = ended(&acting, good).await;
    assert_eq!((&done["status"], &done["attempts"], &done["error"]), (&json!("completed"), &json!(1), &json!(null)));
    let file = |name: &str| output.join(name);
    let expected = [(file("catalogue-1-1.jpg"), 64, 48), (file("catalogue-2-2.jpg"), 20, 10)];
    let images =
        expected.clone().map(|(file, width, height)| json!({ "file": file, "width": width, "height": height }));
    assert_eq!(done["result"], json!({ "images": images }));
    for (file, _, _) in expected {
        assert!(std::fs::read(&file).unwrap().starts_with(b"\xff\xd8\xff"), "{} is no JPEG", file.display());
    }
    for (job, error) in [(missing, "FileNotFoundError"), (broken, "PdfStreamError")] {
        let failed = ended(&acting, job).await;
        let found = (&failed["status"], &failed["attempts"]);
        assert_eq!(found, (&json!("failed"), &json!(1)), "not tried again: it would fail again");
        assert!(failed["error"].as_str().unwrap().starts_with(error), "{failed}");
    }

    assert_eq!(terminate(&mut worker).await, Some(0));
    assert_eq!(replica.stop().await, Some(0));
}

async fn enqueue(acting: &Acting<'_>, pdf: &Path, output: &Path) -> Uuid {
    let job = Uuid::new_v4();
    let body = json!({ "jobId": job, "type": "image_extraction", "payload": { "path": pdf, "output": output } });
    acting.send("job.enqueue", body).await.unwrap();
    job
}

/// The job, once it is completed or failed.
async fn ended(acting: &Acting<'_>, job: Uuid) -> Value {
    eventually(LIMIT, "the job has ended", async || {
        let row = acting.query("job.get", json!({ "jobId": job })).await.unwrap();
        ["completed", "failed"].contains(&row["status"].as_str().unwrap()).then_some(row)
    })
    .await
}
