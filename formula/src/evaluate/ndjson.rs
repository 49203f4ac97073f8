//! Records from a stream, one a line.

use std::io::{self, BufRead, Read};

use super::{Evaluation, RecordError, Verdict};
use crate::limits;

/// Why records could not be read to the end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream broke.
    #[error("line {line} cannot be read")]
    Read {
        /// Which line, counted from 1.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// A line is not UTF-8.
    #[error("line {line} is not UTF-8; convert the file, or remove the line")]
    NotUtf8 {
        /// Which line, counted from 1.
        line: u64,
    },
    /// A line is not a record that can be taken in.
    #[error("line {line}: {source}; correct or remove the line")]
    Record {
        /// Which line, counted from 1.
        line: u64,
        /// Why.
        source: RecordError,
    },
    /// What the caller does with each verdict failed.
    #[error("the result of line {line} cannot be passed on")]
    Write {
        /// Which line, counted from 1.
        line: u64,
        /// Why.
        source: io::Error,
    },
}

/// Takes in records from newline-delimited JSON; empty lines are passed over. `on_record` gets each record's line number,
/// its text and, of a predicate, the verdict. Of the stream no more than one line is held.
///
/// # Errors
/// At the first line that is no record, and when reading or `on_record` fails. What came before has been taken in.
pub fn read_ndjson(
    mut reader: impl BufRead,
    evaluation: &mut Evaluation<'_>,
    mut on_record: impl FnMut(u64, &str, Option<Verdict>) -> io::Result<()>,
) -> Result<(), ReadError> {
    let mut buffer = Vec::new();
    for line in 1.. {
        buffer.clear();
        // with room for the line break, so that what is cut off is too long for sure
        let mut bounded = (&mut reader).take(limits::RECORD_BYTES as u64 + 2);
        if bounded.read_until(b'\n', &mut buffer).map_err(|source| ReadError::Read { line, source })? == 0 {
            break;
        }
        let record = std::str::from_utf8(buffer.trim_ascii()).map_err(|_| ReadError::NotUtf8 { line })?;
        if record.is_empty() {
            continue;
        }
        let verdict = evaluation.record(record).map_err(|source| ReadError::Record { line, source })?;
        on_record(line, record, verdict).map_err(|source| ReadError::Write { line, source })?;
    }
    Ok(())
}
