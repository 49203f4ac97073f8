//! CSV and Parquet say the same as JSON, digit by digit.

use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray, TimestampNanosecondArray,
};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};
use serde_json::{Value, json};

use super::{AS_OF, metric, text};
use crate::support::Ground;

/// True of the first record, false of the second, unknown of the third.
fn formula() -> Value {
    json!({ "all": [
        { "field": "id", "operator": "=", "value": "007" },
        { "field": "customer.lastOrderAt", "operator": ">", "value": "30 days" },
        { "field": "since", "operator": "<", "value": { "date": "2025-06-01" } },
        { "field": "revenue", "operator": "=", "value": { "decimal": "1234567890123456.000000000001" } },
        { "field": "orders", "operator": ">=", "value": 3 },
        { "field": "active", "operator": "=", "value": true },
        { "field": "low", "operator": "<", "valueField": "high" },
    ] })
}

async fn evaluate(ground: &Ground, formula: &Value, file: &Path, more: &[&str]) -> (String, Value) {
    let formula_file = ground.folder.join("formula.json");
    std::fs::write(&formula_file, formula.to_string()).unwrap();
    let arguments = ["evaluate", "--formula", formula_file.to_str().unwrap(), file.to_str().unwrap(), "--as-of", AS_OF];
    let told = metric(ground, &[&arguments[..], more].concat(), "").await;
    let summary = if told.stderr.is_empty() { &told.stdout } else { &told.stderr };
    let parsed: Value = serde_json::from_slice(summary).unwrap_or_else(|_| json!({ "error": text(&told.stderr) }));
    (text(&told.stdout).to_owned(), parsed["summary"].as_object().map_or(parsed.clone(), |_| parsed["summary"].clone()))
}

/// Verdicts, and that nothing but the empty cells of the third record is missing or of a wrong type.
fn assert_verdicts(found: &(String, Value)) {
    let expected = "{\"line\":1,\"verdict\":\"true\"}\n{\"line\":2,\"verdict\":\"false\"}\n\
                    {\"line\":3,\"verdict\":\"unknown\"}\n";
    assert_eq!(found.0, expected, "{}", found.1);
    let quality = json!({
        "customer.lastOrderAt": { "missing": 1, "wrongType": 0 }, "revenue": { "missing": 1, "wrongType": 0 },
    });
    assert_eq!(found.1["quality"], quality);
}

#[tokio::test]
async fn csv_is_read_by_the_types_of_the_formula() {
    let Some(ground) = Ground::new("an evaluation of CSV").await else { return };
    let file = ground.folder.join("customers.csv");
    let rows = "\
id,name,customer.lastOrderAt,since,revenue,orders,active,low,high
007,\"Bond, James\nof London\",2026-01-01T00:00:00+01:00,2024-05-01,1234567890123456.000000000001,3,true,9,10
7,Q,2026-01-01T00:00:00Z,2024-05-01,1234567890123456.000000000001,3,true,9,10
007,M,,2024-05-01,,3,true,9,10
";
    std::fs::write(&file, rows).unwrap();
    assert_verdicts(&evaluate(&ground, &formula(), &file, &[]).await);

    let (matching, _) = evaluate(&ground, &formula(), &file, &["--print", "matching"]).await;
    let record: Value = serde_json::from_str(&matching).unwrap();
    assert_eq!((&record["name"], &record["id"]), (&json!("Bond, James\nof London"), &json!("007")));
    assert_eq!(
        (&record["customer"]["lastOrderAt"], &record["orders"]),
        (&json!("2026-01-01T00:00:00+01:00"), &json!(3))
    );
    let count = json!({ "aggregate": "count" });
    assert_eq!(evaluate(&ground, &count, &file, &[]).await.1["value"], json!({ "decimal": "3" }));
}

#[tokio::test]
async fn what_is_wrong_with_csv_is_told() {
    let Some(ground) = Ground::new("broken CSV").await else { return };
    let file = ground.folder.join("broken.csv");
    let endless = format!("id\n\"{}", "x".repeat(3 * 1024 * 1024));
    for (rows, said) in [
        ("id,name\n1,a\n2\n", "line 2 cannot be read: CSV error: record 2 (line: 3, byte: 12)"),
        ("id,id\n", "there are two columns for id"),
        (endless.as_str(), "is a quote not closed?"),
    ] {
        std::fs::write(&file, rows).unwrap();
        let formula = json!({ "field": "id", "operator": "=", "value": "1" });
        let (_, told) = evaluate(&ground, &formula, &file, &[]).await;
        assert!(told["error"].as_str().unwrap().contains(said), "{told}");
    }
}

#[tokio::test]
async fn parquet_keeps_its_own_types() {
    let Some(ground) = Ground::new("an evaluation of Parquet").await else { return };
    for compression in [Compression::SNAPPY, Compression::ZSTD(Default::default())] {
        let file = ground.folder.join("customers.parquet");
        write_parquet(&file, &parquet_rows(), compression);
        assert_verdicts(&evaluate(&ground, &formula(), &file, &[]).await);
        let (matching, _) = evaluate(&ground, &formula(), &file, &["--print", "matching"]).await;
        let record: Value = serde_json::from_str(&matching).unwrap();
        assert_eq!((&record["name"], &record["id"]), (&json!("Bond"), &json!("007")));
        let count = json!({ "aggregate": "count" });
        assert_eq!(evaluate(&ground, &count, &file, &[]).await.1["value"], json!({ "decimal": "3" }));
    }
}

/// The rows of the test, with a timestamp in a zone, one without, a day, a decimal, and columns in a column.
fn parquet_rows() -> RecordBatch {
    let january = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z
    let at = TimestampMicrosecondArray::from(vec![Some(january), Some(january), None]).with_timezone("Europe/Berlin");
    let customer = StructArray::try_from(vec![("lastOrderAt", Arc::new(at) as ArrayRef)]).unwrap();
    let amount = 1_234_567_890_123_456_000_000_000_001;
    let revenue = Decimal128Array::from(vec![Some(amount), Some(amount), None]).with_precision_and_scale(28, 12);
    let seen = TimestampNanosecondArray::from(vec![january * 1_000; 3]);
    RecordBatch::try_from_iter([
        ("id", Arc::new(StringArray::from(vec!["007", "7", "007"])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec!["Bond", "Q", "M"]))),
        ("customer", Arc::new(customer)),
        ("since", Arc::new(Date32Array::from(vec![19_844; 3]))), // 2024-05-01
        ("revenue", Arc::new(revenue.unwrap())),
        ("orders", Arc::new(Int32Array::from(vec![3; 3]))),
        ("active", Arc::new(BooleanArray::from(vec![true; 3]))),
        ("low", Arc::new(Int32Array::from(vec![9; 3]))),
        ("high", Arc::new(Int32Array::from(vec![10; 3]))),
        ("seen", Arc::new(seen)),
    ])
    .unwrap()
}

fn write_parquet(file: &Path, rows: &RecordBatch, compression: Compression) {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(File::create(file).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn timestamps_without_a_zone_count_as_utc() {
    let Some(ground) = Ground::new("timestamps without a zone").await else { return };
    let file = ground.folder.join("seen.parquet");
    write_parquet(&file, &parquet_rows(), Compression::UNCOMPRESSED);
    let formula = json!({ "field": "seen", "operator": "=", "value": { "instant": "2026-01-01T00:00:00Z" } });
    let (_, summary) = evaluate(&ground, &formula, &file, &[]).await;
    assert_eq!(summary["verdicts"], json!({ "true": 3, "false": 0, "unknown": 0 }));
}
