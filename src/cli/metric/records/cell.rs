//! A cell without a type, as JSON: by what the formula takes its column for, never by what it looks like alone.

use std::io;

use plinth_formula::value::{Kind, decimal};

use super::columns::Holds;

/// Writes a cell. An empty one is null. One that is not of its type stays text, so that the evaluation counts it as a value
/// of a wrong type.
pub(super) fn write(text: &str, holds: Holds, out: &mut Vec<u8>) -> io::Result<()> {
    if text.is_empty() {
        out.extend_from_slice(b"null");
    } else if is_plain(text, holds) {
        out.extend_from_slice(text.as_bytes());
    } else {
        serde_json::to_writer(out, text)?;
    }
    Ok(())
}

/// Whether it stands in JSON as it is.
fn is_plain(text: &str, holds: Holds) -> bool {
    let is_boolean = || matches!(text, "true" | "false");
    match holds {
        Holds::Of(Kind::Decimal) => decimal::parse(text).is_some(),
        Holds::Of(Kind::Boolean) => is_boolean(),
        Holds::Either => is_boolean() || decimal::parse(text).is_some(),
        Holds::Of(Kind::Text | Kind::Temporal) | Holds::Anything => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn written(text: &str, holds: Holds) -> String {
        let mut out = Vec::new();
        write(text, holds, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_cell_becomes_what_its_column_holds() {
        for (text, kind, expected) in [
            ("007", Kind::Text, r#""007""#),
            ("007", Kind::Decimal, r#""007""#),
            ("0.1000000000000000000000001", Kind::Decimal, "0.1000000000000000000000001"),
            ("1,5", Kind::Decimal, r#""1,5""#),
            ("true", Kind::Boolean, "true"),
            ("TRUE", Kind::Boolean, r#""TRUE""#),
            ("true", Kind::Text, r#""true""#),
            ("2026-03-01", Kind::Temporal, r#""2026-03-01""#),
            ("a \"b\"\n", Kind::Text, r#""a \"b\"\n""#),
            ("", Kind::Text, "null"),
        ] {
            assert_eq!(written(text, Holds::Of(kind)), expected);
        }
    }

    #[test]
    fn only_where_nothing_says_what_a_column_holds_it_is_what_it_looks_like() {
        for (text, expected) in [("12.50", "12.50"), ("007", r#""007""#), ("true", "true"), ("x", r#""x""#)] {
            assert_eq!(written(text, Holds::Either), expected);
            assert_eq!(written(text, Holds::Anything), format!("\"{text}\""));
        }
    }
}
