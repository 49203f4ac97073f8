//! Records from a file or standard input. Whatever the format, they come out as newline-delimited JSON, the n-th record on
//! the n-th line, and no more of them is held than one batch.

mod cell;
mod columns;
mod converted;
mod csv;
mod parquet;
mod template;

use std::{
    fs::File,
    io::{BufRead, BufReader, stdin},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

pub(super) use self::columns::Columns;

/// How much is read at a time.
const READ_BYTES: usize = 128 * 1024;

/// The records.
#[derive(Args)]
pub(super) struct Records {
    /// The records: a file, or - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    #[command(flatten)]
    pub form: Form,
}

/// The form that records are in.
#[derive(Args)]
pub(super) struct Form {
    /// The format of the records [default: by the ending of the file's name, else ndjson]
    #[arg(long)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object on each line
    Ndjson,
    /// Comma-separated values with a line of names
    Csv,
    /// Apache Parquet
    Parquet,
}

impl Form {
    /// Opens the records of a file. Of a format with columns, those are read that are asked for.
    pub(super) fn open(&self, file: &Path, columns: &Columns) -> anyhow::Result<Box<dyn BufRead>> {
        let is_stdin = file == Path::new("-");
        let format = self.format.unwrap_or_else(|| format_of(file));
        if format == Format::Parquet && is_stdin {
            bail!("Parquet is not read from standard input, since it begins at its end: name a file");
        }
        if is_stdin {
            let input = BufReader::with_capacity(READ_BYTES, stdin());
            return match format {
                Format::Csv => Ok(Box::new(csv::lines(input, columns)?)),
                _ => Ok(Box::new(input)),
            };
        }
        let shown = file.display();
        let opened = File::open(file).with_context(|| format!("{shown} cannot be opened"))?;
        match format {
            Format::Ndjson => Ok(Box::new(BufReader::with_capacity(READ_BYTES, opened))),
            Format::Csv => {
                Ok(Box::new(csv::lines(opened, columns).with_context(|| format!("{shown} cannot be read as CSV"))?))
            }
            Format::Parquet => Ok(Box::new(
                parquet::lines(opened, columns).with_context(|| format!("{shown} cannot be read as Parquet"))?,
            )),
        }
    }
}

fn format_of(file: &Path) -> Format {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Format::Csv,
        Some("parquet") => Format::Parquet,
        _ => Format::Ndjson,
    }
}
