//! Parquet. It has types of its own, so they are kept: numbers with all their digits, timestamps as points in time.

use std::{fs::File, io};

use arrow_json::writer::{LineDelimited, WriterBuilder};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use super::{
    Columns,
    converted::{Batches, Converted},
};

/// Rows per batch.
const BATCH_ROWS: usize = 1_024;
/// A timestamp without a zone counts as UTC.
const TIMESTAMP_WITHOUT_ZONE: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

/// The rows as lines.
pub(super) fn lines(file: File, columns: &Columns) -> anyhow::Result<Converted<ParquetRecordBatchReader>> {
    // what Arrow noted beside Parquet's own types, such as the zone of a timestamp, changes no value
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let mask = if columns.are_all() {
        ProjectionMask::all()
    } else {
        ProjectionMask::columns(builder.parquet_schema(), columns.paths())
    };
    Ok(Converted::new(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?))
}

impl Batches for ParquetRecordBatchReader {
    fn append(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let Some(batch) = self.next().transpose().map_err(io::Error::other)? else { return Ok(false) };
        let builder = WriterBuilder::new().with_timestamp_format(TIMESTAMP_WITHOUT_ZONE.to_owned());
        let mut writer = builder.build::<_, LineDelimited>(out);
        writer.write(&batch).map_err(io::Error::other)?;
        writer.finish().map_err(io::Error::other)?;
        Ok(true)
    }
}
