//! Text with rules: names that go into subjects and keys, and free text with a length.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{ids::JobId, inline_schema::inline_schema, limits, time::Instant};

/// Text that breaks the rule of its type; the message says which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadText(&'static str);

/// The form of `code`, `widgetType` and a job's `type`: safe as a token of a subject.
pub const TOKEN_PATTERN: &str = "^[a-z][a-z0-9_]{0,62}$";

fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// The form of the address of a webhook.
pub const WEBHOOK_URL_PATTERN: &str = r#"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[!-"$-~]*)?$"#;

fn is_webhook_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    text.len() <= limits::WEBHOOK_URL_CHARS
        && is_authority(authority)
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

/// A host, or an address of IPv6 in brackets, and perhaps a port.
fn is_authority(authority: &str) -> bool {
    let (is_host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (is_of(address, |byte| byte.is_ascii_hexdigit() || b":.".contains(&byte)), port),
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (is_of(host, |byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)), port)
        }
    };
    let is_port = |digits: &str| digits.len() <= 5 && is_of(digits, |byte| byte.is_ascii_digit());
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_of(text: &str, allowed: fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn has_length(text: &str, min_chars: usize, max_chars: usize) -> bool {
    let chars = text.chars().take(max_chars + 1).count();
    (min_chars..=max_chars).contains(&chars)
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $rule:expr, $message:literal, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadText;

            fn from_str(text: &str) -> Result<Self, BadText> {
                let rule: fn(&str) -> bool = $rule;
                if rule(text) { Ok(Self(text.into())) } else { Err(BadText($message)) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        inline_schema!($name, $schema);
    };
}

text!(
    /// The code of a metric, such as `at_risk_customer`.
    Code, is_token, "must match ^[a-z][a-z0-9_]{0,62}$",
    { "type": "string", "pattern": TOKEN_PATTERN }
);
text!(
    /// The type of a widget, such as `revenue_trend`.
    WidgetType, is_token, "must match ^[a-z][a-z0-9_]{0,62}$",
    { "type": "string", "pattern": TOKEN_PATTERN }
);
text!(
    /// The type of a job, such as `image_extraction`.
    JobType, is_token, "must match ^[a-z][a-z0-9_]{0,62}$",
    { "type": "string", "pattern": TOKEN_PATTERN }
);
text!(
    /// The name of a schedule, such as `nightly_report`.
    ScheduleName, is_token, "must match ^[a-z][a-z0-9_]{0,62}$",
    { "type": "string", "pattern": TOKEN_PATTERN }
);
text!(
    /// The name of a secret in the configuration, such as `billing`.
    SecretName, is_token, "must match ^[a-z][a-z0-9_]{0,62}$",
    { "type": "string", "pattern": TOKEN_PATTERN }
);
text!(
    /// The address of a webhook, such as `https://example.com/jobs`: a host, perhaps a port and a path. Nothing secret
    /// stands in it.
    WebhookUrl, is_webhook_url,
    "must be an https:// or http:// address of a host, without user and fragment, of at most 2000 characters",
    { "type": "string", "pattern": WEBHOOK_URL_PATTERN, "maxLength": limits::WEBHOOK_URL_CHARS }
);
text!(
    /// When a schedule fires, such as `0 3 * * MON-FRI`: 1 to 200 characters. What they mean is looked at later.
    CronPattern, |text| has_length(text, 1, 200), "must have 1 to 200 characters",
    { "type": "string", "minLength": 1, "maxLength": 200 }
);
text!(
    /// A time zone by its IANA name, such as `Europe/Berlin`: 1 to 64 characters. Whether there is one is looked at later.
    TimeZoneName, |text| has_length(text, 1, 64), "must have 1 to 64 characters",
    { "type": "string", "minLength": 1, "maxLength": 64 }
);
impl TimeZoneName {
    /// Where schedules are that do not say.
    pub fn utc() -> Self {
        Self("UTC".into())
    }
}

/// The form of the path to a field of a record.
pub const FIELD_PATH_PATTERN: &str = r"^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,7}$";

fn is_field_path(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_step = |step: &str| {
        step.len() <= 63
            && step.bytes().next().is_some_and(is_letter)
            && step.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
    };
    text.split('.').count() <= 8 && text.split('.').all(is_step)
}

text!(
    /// The path to a field of a record, such as `orders.amount`: up to 8 names joined by dots.
    FieldPath, is_field_path, "must be up to 8 names of 1 to 63 letters, digits and _ joined by dots, such as orders.amount",
    { "type": "string", "pattern": FIELD_PATH_PATTERN }
);
text!(
    /// A name that people read: 1 to 200 characters.
    Name, |text| has_length(text, 1, 200), "must have 1 to 200 characters",
    { "type": "string", "minLength": 1, "maxLength": 200 }
);
text!(
    /// A full description: up to 10,000 characters.
    Description, |text| has_length(text, 0, 10_000), "must have at most 10000 characters",
    { "type": "string", "maxLength": 10_000 }
);
text!(
    /// Why somebody did it: 1 to 2,000 characters.
    Reason, |text| has_length(text, 1, 2_000), "must have 1 to 2000 characters",
    { "type": "string", "minLength": 1, "maxLength": 2_000 }
);
impl Reason {
    /// Why the job of a fire time was cancelled that had not ended by the next one.
    pub fn overtaken(schedule: &ScheduleName, fire_time: Instant) -> Self {
        Self(format!("schedule {schedule} fires again for {fire_time}").into())
    }
}

text!(
    /// What went wrong in an attempt of a job: 1 to 10,000 characters.
    JobError, |text| has_length(text, 1, 10_000), "must have 1 to 10000 characters",
    { "type": "string", "minLength": 1, "maxLength": 10_000 }
);
impl JobError {
    /// What a job's error says when its worker stayed silent for longer than its lease.
    pub fn lease_expired() -> Self {
        Self("lease expired".into())
    }

    /// What a job's error says when an attempt took longer than it may.
    pub fn timed_out(seconds: u32) -> Self {
        Self(format!("timed out after {seconds} s").into())
    }

    /// What a job's error says when it took so many workers down with it that it is not tried again.
    pub fn poison(leases: u32) -> Self {
        Self(format!("poison: its lease expired {leases} times").into())
    }

    /// Whether it says so.
    pub fn is_poison(&self) -> bool {
        self.0.starts_with("poison: ")
    }

    /// What a job's error says when a job failed that it depends on.
    pub fn dependency_failed(dependency: JobId) -> Self {
        Self(format!("dependency failed: {dependency}").into())
    }

    /// What a job's error says when no attempt started in time.
    pub fn expired(expires_at: Instant) -> Self {
        Self(format!("expired: not started by {expires_at}").into())
    }

    /// What a job's error says when it was cancelled.
    pub fn cancelled(reason: &Reason) -> Self {
        Self(format!("cancelled: {reason}").into())
    }
}

text!(
    /// What jobs of a tenant have in common, such as the account that they are about: 1 to 200 characters.
    JobKey, |text| has_length(text, 1, 200), "must have 1 to 200 characters",
    { "type": "string", "minLength": 1, "maxLength": 200 }
);
text!(
    /// What kind of error it was, for programs to tell apart, such as `Timeout`: 1 to 100 characters.
    ErrorKind, |text| has_length(text, 1, 100), "must have 1 to 100 characters",
    { "type": "string", "minLength": 1, "maxLength": 100 }
);
text!(
    /// What an attempt of a job is doing just now: 1 to 500 characters.
    ProgressMessage, |text| has_length(text, 1, 500), "must have 1 to 500 characters",
    { "type": "string", "minLength": 1, "maxLength": 500 }
);
text!(
    /// A line about an attempt of a job: up to 2,000 characters.
    LogMessage, |text| has_length(text, 0, limits::LOG_LINE_CHARS), "must have at most 2000 characters",
    { "type": "string", "maxLength": limits::LOG_LINE_CHARS }
);
text!(
    /// A part of a text, to find those that have it: 1 to 200 characters.
    Snippet, |text| has_length(text, 1, 200), "must have 1 to 200 characters",
    { "type": "string", "minLength": 1, "maxLength": 200 }
);
text!(
    /// A worker process, by a name that differs between processes and between starts: 1 to 200 characters.
    WorkerName, |text| has_length(text, 1, 200), "must have 1 to 200 characters",
    { "type": "string", "minLength": 1, "maxLength": 200 }
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_are_what_their_pattern_says(text in TOKEN_PATTERN.trim_matches(['^', '$'])) {
            let code: Code = text.parse().unwrap();
            prop_assert_eq!(code.as_str(), text);
        }

        #[test]
        fn a_token_is_safe_in_a_subject(text in ".{0,5}") {
            if text.parse::<JobType>().is_ok() {
                let safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                prop_assert!(text.bytes().all(safe));
            }
        }
    }

    proptest! {
        #[test]
        fn paths_to_fields_are_what_their_pattern_says(text in FIELD_PATH_PATTERN.trim_matches(['^', '$'])) {
            let path: FieldPath = text.parse().unwrap();
            prop_assert_eq!(path.as_str(), text);
        }
    }

    #[test]
    fn a_path_to_a_field_is_up_to_8_names() {
        for text in ["", ".", "a.", "1a", "a-b", "ä", "a..b", "a.b.c.d.e.f.g.h.i", &"a".repeat(64)] {
            assert!(text.parse::<FieldPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn tokens_have_1_to_63_characters_of_the_pattern() {
        for text in ["a", "a_1", &"a".repeat(63)] {
            assert!(text.parse::<Code>().is_ok(), "{text}");
        }
        for text in
            ["", "_a", "1a", "A", "aB", "a-b", "a.b", "a*", ">", "a b", " a", "a\n", "\na", "ä", "aä", &"a".repeat(64)]
        {
            assert_eq!(text.parse::<Code>().unwrap_err().to_string(), format!("must match {TOKEN_PATTERN}"), "{text}");
        }
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!("ä".repeat(200).parse::<Name>().is_ok());
        assert!("ä".repeat(201).parse::<Name>().is_err());
        assert!("".parse::<Name>().is_err());
        assert!("".parse::<Description>().is_ok());
        assert!("🦀".repeat(10_000).parse::<Description>().is_ok());
        assert!("🦀".repeat(10_001).parse::<Description>().is_err());
    }

    proptest! {
        #[test]
        fn addresses_of_webhooks_are_what_their_pattern_says(text in WEBHOOK_URL_PATTERN.trim_matches(['^', '$'])) {
            prop_assume!(text.len() <= limits::WEBHOOK_URL_CHARS);
            let url: WebhookUrl = text.parse().unwrap();
            prop_assert_eq!(url.as_str(), text);
        }
    }

    #[test]
    fn the_address_of_a_webhook_is_a_host_and_a_path_and_nothing_else() {
        for text in ["https://a", "http://[::1]:8080/x", "https://a.example/jobs?of=acme", "https://10.0.0.1:65535/"] {
            assert!(text.parse::<WebhookUrl>().is_ok(), "{text}");
        }
        let too_long = format!("https://a/{}", "x".repeat(limits::WEBHOOK_URL_CHARS));
        for text in [
            "",
            "a",
            "ftp://a",
            "https://",
            "https:///x",
            "https://user@a/",
            "https://user:secret@a/",
            "https://a:/",
            "https://a:123456/",
            "https://a/#x",
            "https://a/ b",
            "https://a?x",
            "https://a\\@b/",
            "https://ä/",
            "https://[a",
            "HTTPS://a",
            "https://[::1]x/",
            "https://a/\n",
            &too_long,
        ] {
            assert!(text.parse::<WebhookUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn text_in_json_is_held_to_the_same_rule() {
        assert!(serde_json::from_str::<Code>(r#""at_risk_customer""#).is_ok());
        let error = serde_json::from_str::<Code>(r#""At Risk""#).unwrap_err();
        assert!(error.to_string().starts_with("must match ^[a-z]"), "{error}");
        assert!(serde_json::from_str::<Code>("7").is_err());
    }
}
