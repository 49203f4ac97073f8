//! The examples of the contract's section on metrics, through commands, queries and SQL on the read table.

use chrono::{DateTime, Months, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Acting, Ground};

const A: &str = "2024-01-01T00:00:00Z";
const B: &str = "2024-03-01T00:00:00Z";
const C: &str = "2024-06-01T00:00:00Z";

/// One metric, whose versions are named by their numbers.
struct Metric<'a> {
    acting: &'a Acting<'a>,
    pool: &'a PgPool,
    code: &'static str,
}

impl Metric<'_> {
    /// Defines a version that governs from a time on; tells what it gets.
    async fn define(&self, effective_at: &str) -> String {
        let now = Utc::now().to_rfc3339();
        let body = json!({ "code": self.code, "name": now, "description": "", "effectiveAt": effective_at,
            "reason": "as the contract says" });
        match self.acting.send("metric.define", body).await {
            Ok(reply) => format!("v{}", parse(reply.result.get())["version"]),
            refused => Acting::refusal(refused),
        }
    }

    async fn deprecate(&self, deprecated_at: &str) -> String {
        self.end(json!({ "code": self.code, "deprecatedAt": deprecated_at, "reason": "it ends" })).await
    }

    async fn end(&self, body: Value) -> String {
        match self.acting.send("metric.deprecate", body).await {
            Ok(reply) => reply.events.iter().map(|event| event.event_type.clone()).collect::<Vec<_>>().join(" "),
            refused => Acting::refusal(refused),
        }
    }

    /// What governs at a time: a version or a code, by the query and, where that finds a version, by SQL.
    async fn at(&self, as_of: &str) -> String {
        let governing = self.known(as_of, Value::Null).await;
        let time: DateTime<Utc> = as_of.parse().unwrap();
        let rows: Vec<i32> = sqlx::query_scalar(
            r#"select "version" from "MetricDefinition" where "tenantId" = $1 and "code" = $2
               and "effectiveAt" <= $3 and ("deprecatedAt" is null or "deprecatedAt" > $3)"#,
        )
        .bind(self.acting.tenant.0)
        .bind(self.code)
        .bind(time.naive_utc())
        .fetch_all(self.pool)
        .await
        .unwrap();
        let expected: Vec<String> = governing.starts_with('v').then(|| governing.clone()).into_iter().collect();
        assert_eq!(rows.iter().map(|version| format!("v{version}")).collect::<Vec<_>>(), expected, "{as_of}");
        governing
    }

    async fn known(&self, as_of: &str, known_at: Value) -> String {
        match self.acting.query("metric.get", json!({ "code": self.code, "asOf": as_of, "knownAt": known_at })).await {
            Ok(row) => format!("v{}", row["version"]),
            refused => Acting::refusal(refused),
        }
    }

    /// Every version with its window: from, until, whether it was withdrawn.
    async fn windows(&self) -> Vec<(String, Option<String>, bool)> {
        let versions = self.acting.query("metric.versions", json!({ "code": self.code })).await.unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let window = |row: &Value| {
            (text(&row["effectiveAt"]).unwrap(), text(&row["deprecatedAt"]), row["withdrawn"].as_bool().unwrap())
        };
        versions["versions"].as_array().unwrap().iter().map(window).collect()
    }
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn window(from: &str, until: Option<&str>) -> (String, Option<String>, bool) {
    (from.to_owned(), until.map(str::to_owned), false)
}

