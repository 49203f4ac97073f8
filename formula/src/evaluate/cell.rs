//! What a record holds at a path.

use std::{borrow::Cow, cmp::Ordering};

use rust_decimal::Decimal;

use crate::{
    ast::Comparison,
    value::{Kind, Value, date::Date, decimal, instant::Instant, zone::Zone},
};

/// What stands at a path.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    /// Nothing, or null.
    Missing,
    /// A value of a type that is asked for.
    Value(Datum<'a>),
    /// A list, if lists are asked for: its JSON.
    List(&'a str),
    /// Something of another type.
    Other,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Datum<'a> {
    Boolean(bool),
    Decimal(Decimal),
    Instant(Instant),
    Text(Cow<'a, str>),
}

/// Which values are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalars {
    /// None: only whether something is there.
    None,
    /// Those of a kind.
    Of(Kind),
    /// Booleans, numbers and texts.
    Any,
}

impl<'a> Datum<'a> {
    /// Reads JSON as one of the values that are asked for.
    pub(super) fn read(json: &'a str, scalars: Scalars, zone: &Zone) -> Option<Self> {
        let asks_for = |kind: Kind| scalars == Scalars::Any || scalars == Scalars::Of(kind);
        match json.as_bytes().first()? {
            b'"' if asks_for(Kind::Text) => text(json).map(Self::Text),
            b'"' if scalars == Scalars::Of(Kind::Temporal) => temporal(&text(json)?, zone).map(Self::Instant),
            b't' | b'f' if asks_for(Kind::Boolean) => Some(Self::Boolean(json == "true")),
            b'-' | b'0'..=b'9' if asks_for(Kind::Decimal) => decimal::parse(json).map(Self::Decimal),
            _ => None,
        }
    }

    /// The order of two values of one kind. Booleans are equal or not, but have no order; see [`Self::holds`].
    fn order(&self, other: &Datum<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(one), Datum::Boolean(other)) => Some(one.cmp(other)),
            (Self::Decimal(one), Datum::Decimal(other)) => Some(one.cmp(other)),
            (Self::Instant(one), Datum::Instant(other)) => Some(one.cmp(other)),
            (Self::Text(one), Datum::Text(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }

    /// Whether two values compare so; unknown if they are of two kinds, or have no order.
    pub(super) fn holds(&self, comparison: Comparison, other: &Datum<'_>) -> Option<bool> {
        if comparison.is_ordering() && matches!(self, Self::Boolean(_)) {
            return None;
        }
        let order = self.order(other)?;
        Some(match comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
        })
    }

    /// The same, for two values of which nothing but the record tells the type: two texts that both read as points in
    /// time or days are compared as such.
    pub(super) fn holds_untyped(&self, comparison: Comparison, other: &Datum<'_>, zone: &Zone) -> Option<bool> {
        if let (Self::Text(one), Datum::Text(other)) = (self, other)
            && let (Some(one), Some(other)) = (temporal(one, zone), temporal(other, zone))
        {
            return Self::Instant(one).holds(comparison, &Datum::Instant(other));
        }
        self.holds(comparison, other)
    }

    /// The same value, kept beyond the record.
    pub(super) fn into_owned(self) -> Datum<'static> {
        match self {
            Self::Boolean(value) => Datum::Boolean(value),
            Self::Decimal(value) => Datum::Decimal(value),
            Self::Instant(value) => Datum::Instant(value),
            Self::Text(value) => Datum::Text(value.into_owned().into()),
        }
    }
}

impl From<Datum<'_>> for Value {
    fn from(datum: Datum<'_>) -> Self {
        match datum {
            Datum::Boolean(value) => Self::Boolean(value),
            Datum::Decimal(value) => Self::Decimal(value),
            Datum::Instant(value) => Self::Instant(value),
            Datum::Text(value) => Self::Text(value.into_owned()),
        }
    }
}

/// The text of a JSON string; none if it is not Unicode (half a surrogate pair).
fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.get(1..json.len() - 1)?;
    if inner.contains('\\') { serde_json::from_str(json).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

fn temporal(text: &str, zone: &Zone) -> Option<Instant> {
    match text.len() {
        10 => Date::read(text.as_bytes()).map(|date| date.midnight(zone)),
        _ => Instant::read(text.as_bytes()),
    }
}
