//! The pieces that the text is made of.

use super::Bind;
use crate::{
    ast::{Aggregate, Comparison, FieldComparison, Function, Predicate, Test},
    path::FieldPath,
    value::{Kind, Value},
};

/// Writes expressions, and collects what their places stand for.
#[derive(Debug, Default)]
pub(super) struct Writer {
    binds: Vec<Bind>,
}

impl Writer {
    pub(super) fn into_binds(self) -> Vec<Bind> {
        self.binds
    }

    pub(super) fn predicate(&mut self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::All(operands) => self.joined(operands, " and "),
            Predicate::Any(operands) => self.joined(operands, " or "),
            Predicate::Not(operand) => format!("(not {})", self.predicate(operand)),
            Predicate::Fields(fields) => self.fields(fields),
            Predicate::Field { field, test } => self.field(field, test),
            Predicate::Over { path, aggregate, test } => {
                let (list, value) = (self.json(path), self.aggregate(aggregate));
                let value = format!(
                    "(case when jsonb_typeof({list}) = 'array' \
                     then (select {value} from jsonb_array_elements({list}) as element (record)) end)"
                );
                self.test(&value, test)
            }
        }
    }

    /// An aggregate of the rows whose `record` it reads.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> String {
        let filter = match &aggregate.filter {
            Some(filter) => format!(" filter (where {})", self.predicate(filter)),
            None => String::new(),
        };
        let Some(field) = &aggregate.field else {
            return format!("(count(*){filter})::numeric");
        };
        match aggregate.function {
            Function::Count => {
                let json = self.json(field);
                format!("(count(nullif({json}, 'null')){filter})::numeric")
            }
            Function::CountDistinct => {
                let json = self.json(field);
                format!("(count(distinct metric_single({json})){filter})::numeric")
            }
            Function::Sum => {
                let number = self.typed(field, Kind::Decimal);
                format!("metric_bounded(coalesce(sum({number}){filter}, 0))")
            }
            Function::Avg => {
                let number = self.typed(field, Kind::Decimal);
                format!("metric_ratio(metric_bounded(sum({number}){filter}), count({number}){filter})")
            }
            Function::Min => format!("min({}){filter}", self.typed(field, aggregate.kind)),
            Function::Max => format!("max({}){filter}", self.typed(field, aggregate.kind)),
        }
    }

    fn joined(&mut self, operands: &[Predicate], word: &str) -> String {
        let operands: Vec<String> = operands.iter().map(|operand| self.predicate(operand)).collect();
        format!("({})", operands.join(word))
    }

    fn fields(&mut self, fields: &FieldComparison) -> String {
        let operator = operator(fields.comparison);
        if let Some(kind) = fields.kind {
            let (left, right) = (self.typed(&fields.left, kind), self.typed(&fields.right, kind));
            if kind == Kind::Boolean && fields.comparison.is_ordering() {
                return "null::boolean".to_owned();
            }
            return format!("({left} {operator} {right})");
        }
        let (left, right, zone) = (self.json(&fields.left), self.json(&fields.right), self.place(Bind::Zone));
        let order = format!("metric_order({left}, {right}, {zone}) {operator} 0");
        match fields.comparison.is_ordering() {
            true => format!("(case when jsonb_typeof({left}) <> 'boolean' then {order} end)"),
            false => format!("({order})"),
        }
    }

    fn field(&mut self, field: &FieldPath, test: &Test) -> String {
        match test {
            Test::Exists => format!("(coalesce(jsonb_typeof({}), 'null') <> 'null')", self.json(field)),
            Test::NotExists => format!("(coalesce(jsonb_typeof({}), 'null') = 'null')", self.json(field)),
            Test::Contains(value) => self.contains(field, value),
            Test::StartsWith(part) => {
                let (text, part) = (self.typed(field, Kind::Text), self.value(&Value::Text(part.clone())));
                format!("starts_with({text}, {part})")
            }
            Test::EndsWith(part) => {
                let (text, part) = (self.typed(field, Kind::Text), self.value(&Value::Text(part.clone())));
                format!("(right({text}, length({part})) = {part})")
            }
            Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Between(..) => {
                let kind = test.values().first().map_or(Kind::Text, |value| value.kind());
                let subject = self.typed(field, kind);
                self.test(&subject, test)
            }
        }
    }

    fn contains(&mut self, field: &FieldPath, value: &Value) -> String {
        let (json, element) = (self.json(field), self.value(value));
        let in_text = match value {
            Value::Text(_) => format!(" when 'string' then strpos({json} #>> '{{}}', {element}) > 0"),
            _ => String::new(),
        };
        format!("(case jsonb_typeof({json}){in_text} when 'array' then {json} @> to_jsonb({element}) end)")
    }

    /// A comparison, a list or a range. Ages are points in time, and the earlier ones are greater.
    fn test(&mut self, subject: &str, test: &Test) -> String {
        match test {
            Test::Compare(comparison, value) => {
                let comparison = if value.is_age() { comparison.mirrored() } else { *comparison };
                format!("({subject} {} {})", operator(comparison), self.value(value))
            }
            Test::In(values) => format!("({subject} = any ({}))", self.values(values)),
            Test::NotIn(values) => format!("({subject} <> all ({}))", self.values(values)),
            Test::Between(low, high) => {
                let (low, high) = if low.is_age() { (high, low) } else { (low, high) };
                let (low, high) = (self.value(low), self.value(high));
                format!("({subject} between {low} and {high})")
            }
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Exists | Test::NotExists => {
                "null::boolean".to_owned()
            }
        }
    }

    fn value(&mut self, value: &Value) -> String {
        let place = self.place(Bind::value(value));
        match value {
            Value::Date(_) => format!("({place}::timestamp at time zone {})", self.place(Bind::Zone)),
            Value::Duration(_) => {
                format!("metric_before({}, {place}, {})", self.place(Bind::AsOf), self.place(Bind::Zone))
            }
            _ => place,
        }
    }

    fn values(&mut self, values: &[Value]) -> String {
        if values.first().is_some_and(|value| value.kind() == Kind::Temporal) {
            let values: Vec<String> = values.iter().map(|value| self.value(value)).collect();
            return format!("array[{}]", values.join(", "));
        }
        self.place(Bind::values(values))
    }

    fn json(&mut self, path: &FieldPath) -> String {
        format!("(record #> {})", self.place(Bind::path(path)))
    }

    /// A field as a value of a kind; null if it is none.
    fn typed(&mut self, path: &FieldPath, kind: Kind) -> String {
        let json = self.json(path);
        match kind {
            Kind::Boolean => format!("metric_boolean({json})"),
            Kind::Decimal => format!("metric_decimal({json})"),
            Kind::Text => format!("metric_text({json}) collate \"C\""),
            Kind::Temporal => format!("metric_instant({json}, {})", self.place(Bind::Zone)),
        }
    }

    /// The place of a bind, cast to its type. What occurs twice has one place.
    fn place(&mut self, bind: Bind) -> String {
        let sql_type = bind.sql_type();
        let number = self.binds.iter().position(|known| *known == bind).unwrap_or_else(|| {
            self.binds.push(bind);
            self.binds.len() - 1
        });
        format!("${}::{sql_type}", number + 1)
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::NotEqual => "<>",
        other => other.as_str(),
    }
}
