//! The pages about metrics with sample data: what the service would find, as JSON of the contract.

use maud::Markup;
use plinth_events::{
    Refusal, RefusalCode, UserId,
    query::{KnownAt, formula::MetricDiff, metric::MetricRow},
    refusal::FieldError,
    timeline::Standing,
};
use plinth_web::{
    components::{People, Time},
    metrics::{
        Asked, Check, Comparison, DefinitionView, DeprecationFields, DeprecationView, DifferencesView, EditorFields,
        EditorView, HistoryView, Knowledge, Leaf, ListView, MetricHead, Notarised, Picture, ProofView, RecordsFields,
        RecordsView, SqlView, VersionsView, definition, deprecation, differences, editor, history, list, proof,
        records, sql, versions,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ANN: &str = "0d1f4c5e-0bfe-5a71-86f9-dfa38a2e194a";
const NOW: &str = "2026-03-12T09:30:00Z";

fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn people() -> People {
    People::new([(of::<UserId>(json!(ANN)), "Ann Example".to_owned())])
}

fn head(standing: Standing, asked: Asked) -> MetricHead {
    let name = "At-risk customer".to_owned();
    MetricHead { code: "at_risk_customer".parse().unwrap(), name, standing: Some(standing), asked, can_write: true }
}

pub fn all() -> Markup {
    let entry = |code: &str, name: &str, status: &str, sentence: Option<&str>, versions: u32, next: Value| {
        json!({ "code": code, "name": name, "status": status, "sentence": sentence, "version": versions.max(2) - 1,
            "versions": versions, "effectiveAt": "2026-01-01T00:00:00Z", "deprecatedAt": null, "nextChange": next })
    };
    let metrics = json!([
        entry(
            "active_customer",
            "Active customer",
            "effective",
            Some("last order at most 30 days ago"),
            1,
            Value::Null
        ),
        entry(
            "at_risk_customer",
            "At-risk customer",
            "effective",
            Some("last order more than 45 days ago and status is not “closed”"),
            4,
            json!({ "at": "2026-04-01T00:00:00Z", "version": 4 })
        ),
        entry("average_order_value", "Average order value", "effective", Some("the average of amount"), 2, Value::Null),
        entry(
            "churn_rate",
            "Churn rate",
            "scheduled",
            Some("the number of records where closed at exists, divided by the number of records"),
            1,
            json!({ "at": "2026-04-01T00:00:00Z", "version": 1 })
        ),
        entry("legacy_score", "Legacy score", "deprecated", None, 7, Value::Null),
        entry(
            "net_revenue",
            "Net revenue",
            "effective",
            Some("the sum of amount where refunded is false"),
            3,
            json!({ "at": "2026-06-30T00:00:00Z", "version": null })
        ),
        entry("vip_customer", "VIP customer", "withdrawn", Some("total amount at least 10000"), 1, Value::Null),
    ]);
    let page = of(json!({ "metrics": metrics, "next": "vip_customer" }));
    list(&ListView { page, status: None, search: String::new(), is_first: true, can_write: true })
}

pub fn none() -> Markup {
    let page = of(json!({ "metrics": [], "next": null }));
    list(&ListView { page, status: None, search: String::new(), is_first: true, can_write: true })
}

fn window(from: &str, until: Option<&str>) -> Value {
    json!({ "from": from, "until": until })
}

fn point(version: Option<u32>, window: Option<Value>, status: &str, at: &str) -> Value {
    json!({ "at": at, "version": version, "window": window, "status": status, "insertedBetween": null,
        "recordedById": ANN, "recordedAt": at, "position": 12, "reason": null })
}

fn points() -> Value {
    json!([
        point(
            Some(1),
            Some(window("2025-06-01T00:00:00Z", Some("2025-09-15T00:00:00Z"))),
            "deprecated",
            "2025-06-01T00:00:00Z"
        ),
        point(
            None,
            Some(window("2025-09-15T00:00:00Z", Some("2025-11-01T00:00:00Z"))),
            "superseded",
            "2025-09-15T00:00:00Z"
        ),
        point(
            Some(2),
            Some(window("2025-11-01T00:00:00Z", Some("2026-02-01T00:00:00Z"))),
            "superseded",
            "2025-11-01T00:00:00Z"
        ),
        point(
            Some(3),
            Some(window("2026-02-01T00:00:00Z", Some("2026-04-01T00:00:00Z"))),
            "effective",
            "2026-02-01T00:00:00Z"
        ),
        point(Some(5), None, "withdrawn", "2026-03-20T00:00:00Z"),
        point(Some(4), Some(window("2026-04-01T00:00:00Z", None)), "scheduled", "2026-04-01T00:00:00Z"),
    ])
}

fn picture(then: bool) -> Picture {
    let then = then.then(|| {
        of(json!([
            point(
                Some(1),
                Some(window("2025-06-01T00:00:00Z", Some("2025-12-01T00:00:00Z"))),
                "superseded",
                "2025-06-01T00:00:00Z"
            ),
            point(Some(2), Some(window("2025-12-01T00:00:00Z", None)), "effective", "2025-12-01T00:00:00Z"),
        ]))
    });
    let learned = |position, at: &str, what: &str| Knowledge {
        position,
        recorded_at: at.parse().unwrap(),
        what: what.to_owned(),
    };
    let knowledge = vec![
        learned(286, "2026-03-01T10:12:00Z", "version 4 defined"),
        learned(275, "2026-01-28T16:40:00Z", "version 3 defined"),
        learned(237, "2025-11-28T08:00:00Z", "version 2 defined"),
    ];
    Picture { now: NOW.parse().unwrap(), points: of(points()), then, knowledge }
}

fn row(version: u32, status: &str, days: u32) -> MetricRow {
    of(json!({
        "code": "at_risk_customer", "version": version, "name": "At-risk customer",
        "description": "A customer who has not ordered for so long that the next order is unlikely unless somebody does something about it.",
        "formula": { "all": [
            { "field": "lastOrderDate", "operator": ">", "value": format!("{days} days") },
            { "field": "status", "operator": "!=", "value": "closed" },
        ] },
        "sentence": format!("last order more than {days} days ago and status is not “closed”"),
        "effectiveAt": "2026-02-01T00:00:00Z", "deprecatedAt": "2026-04-01T00:00:00Z",
        "window": { "from": "2026-02-01T00:00:00Z", "until": "2026-04-01T00:00:00Z" }, "status": status,
        "insertedBetween": [2, 4], "createdById": ANN, "createdAt": "2026-01-28T16:40:12.345678Z", "position": 275,
        "reason": "The spring campaign needs a longer window.", "withdrawn": false,
    }))
}

pub fn effective() -> Markup {
    let head = head(Standing::Effective, Asked::default());
    let version = Some(row(3, "effective", 45));
    definition(&DefinitionView { head, picture: picture(false), version, deprecated_since: None, people: people() })
}

pub fn believed() -> Markup {
    let asked = Asked { as_of: Some("2025-12-15T00:00:00Z".parse().unwrap()), known_at: Some(KnownAt::Position(237)) };
    let head = head(Standing::Effective, asked);
    let version = Some(row(2, "effective", 30));
    definition(&DefinitionView { head, picture: picture(true), version, deprecated_since: None, people: people() })
}

pub fn deprecated() -> Markup {
    let head = head(Standing::Deprecated, Asked::default());
    let version = Some(row(1, "deprecated", 30));
    let deprecated_since = Some("2025-09-15T00:00:00Z".parse().unwrap());
    definition(&DefinitionView { head, picture: picture(false), version, deprecated_since, people: people() })
}

pub fn all_versions() -> Markup {
    let head = head(Standing::Effective, Asked::default());
    let versions =
        vec![row(4, "scheduled", 60), row(3, "effective", 45), row(2, "superseded", 30), row(1, "deprecated", 14)];
    versions_page(head, versions)
}

fn versions_page(head: MetricHead, rows: Vec<MetricRow>) -> Markup {
    versions(&VersionsView { head, picture: picture(false), versions: rows, more: None, people: people() })
}

fn diff() -> MetricDiff {
    of(json!({
        "class": "tightened", "more": 0, "from": row(2, "superseded", 30), "to": row(3, "effective", 45),
        "differences": [
            { "pointer": "/description", "old": "No order for 30 days.", "new": "No order for 45 days." },
            { "pointer": "/formula/all/0/value", "old": { "duration": "P30D" }, "new": { "duration": "P45D" } },
            { "pointer": "/formula/all/1", "new": { "field": "status", "operator": "!=", "value": "closed" } },
        ],
    }))
}

pub fn changes() -> Markup {
    differences(&DifferencesView { head: head(Standing::Effective, Asked::default()), latest: 4, diff: Some(diff()) })
}

pub fn in_sql() -> Markup {
    let sql_of = of(json!({
        "code": "at_risk_customer", "version": 3, "sentence": "last order more than 45 days ago", "dialect": "postgres",
        "text": "(plinth.metric_instant((record #> $1::text[]), $2::text) < plinth.metric_before($4::timestamptz, $3::interval, $2::text))",
        "binds": [{ "type": "text[]", "of": "formula", "value": "{\"lastOrderDate\"}" }, { "type": "text", "of": "zone" },
            { "type": "interval", "of": "formula", "value": "P45D" }, { "type": "timestamptz", "of": "asOf" }],
        "isAggregate": false,
    }));
    sql(&SqlView { head: head(Standing::Effective, Asked::default()), sql: Ok(sql_of) })
}

pub fn happened() -> Markup {
    let event = |position: u64, kind: &str, data: Value| {
        json!({ "position": position, "id": ANN, "tenantId": ANN, "aggregateType": "metric", "aggregateId": "at_risk_customer",
            "sequence": position, "type": kind, "version": "1", "origin": { "actor": ANN }, "commandId": ANN,
            "recordedAt": "2026-01-28T16:40:12.345678Z", "data": data })
    };
    let defined = |version, at: &str, retroactive| {
        json!({ "code": "at_risk_customer", "version": version, "name": "At-risk customer", "description": "…",
            "effectiveAt": at, "reason": "The spring campaign needs a longer window.", "retroactive": retroactive })
    };
    let events = json!([
        event(36, "MetricDefined", defined(1, "2025-06-01T00:00:00Z", true)),
        event(237, "MetricDefined", defined(2, "2025-11-01T00:00:00Z", false)),
        event(
            275,
            "MetricDeprecated",
            json!({ "code": "at_risk_customer", "deprecatedAt": "2025-09-15T00:00:00Z", "reason": "Nobody used it.", "retroactive": true })
        ),
        event(
            286,
            "MetricVersionWithdrawn",
            json!({ "code": "at_risk_customer", "version": 5, "reason": "Too early." })
        ),
    ]);
    let sentences = json!({ "36": "last order more than 14 days ago", "237": "last order more than 30 days ago" });
    let found = of(json!({ "events": events, "sentences": sentences, "next": null }));
    let head = head(Standing::Effective, Asked::default());
    history(&HistoryView { head, history: found, more: None, people: people() })
}

pub fn proved() -> Markup {
    let leaf = |position, event_type: &str| Leaf {
        position,
        event_type: event_type.to_owned(),
        commitment: Some("3f9a0c1d7be24ef09c8b5b6a1d2e3f4051627384950a1b2c3d4e5f60718293a4".to_owned()),
    };
    let notarised = Some(Notarised {
        origin: "localhost/plinth-dev".to_owned(),
        size: 12_480,
        signed_at: Time::at(NOW.parse().unwrap()),
        note: "localhost/plinth-dev\n12480\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— localhost/plinth-dev az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".to_owned(),
    });
    let leaves = vec![leaf(286, "MetricVersionWithdrawn"), leaf(275, "MetricDeprecated"), leaf(237, "MetricDefined")];
    proof(&ProofView { head: head(Standing::Effective, Asked::default()), leaves, notarised })
}

const FORMULA: &str = r#"{
  "all": [
    { "field": "lastOrderDate", "operator": ">", "value": "45 days" },
    { "any": [
      { "field": "status", "operator": "in", "value": ["open", "paused"] },
      { "over": "orders", "aggregate": "sum", "field": "amount", "operator": ">=", "value": 1000.50 }
    ] },
    { "not": { "field": "closedAt", "operator": "exists" } }
  ]
}"#;

fn editing(view: EditorView) -> Markup {
    let declared =
        [("lastOrderDate", "instant"), ("status", "string"), ("orders", "record[]"), ("orders.amount", "decimal")];
    let declared = declared.map(|(path, of)| (path.to_owned(), of.to_owned())).to_vec();
    let metric = Some(("at_risk_customer".parse().unwrap(), "At-risk customer".to_owned()));
    editor(&EditorView { metric, declared, ..view })
}

fn fields() -> EditorFields {
    EditorFields {
        name: "At-risk customer".to_owned(),
        description: "A customer who has not ordered for 45 days.".to_owned(),
        formula: FORMULA.to_owned(),
        reason: "The spring campaign needs a longer window.".to_owned(),
        records: r#"{"lastOrderDate": "2026-01-15T00:00:00Z", "status": "open"}"#.to_owned(),
        expected_version: "3".to_owned(),
        ..EditorFields::default()
    }
}

pub fn draft() -> Markup {
    let MetricDiff { class, differences, .. } = diff();
    let check = Check {
        has_formula: true,
        sentence: Some("last order more than 45 days ago and (status is one of “open”, “paused” or the sum of amount over orders is at least 1000.50) and closed at is missing".to_owned()),
        comparison: Some(Comparison { version: 3, class, differences, more: 0 }),
        ..Check::default()
    };
    let preview = of(json!({
        "code": "at_risk_customer", "version": 3, "asOf": NOW, "knownAt": null, "zone": "UTC", "class": "tightened",
        "old": { "records": 1200, "verdicts": { "true": 240, "false": 900, "unknown": 60 }, "quality": {} },
        "new": { "records": 1200, "verdicts": { "true": 180, "false": 955, "unknown": 65 }, "quality": { "lastOrderDate": { "missing": 60, "wrongType": 0 }, "status": { "missing": 0, "wrongType": 5 } } },
        "changes": [{ "from": "true", "to": "false", "records": 55, "examples": [3, 17, 22] }, { "from": "true", "to": "unknown", "records": 5, "examples": [101, 102, 103, 104, 105] }],
    }));
    editing(EditorView {
        metric: None,
        fields: fields(),
        check,
        declared: Vec::new(),
        problem: None,
        preview: Some(preview),
    })
}

pub fn refused() -> Markup {
    let mut refusal = Refusal::new(
        RefusalCode::InvalidFormula,
        "/formula/all/0/operator: unknown operator older (the first of 2 errors)",
    );
    let mut summ = FieldError::new("/formula/all/1/any/1/aggregate", "unknown_aggregate", "unknown aggregate summ");
    summ.suggestion = Some(json!("sum"));
    refusal.errors =
        vec![FieldError::new("/formula/all/0/operator", "unknown_operator", "unknown operator older"), summ];
    let problem = refusal.problem();
    let check = Check { has_formula: true, errors: problem.errors.clone(), ..Check::default() };
    let fields =
        EditorFields { formula: FORMULA.replace("\">\"", "\"older\"").replace("\"sum\"", "\"summ\""), ..fields() };
    editing(EditorView { metric: None, fields, check, declared: Vec::new(), problem: Some(problem), preview: None })
}

pub fn new() -> Markup {
    let fields = EditorFields { expected_version: "0".to_owned(), ..EditorFields::default() };
    editor(&EditorView {
        metric: None,
        fields,
        check: Check::default(),
        declared: Vec::new(),
        problem: None,
        preview: None,
    })
}

pub fn evaluated() -> Markup {
    let evaluation = of(json!({
        "code": "at_risk_customer", "version": 3, "asOf": NOW, "knownAt": null, "zone": "UTC", "verdicts": ["true", "false", "unknown"],
        "summary": { "records": 3, "verdicts": { "true": 1, "false": 1, "unknown": 1 }, "quality": { "lastOrderDate": { "missing": 1, "wrongType": 0 } } },
    }));
    let first = [
        r#"{"lastOrderDate": "2026-01-15T00:00:00Z", "status": "open"}"#,
        r#"{"lastOrderDate": "2026-03-10T00:00:00Z"}"#,
        "{}",
    ];
    let first: Vec<_> = first.map(str::to_owned).to_vec();
    let fields = RecordsFields { records: first.join("\n"), zone: String::new() };
    let head = head(Standing::Effective, Asked::default());
    records(&RecordsView { head, fields, first, evaluation: Some(evaluation), problem: None })
}

pub fn ending() -> Markup {
    let fields = DeprecationFields::default();
    let name = "At-risk customer".to_owned();
    let view = DeprecationView { name, fields, scheduled_versions: vec![4], problem: None };
    deprecation(&"at_risk_customer".parse().unwrap(), &view)
}
