//! JSON as it was written, with all digits of its numbers and its keys in their order: indented, to be read and to be edited.

use maud::{Markup, html};

use super::code::block;

/// A piece of indented JSON, and the class of its colour.
struct Piece<'a> {
    text: &'a str,
    class: Option<&'static str>,
    /// Of the line that begins behind it; none: the line goes on.
    indent: Option<usize>,
}

/// JSON, indented. What is no JSON comes out as some text.
pub fn indented_json(json: &str) -> String {
    pieces(json).iter().map(|piece| format!("{}{}", piece.text, line_break(piece.indent))).collect()
}

/// JSON, indented, its parts in colours.
pub fn json_text_block(label: &str, json: &str) -> Markup {
    let content = html! {
        @for piece in pieces(json) {
            @match piece.class { Some(class) => span.(class) { (piece.text) }, None => (piece.text) }
            (line_break(piece.indent))
        }
    };
    block(label, content)
}

fn line_break(indent: Option<usize>) -> String {
    indent.map(|depth| format!("\n{}", "  ".repeat(depth))).unwrap_or_default()
}

fn pieces(json: &str) -> Vec<Piece<'_>> {
    let tokens = tokens(json);
    let mut depth: usize = 0;
    let pieces = tokens.iter().enumerate().map(|(place, token)| {
        let next = tokens.get(place + 1).copied().unwrap_or_default();
        let is_before_end = matches!(next, "}" | "]");
        match *token {
            "{" | "[" => depth += 1,
            "}" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let indent = match *token {
            "{" | "[" if is_before_end => None,
            "{" | "[" | "," => Some(depth),
            _ if is_before_end => Some(depth.saturating_sub(1)),
            _ => None,
        };
        let text = if *token == ":" { ": " } else { token };
        Piece { text, class: class(token, next == ":"), indent }
    });
    pieces.collect()
}

fn class(token: &str, is_name: bool) -> Option<&'static str> {
    match token.bytes().next()? {
        b'"' if is_name => Some("code-name"),
        b'"' => Some("code-text"),
        b'{' | b'}' | b'[' | b']' | b',' | b':' => None,
        first if first.is_ascii_alphabetic() => Some("code-word"),
        _ => Some("code-number"),
    }
}

/// Texts, signs, and what stands between them.
fn tokens(json: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = json.trim_start();
    while !rest.is_empty() {
        let (token, behind) = rest.split_at(length(rest));
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

/// The length of the token at the front of a text that does not begin with a blank.
fn length(text: &str) -> usize {
    let is_sign = |byte: u8| b"{}[],:".contains(&byte);
    match text.as_bytes() {
        [b'"', ..] => text_length(text.as_bytes()),
        [first, ..] if is_sign(*first) => 1,
        bytes => {
            let is_end = |byte: &u8| is_sign(*byte) || *byte == b'"' || byte.is_ascii_whitespace();
            bytes.iter().position(is_end).unwrap_or(bytes.len())
        }
    }
}

fn text_length(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    for (place, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return place + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_the_order_of_keys_are_kept() {
        let text = r#"{"value":12345678901234567890.50, "field":"a \"b\" {", "all":[1e400,{}],"none":[]}"#;
        let expected = "{\n  \"value\": 12345678901234567890.50,\n  \"field\": \"a \\\"b\\\" {\",\n  \"all\": [\n    1e400,\n    {}\n  ],\n  \"none\": []\n}";
        assert_eq!(indented_json(text), expected);
        assert_eq!(indented_json(expected), expected);
    }

    #[test]
    fn what_is_no_json_comes_out_all_the_same() {
        for text in ["", "ä", "{\"", "]]", "\u{a0}{", "\"\\", "{\"a\":\u{2003}1"] {
            indented_json(text);
        }
    }
}
