//! Records from a stream of lines.

use std::io::{self, Cursor};

use plinth_formula::{
    Evaluator, ReadError, RecordError, Verdict,
    Verdict::{False, True, Unknown},
    Zone, limits, read_ndjson,
};
use serde_json::json;

use crate::support::formula;

/// Whether `a` is 1.
fn evaluator() -> Evaluator {
    let formula = formula(&json!({ "field": "a", "operator": "=", "value": 1 }));
    Evaluator::new(&formula, "2026-03-31T12:00:00Z".parse().unwrap(), &Zone::utc()).unwrap()
}

#[test]
fn lines_are_read_one_by_one() {
    let evaluator = evaluator();
    let mut evaluation = evaluator.start();
    let mut seen = Vec::new();
    let lines = "{\"a\":1}\r\n\n  {\"a\":2}\n{}";
    read_ndjson(lines.as_bytes(), &mut evaluation, |line, record, verdict| {
        seen.push((line, record.to_owned(), verdict));
        Ok(())
    })
    .unwrap();
    let expected = [(1, r#"{"a":1}"#, True), (3, r#"{"a":2}"#, False), (4, "{}", Unknown)];
    assert_eq!(seen, expected.map(|(line, record, verdict)| (line, record.to_owned(), Some(verdict))));
}

#[test]
fn a_line_that_is_no_record_ends_the_pass_and_is_named() {
    let evaluator = evaluator();
    let read = |lines: &[u8]| {
        let mut evaluation = evaluator.start();
        let error = read_ndjson(Cursor::new(lines), &mut evaluation, |_, _, _| Ok(())).unwrap_err();
        (error.to_string(), evaluation.finish().records)
    };
    for line in ["[1]", "5", "{\"a\":1", "{\"a\":1}{}", "{\"a\":01}", "{\"b\":nul}", "{\"a\":\"\u{1}\"}"] {
        let (message, records) = read(format!("{{}}\n{line}\n{{}}").as_bytes());
        assert!(message.starts_with("line 2: a record must be a JSON object: "), "{line}: {message}");
        assert!(message.ends_with("; correct or remove the line"), "{message}");
        assert_eq!(records, 1);
    }
    assert_eq!(read(b"{\"b\":\"\xff\"}").0, "line 1 is not UTF-8; convert the file, or remove the line");
    let long = format!("{{\"b\":\"{}\"}}", "x".repeat(limits::RECORD_BYTES));
    assert!(read(long.as_bytes()).0.starts_with("line 1: a record has at most 1048576 bytes"));
    let mut evaluation = evaluator.start();
    let stop = |_: u64, _: &str, _: Option<Verdict>| Err(io::Error::other("closed"));
    let error = read_ndjson(&b"{}"[..], &mut evaluation, stop).unwrap_err();
    assert!(matches!(error, ReadError::Write { line: 1, .. }));
    assert!(matches!(evaluator.start().record(&long), Err(RecordError::TooLong)));
}
