//! The evaluator and Postgres say the same of random formulas and random records, unknown included.

use std::env;

use crate::support::{measure, predicate, raw, record, samples};
use plinth_formula::{
    Catalogue, Evaluator, Formula, Instant, Verdict, Zone, parse,
    sql::{FUNCTIONS, SqlText, sql},
    value::Value,
};
use proptest::{prelude::Strategy, sample::select};
use sqlx::{Connection, PgConnection, Row, postgres::PgArguments, query::Query};

const RECORDS: usize = 120;

/// A connection with the functions and the records in temporary schemas, to the server that
/// `PLINTH_TEST_DATABASE_URL` names.
async fn connect(records: &[String]) -> Option<PgConnection> {
    let Ok(url) = env::var("PLINTH_TEST_DATABASE_URL") else {
        eprintln!("skipped: PLINTH_TEST_DATABASE_URL names no database server");
        return None;
    };
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // a temporary schema vanishes with the connection; functions in it are only found by their full names
    let temporary = FUNCTIONS.replace("metric_", "pg_temp.metric_");
    sqlx::raw_sql(&temporary).execute(&mut connection).await.unwrap();
    let table = "create temporary table records (number serial, record jsonb)";
    sqlx::raw_sql(table).execute(&mut connection).await.unwrap();
    sqlx::query(
        "insert into records (record) select text::jsonb from unnest($1) with ordinality as r (text, n) order by n",
    )
    .bind(records)
    .execute(&mut connection)
    .await
    .unwrap();
    Some(connection)
}

fn bound<'q>(query: &'q str, sql: &SqlText, as_of: Instant, zone: &Zone) -> Query<'q, sqlx::Postgres, PgArguments> {
    sql.binds.iter().fold(sqlx::query(query), |query, bind| query.bind(bind.text(as_of, zone)))
}

/// A time and a zone, some of them where clocks change.
fn circumstances() -> impl Strategy<Value = (Instant, Zone)> {
    let times = vec![
        "2026-03-31T12:00:00Z",
        "2026-04-28T01:30:00Z",
        "2026-03-30T00:30:00Z",
        "2026-11-25T00:30:00.000001Z",
        "2026-11-24T01:30:00Z",
        "2024-02-29T23:59:59.999999Z",
        "2026-12-01T05:30:00Z",
    ];
    let zones = vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"];
    (select(times), select(zones)).prop_map(|(time, zone)| (time.parse().unwrap(), Zone::named(zone).unwrap()))
}

fn records() -> Vec<String> {
    samples(record(), RECORDS).map(|record| raw(&record)).collect()
}

fn verdicts(formula: &Formula, as_of: Instant, zone: &Zone, records: &[String]) -> Vec<Verdict> {
    let evaluator = Evaluator::new(formula, as_of, zone).unwrap();
    let mut evaluation = evaluator.start();
    records.iter().map(|record| evaluation.record(record).unwrap().unwrap()).collect()
}

#[tokio::test]
async fn predicates_have_the_same_verdicts_in_postgres() {
    let records = records();
    let Some(mut connection) = connect(&records).await else { return };
    let (mut compared, mut seen) = (0, [0; 3]);
    for (json, (as_of, zone)) in samples((predicate(), circumstances()), 400) {
        let Ok(formula) = parse(&raw(&json), &Catalogue::default()) else { continue };
        let sql = sql(&formula).unwrap();
        let text = format!("select {} from records order by number", sql.text).replace("metric_", "pg_temp.metric_");
        let rows = bound(&text, &sql, as_of, &zone).fetch_all(&mut connection).await;
        let rows = rows.unwrap_or_else(|error| panic!("{json}\n{text}\n{:?}\n{error}", sql.binds));
        let expected = verdicts(&formula, as_of, &zone, &records);
        for ((row, expected), record) in rows.iter().zip(expected).zip(&records) {
            let found = Verdict::from(row.get::<Option<bool>, _>(0));
            assert_eq!(found, expected, "{json}\nat {as_of} in {zone}\n{record}\n{text}");
            seen[found as usize] += 1;
        }
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
    assert!(seen.iter().all(|count| *count > 2_000), "{seen:?}");
}

#[tokio::test]
async fn measures_have_the_same_values_in_postgres() {
    let records = records();
    let Some(mut connection) = connect(&records).await else { return };
    let (mut compared, mut known) = (0, 0);
    for (json, (as_of, zone)) in samples((measure(), circumstances()), 200) {
        let Ok(formula) = parse(&raw(&json), &Catalogue::default()) else { continue };
        let sql = sql(&formula).unwrap();
        let text = format!(
            "with measured as (select {} as value from records) \
             select pg_typeof(value)::text, case when pg_typeof(value) = 'numeric'::regtype \
             then trim_scale(value::text::numeric)::text else value::text end from measured",
            sql.text
        )
        .replace("metric_", "pg_temp.metric_");
        let row = bound(&text, &sql, as_of, &zone).fetch_one(&mut connection).await;
        let row = row.unwrap_or_else(|error| panic!("{json}\n{text}\n{:?}\n{error}", sql.binds));
        let evaluator = Evaluator::new(&formula, as_of, &zone).unwrap();
        let mut evaluation = evaluator.start();
        records.iter().for_each(|record| assert_eq!(evaluation.record(record).unwrap(), None));
        let expected = evaluation.finish().value.unwrap();
        known += usize::from(expected.is_some());
        let expected = expected.map(|value| match value {
            Value::Decimal(number) => number.normalize().to_string(),
            Value::Text(text) => text,
            Value::Instant(instant) => instant.to_string(),
            other => panic!("{other:?}"),
        });
        let found: Option<String> = row.get(1);
        let found = match row.get::<&str, _>(0) {
            "timestamp with time zone" => found.map(|text| {
                let text = text.replace(' ', "T") + ":00";
                text.parse::<Instant>().unwrap().to_string()
            }),
            _ => found,
        };
        assert_eq!(found, expected, "{json}\nat {as_of} in {zone}\n{text}");
        compared += 1;
    }
    assert!(compared > 100 && known > 60, "{compared} {known}");
}
