//! Four years of real metric definitions, imported, and asked about at many dates: the answers are those of a naive
//! fold of the files.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use plinth_client::Client;
use plinth_events::{TenantId, query::QueryName};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Acting, Ground};

/// Queries under way at a time.
const IN_FLIGHT: usize = 16;

/// The metrics of a file's tenant, by tenant and code.
type Metrics = BTreeMap<(TenantId, String), Metric>;

/// A metric as the file tells it, by the rule of the contract in its plainest form.
#[derive(Default)]
struct Metric {
    /// When, and which version from then on; none: deprecated. In the order of the file.
    points: Vec<(DateTime<Utc>, Option<usize>)>,
    /// The bodies of the versions, with their authors.
    versions: Vec<(Value, Value)>,
    /// Lines that change nothing.
    refused: usize,
}

/// What governs at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Governs {
    Nothing,
    Version(usize),
    Deprecated,
}

impl Metric {
    fn governs(&self, as_of: DateTime<Utc>) -> Governs {
        let past = self.points.iter().enumerate().filter(|(_, (time, _))| *time <= as_of);
        match past.max_by_key(|(sequence, (time, _))| (*time, *sequence)) {
            None => Governs::Nothing,
            Some((_, (_, None))) => Governs::Deprecated,
            Some((_, (_, Some(version)))) => Governs::Version(*version),
        }
    }

    fn define(&mut self, body: &Value, actor: &Value) {
        let time = time(&body["effectiveAt"]);
        let said = |body: &Value| ["name", "description", "formula"].map(|key| body[key].clone());
        let changes = |version: usize| said(&self.versions[version - 1].0) != said(body);
        if matches!(self.governs(time), Governs::Version(version) if !changes(version)) {
            self.refused += 1;
            return;
        }
        self.versions.push((body.clone(), actor.clone()));
        self.points.push((time, Some(self.versions.len())));
    }

    fn deprecate(&mut self, body: &Value) {
        let time = time(&body["deprecatedAt"]);
        match self.governs(time) {
            Governs::Version(_) => self.points.push((time, None)),
            _ => self.refused += 1,
        }
    }

    /// Every boundary, one millisecond around it, now, and some times in between.
    fn dates(&self) -> Vec<DateTime<Utc>> {
        let around = |time: DateTime<Utc>| [-1, 0, 1].map(|offset| time + TimeDelta::milliseconds(offset));
        let boundaries = self.points.iter().flat_map(|(time, _)| around(*time));
        let first: DateTime<Utc> = "2019-01-01T00:00:00Z".parse().unwrap();
        let span = (Utc::now() - first).num_milliseconds();
        let random = (0..6).map(|_| first + TimeDelta::milliseconds(rand::random_range(0..span)));
        boundaries.chain(random).chain([Utc::now()]).collect()
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// The files, none when they are not there.
fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/metric-history"));
    let entries = std::fs::read_dir(&folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    if files.is_empty() {
        println!("skipped: the real metric history is not in {}", folder.display());
    }
    files
}

/// What the files say, and how many lines they have.
fn read(files: &[PathBuf]) -> (Metrics, usize) {
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let mut metrics = Metrics::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let subject: Vec<&str> = line["subject"].as_str().unwrap().split('.').collect();
        let [_, _, tenant, "metric", verb] = subject[..] else { continue };
        let code = line["body"]["code"].as_str().unwrap().to_owned();
        let metric = metrics.entry((tenant.parse().unwrap(), code)).or_default();
        match verb {
            "define" => metric.define(&line["body"], &line["actor"]),
            "deprecate" => metric.deprecate(&line["body"]),
            other => panic!("the files have no {other}"),
        }
    }
    (metrics, text.lines().count())
}

async fn import(ground: &Ground, files: &[PathBuf]) -> Value {
    let rejects = ground.folder.join("rejects.ndjson");
    let mut arguments = vec!["import", "--json", "--rejects", rejects.to_str().unwrap()];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let imported = ground.plinth(&arguments).await;
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert!(!rejects.exists(), "{}", std::fs::read_to_string(rejects).unwrap());
    serde_json::from_slice(&imported.stdout).unwrap()
}

/// The governing version by the query.
async fn asked(client: &Client, tenant: TenantId, code: &str, as_of: DateTime<Utc>) -> Governs {
    let body = json!({ "code": code, "asOf": as_of });
    match client.query::<Value>(tenant, QueryName::GetMetric, &body).await {
        Ok(row) => Governs::Version(usize::try_from(row["version"].as_u64().unwrap()).unwrap()),
        Err(refused) => match Acting::refusal(Err::<(), _>(refused)).as_str() {
            "deprecated" => Governs::Deprecated,
            "not_effective" => Governs::Nothing,
            other => panic!("{code} at {as_of}: {other}"),
        },
    }
}

/// The governing versions by SQL on the read table, for each time none or one.
async fn selected(pool: &PgPool, tenant: TenantId, code: &str, dates: &[DateTime<Utc>]) -> Vec<Vec<i32>> {
    sqlx::query_scalar(
        r#"select array(select "version" from "MetricDefinition" where "tenantId" = $1 and "code" = $2
               and "effectiveAt" <= x and ("deprecatedAt" is null or "deprecatedAt" > x))
           from unnest($3::timestamp[]) with ordinality as dates (x, place) order by place"#,
    )
    .bind(tenant.0)
    .bind(code)
    .bind(dates.iter().map(DateTime::naive_utc).collect::<Vec<NaiveDateTime>>())
    .fetch_all(pool)
    .await
    .unwrap()
}

