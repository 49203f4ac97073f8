//! Comma-separated values (RFC 4180), with names in the first row.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use csv::{Reader, ReaderBuilder, StringRecord};
use plinth_formula::limits;

use super::{
    Columns, READ_BYTES,
    converted::{Batches, Converted},
    template::Template,
};

/// The rows as lines.
pub(super) fn lines<R: Read>(input: R, columns: &Columns) -> anyhow::Result<Converted<Rows<R>>> {
    let since_row = Rc::new(Cell::new(0));
    let bounded = Bounded { input, since_row: Rc::clone(&since_row) };
    let mut reader = ReaderBuilder::new().buffer_capacity(READ_BYTES).from_reader(bounded);
    let template = Template::new(reader.headers()?.iter(), columns)?;
    Ok(Converted::new(Rows { reader, row: StringRecord::new(), template, since_row }))
}

/// The rows that are still to come.
pub(super) struct Rows<R> {
    reader: Reader<Bounded<R>>,
    row: StringRecord,
    template: Template,
    since_row: Rc<Cell<usize>>,
}

impl<R: Read> Batches for Rows<R> {
    fn append(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        self.since_row.set(0);
        if !self.reader.read_record(&mut self.row)? {
            return Ok(false);
        }
        self.template.write(|column| self.row.get(column), out)?;
        Ok(true)
    }
}

/// Fails when a row is too long, as one is whose quotes are never closed: it would be held as a whole.
struct Bounded<R> {
    input: R,
    /// Bytes read since the last row was complete.
    since_row: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > limits::RECORD_BYTES + READ_BYTES {
            let message = format!("a row has at most {} bytes (is a quote not closed?)", limits::RECORD_BYTES);
            return Err(io::Error::other(message));
        }
        let read = self.input.read(buffer)?;
        self.since_row.set(self.since_row.get() + read);
        Ok(read)
    }
}
