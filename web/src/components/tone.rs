//! How good a thing is: the one scale behind badges, notices, buttons and charts.

use super::Icon;

/// How good a thing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad, and not new.
    #[default]
    Neutral,
    /// The one that matters here: the main action, what is current.
    Accent,
    /// Under way, or worth knowing.
    Info,
    /// As it should be.
    Good,
    /// May become bad.
    Warning,
    /// Bad, or does away with something.
    Bad,
}

impl Tone {
    /// Its class in the styles.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Accent => "tone-accent",
            Self::Info => "tone-info",
            Self::Good => "tone-good",
            Self::Warning => "tone-warning",
            Self::Bad => "tone-bad",
        }
    }

    /// The icon that says it without colour.
    pub fn icon(self) -> Icon {
        match self {
            Self::Neutral | Self::Accent | Self::Info => Icon::Info,
            Self::Good => Icon::Check,
            Self::Warning | Self::Bad => Icon::Alert,
        }
    }
}
