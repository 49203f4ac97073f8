//! Formulas: how many records a second one core evaluates, from the bytes of newline-delimited JSON to verdicts.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use plinth_formula::{Catalogue, Evaluator, Zone, parse, read_ndjson};

use super::figure::Figures;

/// Records of the text that is read again and again.
const RECORDS: u32 = 100_000;
/// The example of the specification.
const FORMULA: &str = r#"{"field":"lastOrderDate","operator":">","value":"30 days"}"#;

pub fn measure(figures: &Figures, duration: Duration) -> anyhow::Result<()> {
    let records = records()?;
    let formula = parse(FORMULA, &Catalogue::default()).ok().context("the example is a formula")?;
    let evaluator = Evaluator::new(&formula, "2026-03-01T00:00:00Z".parse()?, &Zone::utc())?;
    let mut evaluation = evaluator.start();
    let start = Instant::now();
    while start.elapsed() < duration {
        read_ndjson(records.as_bytes(), &mut evaluation, |_, _, _| Ok(()))?;
    }
    let seconds = start.elapsed().as_secs_f64();
    figures.plain("metric_evaluate", "records/s", evaluation.finish().records as f64 / seconds, Some(500_000.0));
    Ok(())
}

/// Customers as an application would export them, 200 bytes each.
fn records() -> anyhow::Result<String> {
    let mut records = String::new();
    for number in 0..RECORDS {
        let (month, day, hour) = (number % 3 + 1, number % 28 + 1, number % 24);
        writeln!(
            records,
            r#"{{"id":"c-{number:07}","name":"Customer No. {number}","status":"active","revenue":{number}.50,"lastOrderDate":"2026-{month:02}-{day:02}T{hour:02}:30:00Z","orders":[{{"amount":{day}.5,"paid":true}}]}}"#,
        )?;
    }
    Ok(records)
}
