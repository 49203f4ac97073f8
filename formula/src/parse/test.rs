//! What is asked of a value: the operator with what stands behind it.

use super::{
    Parser,
    json::Node,
    literal::Reading,
    operator::{self, Operator},
};
use crate::{
    ast::Test,
    catalogue::FieldType,
    error::ErrorCode,
    value::{Kind, Value},
};

/// What a test is about, as far as that is known before its values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A field that was not declared.
    Undeclared,
    /// A point in time or a day.
    Temporal,
    /// The age of one.
    Age,
    /// What an aggregate counts or adds up.
    Number,
    /// Something else that was declared.
    Other,
}

impl Subject {
    pub(super) fn of_field(declared: Option<FieldType>) -> Self {
        match declared {
            None => Self::Undeclared,
            Some(FieldType::Instant | FieldType::Date) => Self::Temporal,
            Some(_) => Self::Other,
        }
    }

    fn reading(self, operator: Operator) -> Reading {
        match self {
            Self::Age => Reading::Duration,
            Self::Temporal => Reading::Temporal,
            Self::Undeclared if operator.is_ordering() => Reading::TemporalIfItReadsSo,
            Self::Undeclared | Self::Number | Self::Other => Reading::Text,
        }
    }
}

impl Parser<'_> {
    /// The test of a node, and where its values stand (without values, the operator).
    pub(super) fn test<'n>(&mut self, node: &'n Node, subject: Subject) -> Option<(Test, &'n Node)> {
        let operator = self.operator(node);
        let value = node.get("value");
        if let (Some(operator), Some(value)) = (operator, value)
            && operator.takes_no_value()
        {
            self.report(value, ErrorCode::UnexpectedValue, "the operator takes no value");
            return None;
        }
        if let (Some(operator), Some(place)) = (operator, node.get("operator"))
            && operator.takes_no_value()
        {
            return self.existence(operator, subject, place).map(|test| (test, place));
        }
        let Some(value) = value else {
            self.report_missing(node, "value", &[]);
            return None;
        };
        let test = self.value_test(operator?, value, subject)?;
        self.check_fit(&test, subject, node, value)?;
        Some((test, value))
    }

    fn existence(&mut self, operator: Operator, subject: Subject, place: &Node) -> Option<Test> {
        match subject {
            Subject::Age | Subject::Number => {
                let message = "only a field can be asked whether it exists";
                self.report_with(place, ErrorCode::OperatorNotAllowed, message, &operator::NAMES[..9], None);
                None
            }
            _ if operator == Operator::Exists => Some(Test::Exists),
            _ => Some(Test::NotExists),
        }
    }

    fn value_test(&mut self, operator: Operator, node: &Node, subject: Subject) -> Option<Test> {
        let reading = subject.reading(operator);
        match operator {
            Operator::Compare(comparison) => Some(Test::Compare(comparison, self.literal(node, reading)?)),
            Operator::In => self.literals(node, reading).map(Test::In),
            Operator::NotIn => self.literals(node, reading).map(Test::NotIn),
            Operator::Between => self.between(node, reading),
            Operator::Contains => Some(Test::Contains(self.literal(node, reading)?)),
            Operator::StartsWith => self.part(node).map(Test::StartsWith),
            Operator::EndsWith => self.part(node).map(Test::EndsWith),
            Operator::Exists | Operator::NotExists => None,
        }
    }

    fn literals(&mut self, node: &Node, reading: Reading) -> Option<Vec<Value>> {
        let items = self.list(node, "value")?;
        let values: Vec<_> = items.iter().map(|item| self.literal(item, reading)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        self.check_alike(items, &values)?;
        Some(values)
    }

    fn between(&mut self, node: &Node, reading: Reading) -> Option<Test> {
        let values = self.literals(node, reading)?;
        let Ok([low, high]) = <[Value; 2]>::try_from(values) else {
            self.report(node, ErrorCode::ValueNotAllowed, "between takes a list of two values, from and to");
            return None;
        };
        if low > high {
            self.report(node, ErrorCode::EmptyRange, "the range ends before it begins");
            return None;
        }
        Some(Test::Between(low, high))
    }

    /// What a text begins or ends with.
    fn part(&mut self, node: &Node) -> Option<String> {
        match self.literal(node, Reading::Text)? {
            Value::Text(text) => Some(text),
            _ => {
                self.report(node, ErrorCode::ValueNotAllowed, "the operator takes a string");
                None
            }
        }
    }

    fn check_alike(&mut self, items: &[Node], values: &[Value]) -> Option<()> {
        let first = values.first()?;
        let other = |value: &Value| value.kind() != first.kind() || value.is_age() != first.is_age();
        let Some(place) = values.iter().position(other).and_then(|index| items.get(index)) else { return Some(()) };
        self.report(place, ErrorCode::MixedTypes, "the values of one list must be of one type");
        None
    }

    /// Whether operator, values and subject go together.
    fn check_fit(&mut self, test: &Test, subject: Subject, node: &Node, value: &Node) -> Option<()> {
        let first = test.values().first().map(|value| value.kind());
        let ordering = matches!(test, Test::Between(..)) || matches!(test, Test::Compare(by, _) if by.is_ordering());
        let partial = matches!(test, Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_));
        let allowed: &[&str] = match (first, subject) {
            (Some(Kind::Boolean), _) if ordering => &["=", "!=", "in", "not_in"],
            (_, Subject::Age | Subject::Temporal | Subject::Number) if partial => &operator::NAMES[..9],
            _ => &[],
        };
        if let (false, Some(place)) = (allowed.is_empty(), node.get("operator")) {
            let message = "the operator does not fit what it compares";
            self.report_with(place, ErrorCode::OperatorNotAllowed, message, allowed, None);
            return None;
        }
        if matches!(test, Test::Contains(_)) && first == Some(Kind::Temporal) {
            self.report(value, ErrorCode::ValueNotAllowed, "contains takes a string, a number or a boolean");
            return None;
        }
        if subject == Subject::Number && first != Some(Kind::Decimal) {
            self.report(value, ErrorCode::ValueNotAllowed, "the aggregate is a number, and is compared with numbers");
            return None;
        }
        Some(())
    }
}
