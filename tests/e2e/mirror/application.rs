//! An application with a database of its own, and a mirror in it.

use std::{
    fs::File,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for a mirror to catch up, to take over, or to end.
const LIMIT: Duration = Duration::from_secs(30);

/// The database of an application, gone when it is dropped.
pub struct Application {
    environment: [(&'static str, String); 3],
    folder: PathBuf,
    server: String,
    database: String,
}

impl Application {
    pub async fn new(ground: &Ground) -> Self {
        let (server, _) = ground.database_url.rsplit_once('/').unwrap();
        let database = format!("app{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        sqlx::query(&format!("create database {database}")).execute(&mut connection).await.unwrap();
        let (environment, folder) = (ground.environment(), ground.folder.clone());
        Self { environment, folder, server: server.to_owned(), database }
    }

    pub async fn pool(&self) -> PgPool {
        PgPool::connect(&self.url()).await.unwrap()
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.database)
    }

    /// Stands in every URL, and may stand nowhere else.
    fn password(&self) -> &str {
        self.server.split(['/', '@']).nth(2).unwrap().split(':').nth(1).expect("the servers of tests have passwords")
    }

    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(sql).execute(&self.pool().await).await.unwrap();
    }

    /// The position that the tables are at; none before there is a mirror.
    pub async fn position(&self, pool: &PgPool) -> Option<u64> {
        let position: Result<i64, _> =
            sqlx::query_scalar("select position from plinth_mirror.mirror").fetch_one(pool).await;
        position.ok().map(i64::cast_unsigned)
    }

    /// A mirror with more arguments. It is killed when it is dropped.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(self.log()).kill_on_drop(true).spawn().unwrap()
    }

    /// A mirror that ends by itself: its exit code, and what it said.
    pub async fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = timeout(LIMIT, self.command(arguments).kill_on_drop(true).output()).await.expect("it ends");
        let Output { status, stderr, .. } = output.unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert!(!said.contains(self.password()), "{said}");
        (status.code(), said)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plinth"));
        let to = self.url() + "?schema=public";
        command.arg("mirror").args(arguments).envs(self.environment.clone()).env("PLINTH_MIRROR_TO", to);
        command
    }

    fn log(&self) -> File {
        File::create(self.folder.join(format!("mirror-{}.log", Uuid::new_v4().simple()))).unwrap()
    }

    /// Waits until the tables are at the position of the log, and fails unless they are the same on both sides.
    pub async fn assert_same(&self, ground: &Ground) {
        self.await_position(ground.position().await).await;
        let (expected, found) = (rows(&ground.pool().await).await, rows(&self.pool().await).await);
        assert_eq!(found, expected);
        let verified = self.verified().await;
        assert_eq!(verified["clean"], true, "{verified}");
    }

    pub async fn await_position(&self, position: u64) {
        let pool = self.pool().await;
        let what = format!("the mirror is at {position}");
        eventually(LIMIT, &what, async || (self.position(&pool).await? >= position).then_some(())).await;
    }

    /// What `plinth mirror verify` says.
    pub async fn verified(&self) -> Value {
        let output = self.command(&["verify", "--json"]).output().await.unwrap();
        let verified: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(output.status.success(), verified["clean"] == true);
        verified
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let (server, database) = (self.server.clone(), self.database.clone());
        // a test's own runtime cannot wait here
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let Ok(mut connection) = PgConnection::connect(&format!("{server}/postgres")).await else { return };
                sqlx::query(&format!("drop database {database} with (force)")).execute(&mut connection).await.ok();
            });
        });
        dropping.join().ok();
    }
}

/// Waits until a mirror says that it has caught up.
pub async fn await_caught_up(mirror: &mut Child) {
    let mut lines = BufReader::new(mirror.stdout.take().unwrap()).lines();
    let line = timeout(LIMIT, lines.next_line()).await.expect("caught up in time").unwrap().expect("it goes on");
    assert!(line.contains("has caught up: position "), "{line}");
}

/// Every row of the read tables, without the column that only an application has.
pub async fn rows(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        r#"select (to_jsonb(t) - 'color')::text from "Tenant" as t
           union all select to_jsonb(t)::text from "User" as t
           union all select to_jsonb(t)::text from "MetricDefinition" as t
           union all select to_jsonb(t)::text from "DashboardWidget" as t
           union all select to_jsonb(t)::text from "Job" as t
           order by 1"#,
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Commands that touch every table, and most columns of each; `round` makes them differ from those before.
pub async fn work(acting: &Acting<'_>, round: usize) {
    let metric = json!({ "code": format!("metric_{}", round % 3), "name": round.to_string(), "description": "",
        "formula": { "field": "lastOrderDate", "operator": ">", "value": format!("{} days", round + 1) } });
    acting.send("metric.define", metric).await.unwrap();
    let widget = format!("widget_{round}");
    acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": widget })).await.unwrap();
    let config = json!({ "userId": acting.user, "widgetType": widget, "config": { "round": round } });
    acting.send("dashboard.configure-widget", config).await.unwrap();
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let attempt = json!({ "jobId": job, "token": token });
    if round.is_multiple_of(2) {
        let mut completed = attempt;
        completed["result"] = json!({ "pages": round });
        acting.item("job.complete", json!({ "jobs": [completed] })).await;
    } else {
        let mut failed = attempt;
        failed["error"] = json!("no paper");
        acting.item("job.fail", json!({ "jobs": [failed] })).await;
    }
    let user = json!({ "userId": Uuid::new_v4(), "name": round.to_string() });
    acting.send("user.register", user).await.unwrap();
}
