//! JSON for people: the same text, indented. Numbers and the order of keys stay as they were written, which a detour
//! over parsed values would not keep.

/// Spaces per level.
const INDENT: usize = 2;

/// The JSON with a member or an item a line. Control characters are escaped.
pub(super) fn pretty(json: &str) -> String {
    let mut pretty = String::with_capacity(json.len() * 2);
    let mut depth: usize = 0;
    let mut chars = json.chars().filter(outside_of_white_space()).peekable();
    let mut strings = Strings::default();
    while let Some(char) = chars.next() {
        if strings.contain(char) {
            escape_control(&mut pretty, char);
            continue;
        }
        match char {
            '{' | '[' => {
                pretty.push(char);
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    pretty.push(close);
                } else {
                    depth += 1;
                    new_line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut pretty, depth);
                pretty.push(char);
            }
            ',' => {
                pretty.push(char);
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            other => pretty.push(other),
        }
    }
    pretty
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', depth * INDENT));
}

fn escape_control(text: &mut String, char: char) {
    if char.is_control() {
        text.push_str(&format!("\\u{:04x}", u32::from(char)));
    } else {
        text.push(char);
    }
}

/// Lets through everything but the white space between tokens.
fn outside_of_white_space() -> impl FnMut(&char) -> bool {
    let mut strings = Strings::default();
    move |char| strings.contain(*char) || !char.is_ascii_whitespace()
}

/// Which characters, one after the other, belong to strings, quotes included.
#[derive(Default)]
struct Strings {
    inside: bool,
    escaped: bool,
}

impl Strings {
    fn contain(&mut self, char: char) -> bool {
        if !self.inside {
            self.inside = char == '"';
            return self.inside;
        }
        match char {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => self.inside = false,
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_stand_on_their_own_lines() {
        let json = r#"{"b":1.10,"a":[{"x":null}, -2e400 ],"c":{},"d":[ ]}"#;
        let lines = [
            "{",
            r#"  "b": 1.10,"#,
            r#"  "a": ["#,
            "    {",
            r#"      "x": null"#,
            "    },",
            "    -2e400",
            "  ],",
            r#"  "c": {},"#,
            r#"  "d": []"#,
            "}",
        ];
        assert_eq!(pretty(json), lines.join("\n"));
    }

    #[test]
    fn strings_are_kept_as_they_are() {
        for json in [r#""a, b: {c} [ ] \" \\""#, r#""\\""#, "7", "null", r#""ä  🦀""#] {
            assert_eq!(pretty(json), json);
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(pretty("\"\u{9b}31m\u{7f}\""), r#""\u009b31m\u007f""#);
    }

    #[test]
    fn indenting_twice_changes_nothing_more() {
        let once = pretty(r#"{"all":[{"field":"lastOrderDate","operator":">","value":"30 days"},{"any":[]}]}"#);
        assert_eq!(pretty(&once), once);
    }
}