/// The defined versions that `plinth history` shows: body and author.
async fn shown(ground: &Ground, tenant: TenantId, code: &str) -> Vec<(Value, Value)> {
    let shown = ground.plinth(&["history", code, "--tenant", &tenant.to_string(), "--json"]).await;
    let events = String::from_utf8(shown.stdout).unwrap();
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let defined = events.filter(|event| event["type"] == "MetricDefined").enumerate();
    defined
        .map(|(index, mut event)| {
            assert_eq!(event["data"]["version"], json!(index + 1));
            let mut body = event["data"].take();
            let same_time = |body: &mut Value| body["effectiveAt"] = json!(time(&body["effectiveAt"]));
            same_time(&mut body);
            for key in ["version", "retroactive"] {
                body.as_object_mut().unwrap().remove(key);
            }
            (body, event["origin"]["actor"].take())
        })
        .collect()
}

#[tokio::test]
async fn the_real_history_is_imported_once_and_answered_at_any_date_as_a_naive_fold_does() {
    let Some(ground) = Ground::new("the real metric history").await else { return };
    let files = files();
    if files.is_empty() {
        return;
    }
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let (metrics, lines) = read(&files);

    let first = import(&ground, &files).await;
    let refused: usize = metrics.values().map(|metric| metric.refused).sum();
    assert_eq!((&first["total"], &first["accepted"]), (&json!(lines), &json!(lines - refused)), "{first}");
    let position = ground.position().await;
    let second = import(&ground, &files).await;
    assert_eq!((&second["accepted"], &second["duplicate"]), (&json!(0), &first["accepted"]));
    assert_eq!((&second["refused"], ground.position().await), (&first["refused"], position));

    for ((tenant, code), metric) in &metrics {
        let dates = metric.dates();
        let expected: Vec<Governs> = dates.iter().map(|date| metric.governs(*date)).collect();
        let asked = stream::iter(&dates).map(|date| asked(&client, *tenant, code, *date)).buffered(IN_FLIGHT);
        assert_eq!(asked.collect::<Vec<_>>().await, expected, "{code} at {dates:?}");
        let version = |governs: &Governs| match governs {
            Governs::Version(version) => vec![i32::try_from(*version).unwrap()],
            _ => Vec::new(),
        };
        let expected: Vec<Vec<i32>> = expected.iter().map(version).collect();
        assert_eq!(selected(&pool, *tenant, code, &dates).await, expected, "{code} at {dates:?}");
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn the_history_of_a_metric_shows_every_version_with_its_author_and_its_reason() {
    let Some(ground) = Ground::new("plinth history").await else { return };
    let files = files();
    if files.is_empty() {
        return;
    }
    let _replica = ground.replica().await;
    let (metrics, _) = read(&files);
    import(&ground, &files).await;
    let histories = stream::iter(&metrics)
        .map(async |((tenant, code), metric)| (code, metric, shown(&ground, *tenant, code).await))
        .buffer_unordered(4);
    let histories: Vec<_> = histories.collect().await;
    for (code, metric, shown) in histories {
        let with_time = |(body, actor): &(Value, Value)| {
            let mut body = body.clone();
            body["effectiveAt"] = json!(time(&body["effectiveAt"]));
            (body, actor.clone())
        };
        assert_eq!(shown, metric.versions.iter().map(with_time).collect::<Vec<_>>(), "{code}");
    }
}
