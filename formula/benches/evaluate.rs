//! How many records a second one core evaluates, of newline-delimited JSON as an application would export it.
//!
//! `cargo bench -p plinth-formula`

#![allow(clippy::unwrap_used)]

use std::{fmt::Write, hint::black_box, time::Instant};

use plinth_formula::{Catalogue, Evaluator, Zone, parse, read_ndjson};

const RECORDS: usize = 1_000_000;
const FORMULAS: [(&str, &str); 4] = [
    ("the specification's example", r#"{"field":"lastOrderDate","operator":">","value":"30 days"}"#),
    (
        "three tests",
        r#"{"all":[{"field":"lastOrderDate","operator":">","value":"30 days"},{"field":"status","operator":"in",
            "value":["active","trial"]},{"field":"revenue","operator":">=","value":100.5}]}"#,
    ),
    (
        "over a list",
        r#"{"over":"orders","aggregate":"sum","field":"amount","where":{"field":"paid","operator":"=","value":true},
            "operator":">=","value":100}"#,
    ),
    (
        "an average",
        r#"{"aggregate":"avg","field":"revenue","where":{"field":"status","operator":"=","value":"active"}}"#,
    ),
];

fn main() {
    let records = records();
    println!("{RECORDS} records of {} bytes", records.len() / RECORDS);
    for (name, formula) in FORMULAS {
        let formula = parse(formula, &Catalogue::default()).unwrap();
        let evaluator = Evaluator::new(&formula, "2026-03-01T00:00:00Z".parse().unwrap(), &Zone::utc()).unwrap();
        let mut evaluation = evaluator.start();
        let began = Instant::now();
        read_ndjson(records.as_bytes(), &mut evaluation, |_, _, verdict| {
            black_box(verdict);
            Ok(())
        })
        .unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let summary = serde_json::to_string(&evaluation.finish()).unwrap();
        println!("{name}: {:.0} records/s {summary}", RECORDS as f64 / seconds);
    }
}

fn records() -> String {
    let mut records = String::new();
    for number in 0..RECORDS {
        let (month, day, cents) = (number % 3 + 1, number % 28 + 1, number % 100);
        let status = ["active", "trial", "closed"][number % 3];
        let last = format!("2026-{month:02}-{day:02}T{:02}:30:00Z", number % 24);
        writeln!(
            records,
            r#"{{"id":"c-{number:07}","name":"Customer No. {number}","status":"{status}","revenue":{}.{cents:02},"lastOrderDate":"{last}","orders":[{{"amount":{cents}.5,"paid":true}}]}}"#,
            number % 1_000
        )
        .unwrap();
    }
    records
}