/// Next year, to the millisecond.
fn next_year() -> String {
    (Utc::now() + Months::new(12)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[tokio::test]
async fn a_version_governs_from_its_time_until_the_next_one_takes_over() {
    let Some(ground) = Ground::new("examples 1 and 3").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let metric = Metric { acting: &acting, pool: &pool, code: "successive" };
    assert_eq!((metric.define(A).await.as_str(), metric.define(B).await.as_str()), ("v1", "v2"));
    assert_eq!(metric.at("2024-02-15T00:00:00Z").await, "v1");
    assert_eq!(metric.at(B).await, "v2");
    assert_eq!(metric.at("2024-02-29T23:59:59.999999Z").await, "v1");
    assert_eq!(metric.at("2023-12-31T23:59:59.999999Z").await, "not_effective");
    assert_eq!(metric.known("2024-02-15T01:00:00+01:00", Value::Null).await, "v1");

    let same = Metric { code: "same_instant", ..metric };
    for expected in ["v1", "v2"] {
        assert_eq!(same.define(B).await, expected);
    }
    assert_eq!(same.at(B).await, "v2");
    assert_eq!(same.known(B, (ground.position().await - 1).into()).await, "v1");
    assert_eq!(same.windows().await, [window(B, Some(B)), window(B, None)]);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_version_that_comes_in_between_later_changes_the_past_but_not_what_was_known() {
    let Some(ground) = Ground::new("example 2").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let metric = Metric { acting: &acting, pool: &pool, code: "back_dated" };
    metric.define(A).await;
    metric.define(B).await;
    let (position, before) = (ground.position().await, Utc::now());
    assert_eq!(metric.define("2024-02-01T00:00:00Z").await, "v3");
    assert_eq!(metric.at("2024-02-10T00:00:00Z").await, "v3");
    assert_eq!(metric.at("2024-03-10T00:00:00Z").await, "v2");
    assert_eq!(metric.known("2024-02-10T00:00:00Z", position.into()).await, "v1");
    assert_eq!(metric.known("2024-02-10T00:00:00Z", before.to_rfc3339().into()).await, "v1");
    assert_eq!(metric.known("2024-02-10T00:00:00Z", Utc::now().to_rfc3339().into()).await, "v3");
    assert_eq!(metric.known("2024-02-10T00:00:00Z", 0.into()).await, "unknown_metric");
    let february = "2024-02-01T00:00:00Z";
    let windows = [window(A, Some(february)), window(B, None), window(february, Some(B))];
    assert_eq!(metric.windows().await, windows);

    let page = acting.query("metric.history", json!({ "code": "back_dated" })).await.unwrap();
    let third = &page["events"][2];
    assert_eq!((&third["type"], &third["origin"]["actor"]), (&json!("MetricDefined"), &json!(acting.user)));
    assert_eq!(
        (&third["data"]["reason"], &third["data"]["retroactive"]),
        (&json!("as the contract says"), &json!(true))
    );
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_deprecated_metric_has_no_version_until_another_one_takes_over() {
    let Some(ground) = Ground::new("examples 4, 5 and 7").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let (september, july) = ("2024-09-01T00:00:00Z", "2024-07-01T00:00:00Z");
    for (code, second, at_second) in
        [("a_gap", september, "v2"), ("no_gap", C, "v2"), ("corrected", B, "v2"), ("ended", "", "")]
    {
        let metric = Metric { acting: &acting, pool: &pool, code };
        metric.define(A).await;
        assert_eq!(metric.deprecate(C).await, "MetricDeprecated");
        assert_eq!(
            (metric.at("2024-05-01T00:00:00Z").await.as_str(), metric.at(C).await.as_str()),
            ("v1", "deprecated")
        );
        assert_eq!(metric.deprecate(july).await, "already_deprecated");
        assert_eq!(metric.deprecate("2023-01-01T00:00:00Z").await, "not_effective");
        if !second.is_empty() {
            assert_eq!(metric.define(second).await, "v2");
            assert_eq!(metric.at(second).await, at_second);
        }
        let july_governs = metric.at(july).await;
        assert_eq!(july_governs, if code == "no_gap" { "v2" } else { "deprecated" }, "{code}");
    }
    let unknown = Metric { acting: &acting, pool: &pool, code: "unknown" };
    assert_eq!(unknown.deprecate(C).await, "unknown_metric");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_deprecation_asks_what_happens_to_scheduled_versions() {
    let Some(ground) = Ground::new("example 6").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let next_year = next_year();
    for (code, scheduled, events, then) in [
        ("withdrawn", "withdraw", "MetricVersionWithdrawn MetricDeprecated", "deprecated"),
        ("paused", "keep", "MetricDeprecated", "v2"),
    ] {
        let metric = Metric { acting: &acting, pool: &pool, code };
        metric.define(A).await;
        metric.define(&next_year).await;
        let mut body = json!({ "code": code, "reason": "merged" });
        assert_eq!(metric.end(body.clone()).await, "scheduled_versions_exist");
        body["scheduled"] = scheduled.into();
        assert_eq!(metric.end(body).await, events);
        assert_eq!((metric.at(B).await.as_str(), metric.at(&next_year).await.as_str()), ("v1", then));
        assert_eq!(metric.at(&Utc::now().to_rfc3339()).await, "deprecated");
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn only_a_version_that_is_not_effective_yet_can_be_withdrawn_and_its_number_stays_taken() {
    let Some(ground) = Ground::new("example 8").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let metric = Metric { acting: &acting, pool: &pool, code: "withdrawn" };
    let next_year = next_year();
    metric.define(A).await;
    metric.define(&next_year).await;
    let withdraw = |version: u32| json!({ "code": "withdrawn", "version": version, "reason": "a mistake" });
    assert_eq!(Acting::refusal(acting.send("metric.withdraw", withdraw(1)).await), "already_effective");
    assert_eq!(Acting::refusal(acting.send("metric.withdraw", withdraw(3)).await), "unknown_version");
    acting.send("metric.withdraw", withdraw(2)).await.unwrap();
    assert_eq!(Acting::refusal(acting.send("metric.withdraw", withdraw(2)).await), "already_withdrawn");
    assert_eq!(metric.at(&next_year).await, "v1");
    assert_eq!(metric.define(&next_year).await, "v3");
    let never = (next_year.clone(), Some(next_year.clone()), true);
    assert_eq!(metric.windows().await, [window(A, Some(&next_year)), never, window(&next_year, None)]);
    ground.assert_verified().await;
}

#[tokio::test]
async fn of_two_that_expect_the_same_version_one_wins_and_without_expectation_both_do() {
    let Some(ground) = Ground::new("example 9").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for (code, expected, outcomes) in
        [("expecting", json!(1), vec!["v2", "version_conflict"]), ("indifferent", Value::Null, vec!["v2", "v3"])]
    {
        let body = |name: &str| json!({ "code": code, "name": name, "description": "", "expectedVersion": expected });
        acting.send("metric.define", json!({ "code": code, "name": "first", "description": "" })).await.unwrap();
        let (one, other) =
            tokio::join!(acting.send("metric.define", body("one")), acting.send("metric.define", body("other")));
        let outcome = |sent: Result<plinth_events::reply::Reply, _>| match sent {
            Ok(reply) => format!("v{}", parse(reply.result.get())["version"]),
            refused => Acting::refusal(refused),
        };
        let mut found = [outcome(one), outcome(other)];
        found.sort();
        assert_eq!(found.as_slice(), outcomes, "{code}");
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_definition_that_says_what_governs_already_changes_nothing() {
    let Some(ground) = Ground::new("example 10").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let body = |formula: &str| {
        format!(r#"{{"code":"revenue","name":"Revenue","description":"","formula":{formula}}}"#).parse().unwrap()
    };
    acting.send("metric.define", body(r#"{"field":"paid","operator":">","value":1.0}"#)).await.unwrap();
    let same: Value = body(r#"{"value":1,"operator":">","field":"paid"}"#);
    assert_eq!(Acting::refusal(acting.send("metric.define", same).await), "no_change");
    let other: Value = body(r#"{"value":2,"operator":">","field":"paid"}"#);
    acting.send("metric.define", other).await.unwrap();
    assert_eq!(ground.position().await, 4);
}

#[tokio::test]
async fn the_answer_is_the_row_of_the_governing_version_with_its_position() {
    let Some(ground) = Ground::new("the row of a version").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let started = Utc::now() - TimeDelta::milliseconds(1);
    let formula = json!({ "field": "lastOrderDate", "operator": ">", "value": "30 days" });
    let mut body = json!({ "code": "at_risk_customer", "name": "At Risk Customer", "description": "Has not ordered.",
        "formula": formula, "effectiveAt": "2024-01-01T00:00:00.1239Z", "reason": "first" });
    acting.send("metric.define", body.clone()).await.unwrap();
    let row = acting.query("metric.get", json!({ "code": "at_risk_customer" })).await.unwrap();
    let created: DateTime<Utc> = row["createdAt"].as_str().unwrap().parse().unwrap();
    assert!((started..Utc::now()).contains(&created), "{created}");
    body["effectiveAt"] = "2024-01-01T00:00:00.123Z".into();
    let rest = json!({ "version": 1, "deprecatedAt": null, "createdById": acting.user, "createdAt": row["createdAt"],
        "position": 3, "withdrawn": false, "status": "effective", "insertedBetween": null,
        "sentence": "last order more than 30 days ago",
        "sentence": "last order more than 30 days ago",
        "window": { "from": "2024-01-01T00:00:00.123Z", "until": null } });
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    assert_eq!(row, body);
}
