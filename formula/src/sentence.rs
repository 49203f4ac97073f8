//! A formula in plain English: "last order more than 30 days ago".

use serde_json::Value as Json;

use crate::{
    ast::{Aggregate, Comparison, Formula, Function, Measure, Predicate, Test},
    path::FieldPath,
    value::{Kind, Value, duration::Duration},
};

/// Longest part of an expression of another language that is shown, in characters.
const EXPRESSION_CHARS: usize = 200;
/// Most values of a list that are named.
const VALUES_NAMED: usize = 10;

/// What the formula says, for people. Operands of `all` and `any` that are themselves made of several stand in
/// parentheses, so that it can be read in one way only.
pub fn sentence(formula: &Formula) -> String {
    match formula {
        Formula::Predicate(predicate) => of_predicate(predicate),
        Formula::Measure(measure) => of_measure(measure),
        Formula::Opaque(entries) => {
            let text = |key: &str| entries.get(key).and_then(Json::as_str).unwrap_or_default();
            let shown: String = text("expression").chars().take(EXPRESSION_CHARS).collect();
            let more = if shown.len() < text("expression").len() { "…" } else { "" };
            format!("the {} expression {shown}{more}", text("language"))
        }
    }
}

fn of_predicate(predicate: &Predicate) -> String {
    match predicate {
        Predicate::All(operands) => joined(operands, " and "),
        Predicate::Any(operands) => joined(operands, " or "),
        Predicate::Not(operand) => negated(operand),
        Predicate::Field { field, test } if test.is_of_age() => format!("{} {}", event(field), of_test(test, false)),
        Predicate::Field { field, test } => format!("{} {}", words(field), of_test(test, false)),
        Predicate::Fields(fields) => {
            let by = compared(fields.comparison, fields.kind.unwrap_or(Kind::Decimal));
            format!("{} {by} {}", words(&fields.left), words(&fields.right))
        }
        Predicate::Over { path, aggregate, test } => {
            format!("{} {}", of_aggregate(aggregate, Some(path)), of_test(test, false))
        }
    }
}

fn joined(operands: &[Predicate], word: &str) -> String {
    let operand = |predicate: &Predicate| match predicate {
        Predicate::All(inner) | Predicate::Any(inner) if inner.len() > 1 => format!("({})", of_predicate(predicate)),
        _ => of_predicate(predicate),
    };
    operands.iter().map(operand).collect::<Vec<_>>().join(word)
}

fn negated(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Not(operand) => of_predicate(operand),
        Predicate::All(operands) | Predicate::Any(operands) => match operands.as_slice() {
            [only] => negated(only),
            _ => format!("not ({})", of_predicate(predicate)),
        },
        Predicate::Fields(fields) => {
            let comparison = fields.comparison.complement();
            of_predicate(&Predicate::Fields(crate::ast::FieldComparison { comparison, ..fields.clone() }))
        }
        Predicate::Field { field, test } if test.is_of_age() => format!("{} {}", event(field), of_test(test, true)),
        Predicate::Field { field, test } => format!("{} {}", words(field), of_test(test, true)),
        Predicate::Over { path, aggregate, test } => {
            format!("{} {}", of_aggregate(aggregate, Some(path)), of_test(test, true))
        }
    }
}

fn of_test(test: &Test, negated: bool) -> String {
    match (test, negated) {
        (Test::Compare(comparison, value), _) => {
            let comparison = if negated { comparison.complement() } else { *comparison };
            match value {
                Value::Duration(age) => format!("{} {} ago", aged(comparison), length(*age)),
                value => format!("{} {}", compared(comparison, value.kind()), shown(value)),
            }
        }
        (Test::In(values), false) | (Test::NotIn(values), true) => format!("is {}", list(values)),
        (Test::NotIn(values), false) | (Test::In(values), true) => format!("is not {}", list(values)),
        (Test::Between(low, high), _) => {
            let not = if negated { "not between" } else { "between" };
            let ago = if low.is_age() { " ago" } else { "" };
            format!("{not} {} and {}{ago}", shown(low), shown(high))
        }
        (Test::Contains(value), false) => format!("contains {}", shown(value)),
        (Test::Contains(value), true) => format!("does not contain {}", shown(value)),
        (Test::StartsWith(part), false) => format!("starts with {}", quoted(part)),
        (Test::StartsWith(part), true) => format!("does not start with {}", quoted(part)),
        (Test::EndsWith(part), false) => format!("ends with {}", quoted(part)),
        (Test::EndsWith(part), true) => format!("does not end with {}", quoted(part)),
        (Test::Exists, false) | (Test::NotExists, true) => "is known".to_owned(),
        (Test::NotExists, false) | (Test::Exists, true) => "is not known".to_owned(),
    }
}

fn aged(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "exactly",
        Comparison::NotEqual => "not exactly",
        Comparison::Greater => "more than",
        Comparison::GreaterOrEqual => "at least",
        Comparison::Less => "less than",
        Comparison::LessOrEqual => "at most",
    }
}

