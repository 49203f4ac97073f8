//! Times as fields of forms send them.

use plinth_events::time::{Moment, NotATime};

/// A time, with an offset or as the field for one sends it: without, in UTC, perhaps without seconds.
pub fn moment(text: &str) -> Result<Option<Moment>, NotATime> {
    if text.is_empty() {
        return Ok(None);
    }
    let forms = [text.to_owned(), format!("{text}Z"), format!("{text}:00Z")];
    forms.iter().find_map(|form| form.parse().ok()).map(Some).ok_or(NotATime)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_time_without_an_offset_is_in_utc() {
        let time: Moment = "2026-03-01T09:30:00Z".parse().unwrap();
        for text in ["2026-03-01T09:30", "2026-03-01T09:30:00", "2026-03-01T10:30:00+01:00"] {
            assert_eq!(moment(text), Ok(Some(time)), "{text}");
        }
        assert_eq!(moment(""), Ok(None));
        assert_eq!(moment("yesterday"), Err(NotATime));
    }
}
