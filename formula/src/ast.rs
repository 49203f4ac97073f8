//! A formula, once it is parsed: small, typed, in the order of its author.

use serde_json::{Map, Value as Json};

use crate::{
    path::FieldPath,
    value::{Kind, Value},
};

/// What a metric is computed by.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// True, false or unknown of each record.
    Predicate(Predicate),
    /// One value of all records.
    Measure(Measure),
    /// An expression of another language, as it was sent: kept, compared as text, never evaluated.
    Opaque(Map<String, Json>),
}

/// True, false or unknown of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Every one of these.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this; unknown stays unknown.
    Not(Box<Self>),
    /// A field passes a test.
    Field {
        /// Which field.
        field: FieldPath,
        /// What is asked of it.
        test: Test,
    },
    /// Two fields compare so.
    Fields(FieldComparison),
    /// An aggregate over the records in a list of the record passes a test.
    Over {
        /// Where the list is.
        path: FieldPath,
        /// What is computed of it. Its paths begin in the list's records.
        aggregate: Aggregate,
        /// What is asked of it: a comparison, a range or a list.
        test: Test,
    },
}

/// What is asked of a value. With durations it is asked of the age of a point in time: how long it is before the time of
/// evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It compares so with a value.
    Compare(Comparison, Value),
    /// It is one of these.
    In(Vec<Value>),
    /// It is none of these.
    NotIn(Vec<Value>),
    /// It is not less than the first and not greater than the second.
    Between(Value, Value),
    /// It is a text that has this in it, or a list that has it as an element.
    Contains(Value),
    /// It is a text that begins so.
    StartsWith(String),
    /// It is a text that ends so.
    EndsWith(String),
    /// It is there and not null.
    Exists,
    /// It is missing or null.
    NotExists,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// Two fields of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldComparison {
    /// The one before the operator.
    pub left: FieldPath,
    /// The operator.
    pub comparison: Comparison,
    /// The one behind the operator.
    pub right: FieldPath,
    /// What both hold. If nothing tells, what the record holds decides: two numbers, two booleans, two texts that both
    /// read as points in time or days, two other texts.
    pub kind: Option<Kind>,
}

/// One value of all records.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// An aggregate of them.
    Aggregate(Aggregate),
    /// A quotient of two measures, rounded to 12 decimal places; unknown by zero.
    Ratio(Box<Self>, Box<Self>),
}

/// What is computed of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// How.
    pub function: Function,
    /// Of which field. `count` needs none: it then counts records.
    pub field: Option<FieldPath>,
    /// What the field holds, where it matters (`min` and `max`).
    pub kind: Kind,
    /// Of which records: those of which this is true.
    pub filter: Option<Box<Predicate>>,
}

/// How records become one value. What is missing, null or of a wrong type is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// How many records, or how many that have the field.
    Count,
    /// How many different values.
    CountDistinct,
    /// The sum; of nothing 0.
    Sum,
    /// The average, rounded to 12 decimal places; of nothing unknown.
    Avg,
    /// The least; of nothing unknown.
    Min,
    /// The greatest; of nothing unknown.
    Max,
}

impl Test {
    /// The values that it compares with.
    pub fn values(&self) -> Vec<&Value> {
        match self {
            Self::Compare(_, value) | Self::Contains(value) => vec![value],
            Self::In(values) | Self::NotIn(values) => values.iter().collect(),
            Self::Between(low, high) => vec![low, high],
            Self::StartsWith(_) | Self::EndsWith(_) | Self::Exists | Self::NotExists => vec![],
        }
    }

    /// Whether it is asked of an age.
    pub fn is_of_age(&self) -> bool {
        self.values().into_iter().any(Value::is_age)
    }
}

impl Comparison {
    /// The operator as a formula has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }

    /// The comparison that holds where this one does not.
    pub fn complement(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
        }
    }

    /// The comparison that holds when both sides change places; also that of two points in time whose ages compare so.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// Whether values must have an order for it.
    pub fn is_ordering(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Count, Self::CountDistinct, Self::Sum, Self::Avg, Self::Min, Self::Max];

    /// The function as a formula names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// Whether its value is of the field's kind, and not always a number.
    pub fn keeps_kind(self) -> bool {
        matches!(self, Self::Min | Self::Max)
    }
}