fn compared(comparison: Comparison, kind: Kind) -> &'static str {
    match (comparison, kind) {
        (Comparison::Equal, _) => "is",
        (Comparison::NotEqual, _) => "is not",
        (Comparison::Greater, Kind::Temporal) => "after",
        (Comparison::GreaterOrEqual, Kind::Temporal) => "on or after",
        (Comparison::Less, Kind::Temporal) => "before",
        (Comparison::LessOrEqual, Kind::Temporal) => "on or before",
        (Comparison::Greater, Kind::Text) => "sorts after",
        (Comparison::GreaterOrEqual, Kind::Text) => "is or sorts after",
        (Comparison::Less, Kind::Text) => "sorts before",
        (Comparison::LessOrEqual, Kind::Text) => "is or sorts before",
        (comparison, _) => aged(comparison),
    }
}

fn of_measure(measure: &Measure) -> String {
    match measure {
        Measure::Aggregate(aggregate) => of_aggregate(aggregate, None),
        Measure::Ratio(numerator, denominator) => {
            let part = |measure: &Measure| match measure {
                Measure::Aggregate(aggregate) if aggregate.filter.is_none() => of_measure(measure),
                _ => format!("({})", of_measure(measure)),
            };
            format!("{} divided by {}", part(numerator), part(denominator))
        }
    }
}

/// An aggregate of the records in a list, or of all records.
fn of_aggregate(aggregate: &Aggregate, list: Option<&FieldPath>) -> String {
    let records = list.map_or_else(|| "records".to_owned(), words);
    let of = |field: &FieldPath| match list {
        Some(list) => words(&list.join(field)),
        None => words(field),
    };
    let value = aggregate.field.as_ref().map_or_else(|| records.clone(), of);
    let computed = match (aggregate.function, aggregate.kind) {
        (Function::Count, _) if aggregate.field.is_some() => format!("number of {records} with {value}"),
        (Function::Count, _) => format!("number of {records}"),
        (Function::CountDistinct, _) => format!("number of different {value}"),
        (Function::Sum, _) => format!("total of {value}"),
        (Function::Avg, _) => format!("average of {value}"),
        (Function::Min, Kind::Temporal) => format!("earliest {value}"),
        (Function::Max, Kind::Temporal) => format!("latest {value}"),
        (Function::Min, Kind::Text) => format!("first {value}"),
        (Function::Max, Kind::Text) => format!("last {value}"),
        (Function::Min, _) => format!("smallest {value}"),
        (Function::Max, _) => format!("largest {value}"),
    };
    match (&aggregate.filter, list) {
        (None, _) => computed,
        (Some(filter), Some(_)) => format!("{computed} (where {})", of_predicate(filter)),
        (Some(filter), None) => format!("{computed} where {}", of_predicate(filter)),
    }
}

fn list(values: &[Value]) -> String {
    let mut named: Vec<String> = values.iter().take(VALUES_NAMED).map(shown).collect();
    let more = values.len().saturating_sub(VALUES_NAMED);
    if more > 0 {
        named.push(format!("one of {more} others"));
    }
    let ago = if values.iter().any(Value::is_age) { " ago" } else { "" };
    match named.pop() {
        Some(last) if named.is_empty() => format!("{last}{ago}"),
        Some(last) => format!("{} or {last}{ago}", named.join(", ")),
        None => String::new(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Boolean(value) => value.to_string(),
        Value::Decimal(value) => value.normalize().to_string(),
        Value::Text(value) => quoted(value),
        Value::Instant(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Duration(value) => length(*value),
    }
}

/// A text; in quotation marks, unless it is one word that cannot be taken for anything else.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let taken = ["and", "or", "not", "where", "true", "false", "ago", "is"].contains(&text);
    let is_word = text.starts_with(char::is_alphabetic) && text.chars().all(plain);
    if is_word && !taken { text.to_owned() } else { format!("{text:?}") }
}

fn length(duration: Duration) -> String {
    let part = |(amount, unit): (i64, &str)| match amount {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{amount} {unit}s")),
    };
    duration.parts().into_iter().filter_map(part).collect::<Vec<_>>().join(" ")
}

/// The names of a path as words: `customer.lastOrderDate` is "customer.last order date".
fn words(path: &FieldPath) -> String {
    path.steps().map(|step| split(step).join(" ")).collect::<Vec<_>>().join(".")
}

/// What happened at the time that a field holds: `lastOrderDate` is "last order", `createdAt` is "created".
fn event(path: &FieldPath) -> String {
    let words = words(path);
    let shorter = ["date", "at", "on", "time"].iter().find_map(|end| words.strip_suffix(end)?.strip_suffix(' '));
    shorter.unwrap_or(&words).to_owned()
}

/// The words of a name in camelCase or snake_case. Capitals that follow each other are one word.
fn split(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| letters.get(before));
        let next_is_small = letters.get(place + 1).is_some_and(char::is_ascii_lowercase);
        let begins =
            letter.is_ascii_uppercase() && before.is_some_and(|before| !before.is_ascii_uppercase() || next_is_small);
        match words.last_mut() {
            _ if *letter == '_' => words.push(String::new()),
            _ if begins => words.push(letter.to_string()),
            Some(word) => word.push(*letter),
            None => {}
        }
    }
    let is_acronym = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    words.retain(|word| !word.is_empty());
    words.into_iter().map(|word| if is_acronym(&word) { word } else { word.to_ascii_lowercase() }).collect()
}
