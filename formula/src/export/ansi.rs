//! Standard SQL over columns, with values written into the text: paths are names of letters, digits and `_`, texts are
//! quoted.

use super::NotExpressible;
use crate::{
    ast::{Aggregate, Comparison, Function, Measure, Predicate, Test},
    path::FieldPath,
    value::{Value, duration::Duration},
};

/// Writes expressions.
pub(super) struct Ansi;

type Expression = Result<String, NotExpressible>;

impl Ansi {
    pub(super) fn predicate(&self, predicate: &Predicate) -> Expression {
        match predicate {
            Predicate::All(operands) => self.joined(operands, " AND "),
            Predicate::Any(operands) => self.joined(operands, " OR "),
            Predicate::Not(operand) => Ok(format!("NOT ({})", self.predicate(operand)?)),
            Predicate::Fields(fields) => {
                let (left, right) = (column(&fields.left), column(&fields.right));
                Ok(format!("{left} {} {right}", operator(fields.comparison)))
            }
            Predicate::Field { field, test } => test_of(&column(field), test),
            Predicate::Over { .. } => Err(cannot("an aggregate of a list in a record")),
        }
    }

    pub(super) fn measure(&self, measure: &Measure) -> Expression {
        match measure {
            Measure::Aggregate(aggregate) => self.aggregate(aggregate),
            Measure::Ratio(numerator, denominator) => {
                let (numerator, denominator) = (self.measure(numerator)?, self.measure(denominator)?);
                // counts would be divided as integers
                Ok(format!("(1.0 * {numerator} / NULLIF({denominator}, 0))"))
            }
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Expression {
        let value = aggregate.field.as_ref().map(column);
        let value = match (&aggregate.filter, value) {
            (None, None) => "*".to_owned(),
            (None, Some(value)) => value,
            (Some(filter), value) => {
                let value = value.unwrap_or_else(|| "1".to_owned());
                format!("CASE WHEN {} THEN {value} END", self.predicate(filter)?)
            }
        };
        Ok(match aggregate.function {
            Function::Count => format!("COUNT({value})"),
            Function::CountDistinct => format!("COUNT(DISTINCT {value})"),
            Function::Sum => format!("COALESCE(SUM({value}), 0)"),
            Function::Avg => format!("AVG({value})"),
            Function::Min => format!("MIN({value})"),
            Function::Max => format!("MAX({value})"),
        })
    }

    fn joined(&self, operands: &[Predicate], word: &str) -> Expression {
        let operands: Vec<String> = operands.iter().map(|operand| self.predicate(operand)).collect::<Result<_, _>>()?;
        Ok(format!("({})", operands.join(word)))
    }
}

fn test_of(subject: &str, test: &Test) -> Expression {
    Ok(match test {
        Test::Compare(comparison, value) => {
            let comparison = if value.is_age() { comparison.mirrored() } else { *comparison };
            format!("{subject} {} {}", operator(comparison), literal(value))
        }
        Test::In(values) => format!("{subject} IN ({})", literals(values)),
        Test::NotIn(values) => format!("{subject} NOT IN ({})", literals(values)),
        Test::Between(low, high) => {
            let (low, high) = if low.is_age() { (high, low) } else { (low, high) };
            format!("{subject} BETWEEN {} AND {}", literal(low), literal(high))
        }
        Test::Contains(Value::Text(part)) => format!("POSITION({} IN {subject}) > 0", quoted(part)),
        Test::Contains(_) => return Err(cannot("an element of a list")),
        Test::StartsWith(part) => {
            format!("SUBSTRING({subject} FROM 1 FOR {}) = {}", part.chars().count(), quoted(part))
        }
        Test::EndsWith(part) => {
            let before = part.chars().count();
            format!("SUBSTRING({subject} FROM CHAR_LENGTH({subject}) - {before} + 1) = {}", quoted(part))
        }
        Test::Exists => format!("{subject} IS NOT NULL"),
        Test::NotExists => format!("{subject} IS NULL"),
    })
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::NotEqual => "<>",
        other => other.as_str(),
    }
}

fn literals(values: &[Value]) -> String {
    values.iter().map(literal).collect::<Vec<_>>().join(", ")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Boolean(true) => "TRUE".to_owned(),
        Value::Boolean(false) => "FALSE".to_owned(),
        Value::Decimal(value) => value.normalize().to_string(),
        Value::Text(value) => quoted(value),
        Value::Instant(value) => {
            let text = value.to_string().replace('T', " ").replace('Z', "+00:00");
            format!("TIMESTAMP '{text}'")
        }
        Value::Date(value) => format!("DATE '{value}'"),
        Value::Duration(age) => format!("CURRENT_TIMESTAMP{}", intervals(*age)),
    }
}

/// `- INTERVAL '1' YEAR - INTERVAL '2' MONTH …`
fn intervals(age: Duration) -> String {
    let part = |(amount, unit): (i64, &str)| match (amount, unit) {
        (0, _) => String::new(),
        (micros, "microsecond") => format!(" - INTERVAL '0.{micros:06}' SECOND"),
        (amount, unit) => format!(" - INTERVAL '{amount}' {}", unit.to_ascii_uppercase()),
    };
    age.parts().map(part).concat()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn column(path: &FieldPath) -> String {
    path.steps().map(|step| format!("\"{step}\"")).collect::<Vec<_>>().join(".")
}

fn cannot(what: &'static str) -> NotExpressible {
    NotExpressible { language: "standard SQL", what }
}
