//! Text that is made when it is read, a batch at a time.

use std::io::{self, BufRead, Read};

/// Reads what a source of batches gives.
pub(super) struct Converted<S> {
    source: S,
    batch: Vec<u8>,
    read: usize,
}

/// Gives batches of lines.
pub(super) trait Batches {
    /// Appends the next batch; false at the end.
    fn append(&mut self, out: &mut Vec<u8>) -> io::Result<bool>;
}

impl<S: Batches> Converted<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, batch: Vec::new(), read: 0 }
    }
}

impl<S: Batches> BufRead for Converted<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.batch.len() {
            self.batch.clear();
            self.read = 0;
            if !self.source.append(&mut self.batch)? {
                break;
            }
        }
        Ok(&self.batch[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl<S: Batches> Read for Converted<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}
