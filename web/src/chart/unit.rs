//! What the numbers of a chart are, and how they are written.

/// What the numbers of a chart are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things that are counted.
    Count,
    /// Things a second.
    PerSecond,
    /// A time in milliseconds.
    Milliseconds,
}

impl Unit {
    /// A value, short enough for an axis: `1.2k`, `340 ms`, `2.5 s`.
    pub fn write(self, value: f64) -> String {
        match self {
            Self::Count => shortened(value),
            Self::PerSecond => format!("{}/s", shortened(value)),
            Self::Milliseconds => duration(value),
        }
    }

    /// Whether values between whole numbers mean something.
    pub(super) fn is_divisible(self) -> bool {
        self != Self::Count
    }
}

fn shortened(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 => format!("{}G", rounded(value / 1e9)),
        size if size >= 1e6 => format!("{}M", rounded(value / 1e6)),
        size if size >= 1e4 => format!("{}k", rounded(value / 1e3)),
        _ => rounded(value),
    }
}

fn duration(millis: f64) -> String {
    match millis.abs() {
        size if size >= 3_600_000.0 => format!("{} h", rounded(millis / 3_600_000.0)),
        size if size >= 60_000.0 => format!("{} min", rounded(millis / 60_000.0)),
        size if size >= 1_000.0 => format!("{} s", rounded(millis / 1_000.0)),
        _ => format!("{} ms", rounded(millis)),
    }
}

/// Two digits behind the point for small numbers, one for larger ones, none where they would be zeros.
fn rounded(value: f64) -> String {
    let text = if value.abs() < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_keep_what_matters() {
        assert_eq!(
            [0.0, 0.25, 7.0, 1_250.0, 12_500.0, 3e6].map(|value| Unit::Count.write(value)),
            ["0", "0.25", "7", "1250", "12.5k", "3M"]
        );
        assert_eq!(
            [0.5, 340.0, 2_500.0, 90_000.0].map(|value| Unit::Milliseconds.write(value)),
            ["0.5 ms", "340 ms", "2.5 s", "1.5 min"]
        );
        assert_eq!(Unit::PerSecond.write(10_400.0), "10.4k/s");
    }
}
