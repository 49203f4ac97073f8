//! The colours keep the contrasts of WCAG 2.2 AA, in light and dark.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use plinth_web::assets;

/// A colour in light and in dark.
type Pair = [f64; 2];

/// The luminances of all tokens that are written as `--name: light-dark(#rrggbb, #rrggbb)`.
fn tokens() -> HashMap<String, Pair> {
    let styles = assets::ALL.iter().find(|asset| asset.name == "plinth.css").unwrap();
    let styles = std::str::from_utf8(styles.bytes).unwrap();
    let token = |line: &str| {
        let (name, rest) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
        let (light, dark) = rest.strip_suffix(");")?.split_once(", ")?;
        Some((name.to_owned(), [luminance(light)?, luminance(dark)?]))
    };
    styles.lines().filter_map(token).collect()
}

fn luminance(color: &str) -> Option<f64> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let channel = |start: usize| {
        let value = f64::from(u8::from_str_radix(&digits[start..start + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4))
}

#[track_caller]
fn assert_contrast(front: &str, back: &str, least: f64) {
    let tokens = tokens();
    for (theme, name) in ["light", "dark"].iter().enumerate() {
        let (front_luminance, back_luminance) = (tokens[front][theme], tokens[back][theme]);
        let (high, low) = (front_luminance.max(back_luminance), front_luminance.min(back_luminance));
        let contrast = (high + 0.05) / (low + 0.05);
        assert!(contrast >= least, "{front} on {back} has {contrast:.2} in {name}, {least} are needed");
    }
}

#[test]
fn text_can_be_read_on_every_ground() {
    for front in ["text", "muted", "accent"] {
        for back in ["canvas", "surface", "sunken", "hover"] {
            assert_contrast(front, back, 4.5);
        }
    }
}

#[test]
fn tones_can_be_read_on_their_grounds() {
    for tone in ["good", "warning", "bad", "info", "accent"] {
        let soft = format!("{tone}-soft");
        for (front, back) in [(tone, "surface"), (tone, "sunken"), (tone, &soft), ("text", &soft), ("muted", &soft)] {
            assert_contrast(front, back, 4.5);
        }
    }
}

#[test]
fn filled_buttons_can_be_read() {
    for fill in ["accent-fill", "accent-fill-strong", "bad-fill", "bad-fill-strong"] {
        assert_contrast("on-fill", fill, 4.5);
    }
    assert_contrast("text", "raised", 4.5);
    assert_contrast("accent-strong", "accent-soft", 4.5);
}

#[test]
fn edges_of_controls_and_lines_of_charts_can_be_seen() {
    for line in tokens().keys().filter(|name| name.starts_with("series-") || *name == "line-control") {
        assert_contrast(line, "surface", 3.0);
    }
}
