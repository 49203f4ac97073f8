//! The values of the language.

pub mod date;
pub mod decimal;
pub mod duration;
pub mod instant;
pub mod ratio;
pub mod sum;
pub mod zone;

use std::cmp::Ordering;

use rust_decimal::Decimal;

use self::{date::Date, duration::Duration, instant::Instant};

/// A value that a formula compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A number.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A point in time.
    Instant(Instant),
    /// A day.
    Date(Date),
    /// An age: how long before the time of evaluation.
    Duration(Duration),
}

/// What kind of values can be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// True and false.
    Boolean,
    /// Numbers.
    Decimal,
    /// Texts, in the order of their code points.
    Text,
    /// Points in time and days. Ages are compared with these.
    Temporal,
}

impl Value {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Boolean(_) => Kind::Boolean,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Instant(_) | Self::Date(_) | Self::Duration(_) => Kind::Temporal,
        }
    }

    /// Whether a field that is compared with it is compared by its age.
    pub fn is_age(&self) -> bool {
        matches!(self, Self::Duration(_))
    }
}

/// Values of one type are ordered; durations where every calendar agrees.
impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => Some(one.cmp(other)),
            (Self::Decimal(one), Self::Decimal(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Instant(one), Self::Instant(other)) => Some(one.cmp(other)),
            (Self::Date(one), Self::Date(other)) => Some(one.cmp(other)),
            (Self::Duration(one), Self::Duration(other)) => one.partial_cmp(other),
            _ => None,
        }
    }
}

impl Kind {
    /// The kind as a formula names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Text => "string",
            Self::Temporal => "instant",
        }
    }
}
