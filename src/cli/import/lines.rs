//! Reading files line by line, a window of lines at a time, however large a file or a line is.
//! Does not look into lines.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    vec::IntoIter,
};

use anyhow::Context as _;
use plinth_events::limits;

use super::line::Line;

/// A line is kept up to this length; no command is longer.
const LINE_BYTES: u64 = 2 * limits::MESSAGE_BYTES as u64;
/// Most lines in a window.
const WINDOW_LINES: usize = 8_192;
/// A window ends with the line with which it gets larger than this.
const WINDOW_BYTES: u64 = 32 * 1024 * 1024;

/// The lines of some files, one file after the other.
pub(super) struct Lines {
    files: IntoIter<PathBuf>,
    open: Option<OpenFile>,
}

struct OpenFile {
    name: Arc<str>,
    reader: Box<dyn BufRead>,
    /// How many lines were read.
    lines: u64,
}

impl Lines {
    /// The lines of these files; `-` is standard input.
    pub(super) fn of(files: Vec<PathBuf>) -> Self {
        Self { files: files.into_iter(), open: None }
    }

    /// The next lines that are not blank. Empty when there are none left.
    pub(super) fn window(&mut self) -> anyhow::Result<Vec<Line>> {
        let mut window = Vec::new();
        let mut bytes = 0;
        while window.len() < WINDOW_LINES && bytes < WINDOW_BYTES {
            let Some(line) = self.next()? else { break };
            bytes += line.bytes;
            if !line.text.trim_ascii().is_empty() {
                window.push(line);
            }
        }
        Ok(window)
    }

    fn next(&mut self) -> anyhow::Result<Option<Line>> {
        loop {
            if let Some(open) = &mut self.open
                && let Some(line) = open.next().with_context(|| format!("{} cannot be read", open.name))?
            {
                return Ok(Some(line));
            }
            let Some(path) = self.files.next() else { return Ok(None) };
            let open = OpenFile::open(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
            self.open = Some(open);
        }
    }
}

impl OpenFile {
    fn open(path: &Path) -> io::Result<Self> {
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(BufReader::new(File::open(path)?))
        };
        Ok(Self { name: path.to_string_lossy().into(), reader, lines: 0 })
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut text = Vec::new();
        let mut bytes = (&mut self.reader).take(LINE_BYTES).read_until(b'\n', &mut text)? as u64;
        if bytes == 0 {
            return Ok(None);
        }
        if text.last() == Some(&b'\n') {
            text.pop();
        } else if bytes == LINE_BYTES {
            bytes += self.reader.skip_until(b'\n')? as u64;
        }
        self.lines += 1;
        Ok(Some(Line { file: self.name.clone(), number: self.lines, text: text.into(), bytes }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn windows(contents: &[&str]) -> Vec<Vec<Line>> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(index, content): (usize, &&str)| {
            let path = folder.path().join(format!("{index}.ndjson"));
            fs::write(&path, content).unwrap();
            path
        };
        let mut lines = Lines::of(contents.iter().enumerate().map(write).collect());
        let mut windows = Vec::new();
        loop {
            let window = lines.window().unwrap();
            if window.is_empty() {
                return windows;
            }
            windows.push(window);
        }
    }

    #[test]
    fn lines_are_numbered_file_by_file_and_blank_ones_are_left_out() {
        let windows = windows(&["a\n\n  \r\nb", "c\r\n"]);
        let found: Vec<_> = windows[0].iter().map(|line| (line.number, line.text.as_ref())).collect();
        assert_eq!(found, [(1, b"a".as_slice()), (4, b"b"), (1, b"c\r")]);
        assert!(windows[0][0].file.ends_with("0.ndjson") && windows[0][2].file.ends_with("1.ndjson"));
    }

    #[test]
    fn a_window_has_a_limited_number_of_lines() {
        let sizes: Vec<usize> = windows(&["x\n".repeat(WINDOW_LINES + 1).as_str()]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [WINDOW_LINES, 1]);
    }

    #[test]
    fn a_line_that_is_too_long_is_kept_in_part_and_does_not_spoil_the_next() {
        let long = "x".repeat(3 * 1024 * 1024);
        let windows = windows(&[&format!("{long}\nb\n")]);
        let found: Vec<_> = windows[0].iter().map(|line| (line.text.len() as u64, line.bytes)).collect();
        assert_eq!(found, [(LINE_BYTES, long.len() as u64 + 1), (1, 2)]);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Lines::of(vec!["/does/not/exist".into()]).window().unwrap_err();
        assert!(format!("{error:#}").starts_with("/does/not/exist cannot be opened: No such file"), "{error:#}");
    }
}
