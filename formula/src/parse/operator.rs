//! Operators, by all the names that they are known by.

use super::suggest::suggest;
use crate::ast::Comparison;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Compare(Comparison),
    In,
    NotIn,
    Between,
    Contains,
    StartsWith,
    EndsWith,
    Exists,
    NotExists,
}

/// The names that are used when Plinth writes a formula.
pub(super) const NAMES: [&str; 14] = [
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "in",
    "not_in",
    "between",
    "contains",
    "starts_with",
    "ends_with",
    "exists",
    "not_exists",
];

/// The operator of a name, whichever way it is spelled: `notIn`, `NOT_IN` and `not in` are one.
pub(super) fn operator(name: &str) -> Option<Operator> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let name: String = name.chars().filter(|letter| !matches!(letter, '_' | ' ' | '-')).collect();
    Some(match name.to_ascii_lowercase().as_str() {
        "=" | "==" | "===" | "eq" | "equals" | "equal" | "is" => Operator::Compare(Equal),
        "!=" | "!==" | "<>" | "ne" | "neq" | "notequals" | "notequal" | "isnot" | "≠" => Operator::Compare(NotEqual),
        ">" | "gt" | "greaterthan" => Operator::Compare(Greater),
        ">=" | "=>" | "gte" | "ge" | "greaterthanorequal" | "atleast" | "≥" => Operator::Compare(GreaterOrEqual),
        "<" | "lt" | "lessthan" => Operator::Compare(Less),
        "<=" | "=<" | "lte" | "le" | "lessthanorequal" | "atmost" | "≤" => Operator::Compare(LessOrEqual),
        "in" | "oneof" => Operator::In,
        "notin" | "nin" | "noneof" => Operator::NotIn,
        "between" => Operator::Between,
        "contains" => Operator::Contains,
        "startswith" | "beginswith" => Operator::StartsWith,
        "endswith" => Operator::EndsWith,
        "exists" | "isnotnull" | "notnull" => Operator::Exists,
        "notexists" | "isnull" => Operator::NotExists,
        _ => return None,
    })
}

/// The operator that was probably meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let signs: String = name.chars().filter(|sign| "=<>!".contains(*sign)).collect();
    let canonical = NAMES.into_iter().find(|known| *known == signs);
    canonical.filter(|_| !signs.is_empty()).or_else(|| suggest(name, NAMES))
}

impl Operator {
    /// Whether an untagged text beside it may be a duration, a point in time or a day.
    pub(super) fn is_ordering(self) -> bool {
        match self {
            Self::Compare(comparison) => comparison.is_ordering(),
            Self::Between => true,
            _ => false,
        }
    }

    pub(super) fn takes_no_value(self) -> bool {
        matches!(self, Self::Exists | Self::NotExists)
    }
}
