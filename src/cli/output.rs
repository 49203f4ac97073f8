//! Standard output. A reader that is gone, such as `head` once it has its lines, has read enough: that is no failure.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
};

use serde::Serialize;

/// Prints a text and a line break.
pub(super) fn print(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}").or_else(unless_closed)
}

/// Prints a value as JSON, on one line.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(print(serde_json::to_string(value)?)?)
}

/// Prints values as JSON, one a line.
pub(super) fn print_json_lines(values: &[impl Serialize]) -> anyhow::Result<()> {
    values.iter().try_for_each(print_json)
}

/// An error of the output, unless it says that the reader is gone.
pub(super) fn unless_closed(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// Whether an error says that the reader of the output is gone.
pub(super) fn is_closed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The text with a space in place of every control character, so that it stays on its line and cannot steer the
/// terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// The text as it fits into a width, in characters.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mred\nb\u{9b}c ä"), "a [31mred b c ä");
    }

    #[test]
    fn a_text_is_cut_at_its_width() {
        assert_eq!(shortened("12345", 5), "12345");
        assert_eq!(shortened("äöüäöü", 5), "äöüä…");
    }

    #[test]
    fn only_an_error_of_the_output_itself_means_that_its_reader_is_gone() {
        let pipe = || io::Error::from(ErrorKind::BrokenPipe);
        assert!(is_closed(&pipe().into()));
        assert!(!is_closed(&io::Error::from(ErrorKind::StorageFull).into()));
        assert!(!is_closed(&anyhow::Error::new(io::Error::other(pipe()))));
    }
}
