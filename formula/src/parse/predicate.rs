//! Predicates: what is true, false or unknown of a record.

use super::{
    KINDS, Parser, Scope,
    json::{Json, Node},
    operator::{self, Operator},
    suggest::suggest,
    test::Subject,
    types::Need,
};
use crate::{
    ast::{FieldComparison, Predicate},
    error::ErrorCode,
    value::Kind,
};

const FIELD_KEYS: [&str; 3] = ["field", "operator", "value"];
const AGE_KEYS: [&str; 3] = ["age", "operator", "value"];
const FIELDS_KEYS: [&str; 4] = ["field", "operator", "valueField", "type"];
const OVER_KEYS: [&str; 7] = ["over", "aggregate", "field", "type", "where", "operator", "value"];
const TYPES: [&str; 5] = ["boolean", "decimal", "string", "instant", "date"];

impl Parser<'_> {
    pub(super) fn predicate(&mut self, node: &Node, scope: &Scope) -> Option<Predicate> {
        if !self.enter(node, scope) {
            return None;
        }
        let Json::Object(_) = node.json else {
            let message = format!("a predicate must be an object, not {}", node.json.name());
            self.report(node, ErrorCode::WrongType, message);
            return None;
        };
        let has = |key: &str| node.get(key).is_some();
        match () {
            () if has("over") => self.over(node, scope),
            () if has("all") => self.operands(node, "all", scope).map(Predicate::All),
            () if has("any") => self.operands(node, "any", scope).map(Predicate::Any),
            () if has("not") => self.not(node, scope),
            () if has("aggregate") || has("ratio") => {
                self.report(node, ErrorCode::UnknownFormula, "a measure cannot stand here, a predicate is needed");
                None
            }
            () if has("valueField") => self.fields(node, scope),
            () if has("field") || has("age") => self.field(node, scope),
            () => self.unknown(node),
        }
    }

    fn unknown(&mut self, node: &Node) -> Option<Predicate> {
        let meant = node.entries().iter().find_map(|(key, _)| suggest(key, KINDS));
        let message = "neither a predicate nor a measure: one of these keys says what it is";
        self.report_with(node, ErrorCode::UnknownFormula, message, &KINDS, meant.map(Into::into));
        None
    }

    fn operands(&mut self, node: &Node, key: &str, scope: &Scope) -> Option<Vec<Predicate>> {
        self.check_keys(node, &[key]);
        let operands = self.list(node.get(key)?, key)?;
        // each of them is looked at, for all errors to be found
        let operands: Vec<_> = operands.iter().map(|operand| self.predicate(operand, &scope.deeper())).collect();
        operands.into_iter().collect()
    }

    fn not(&mut self, node: &Node, scope: &Scope) -> Option<Predicate> {
        self.check_keys(node, &["not"]);
        let operand = self.predicate(node.get("not")?, &scope.deeper())?;
        Some(Predicate::Not(Box::new(operand)))
    }

    /// `{field, operator, value}`, or with `age` in place of `field`.
    fn field(&mut self, node: &Node, scope: &Scope) -> Option<Predicate> {
        let (key, keys) = if node.get("field").is_some() { ("field", &FIELD_KEYS) } else { ("age", &AGE_KEYS) };
        self.check_keys(node, keys);
        let place = node.get(key)?;
        let field = self.path(place, key);
        let declared = field.as_ref().and_then(|field| self.declared(place, scope, field));
        let is_age = key == "age";
        let subject = if is_age { Subject::Age } else { Subject::of_field(declared) };
        let (test, values) = self.test(node, subject)?;
        let field = field?;
        if let Some(need) = Need::of_test(&test) {
            self.types.uses(scope.full(&field), need, values);
        }
        Some(Predicate::Field { field, test })
    }

    /// `{field, operator, valueField, type?}`.
    fn fields(&mut self, node: &Node, scope: &Scope) -> Option<Predicate> {
        self.check_keys(node, &FIELDS_KEYS);
        let (left_place, right_place) = (node.get("field"), node.get("valueField")?);
        if left_place.is_none() {
            self.report_missing(node, "field", &[]);
        }
        let left = left_place.and_then(|place| self.path(place, "field"));
        let right = self.path(right_place, "valueField");
        let kind = node.get("type").map(|place| self.kind(place));
        let comparison = self.comparison(node)?;
        let (left, right) = (left?, right?);
        self.declared(left_place?, scope, &left);
        self.declared(right_place, scope, &right);
        let kind = match kind {
            Some(kind) => Some(kind?),
            None => None,
        };
        self.types.pair(scope.full(&left), scope.full(&right), kind, right_place);
        Some(Predicate::Fields(FieldComparison { left, comparison, right, kind }))
    }

    fn comparison(&mut self, node: &Node) -> Option<crate::ast::Comparison> {
        match self.operator(node)? {
            Operator::Compare(comparison) => Some(comparison),
            _ => {
                let allowed = &operator::NAMES[..6];
                let message = "two fields cannot be compared by this operator";
                self.report_with(node.get("operator")?, ErrorCode::OperatorNotAllowed, message, allowed, None);
                None
            }
        }
    }

    /// `{over, aggregate, field?, where?, operator, value}`.
    fn over(&mut self, node: &Node, scope: &Scope) -> Option<Predicate> {
        self.check_keys(node, &OVER_KEYS);
        let place = node.get("over")?;
        let path = self.path(place, "over");
        let inner = Scope { list: path.as_ref().map(|path| scope.full(path)), depth: scope.depth };
        if let Some(path) = &path {
            self.declared(place, scope, path);
            self.types.uses(scope.full(path), Need::Records, place);
        }
        let aggregate = self.aggregate(node, &inner);
        let subject = aggregate.as_ref().map_or(Subject::Undeclared, |aggregate| aggregate.subject);
        let (test, values) = self.test(node, subject)?;
        let aggregate = self.settle(aggregate?, &test, &inner, node, values)?;
        Some(Predicate::Over { path: path?, aggregate, test })
    }

    /// The operator of a node.
    pub(super) fn operator(&mut self, node: &Node) -> Option<Operator> {
        let Some(place) = node.get("operator") else {
            self.report_missing(node, "operator", &operator::NAMES);
            return None;
        };
        let name = self.text(place, "operator")?;
        let operator = operator::operator(name);
        if operator.is_none() {
            let message = format!("unknown operator {name}");
            let meant = operator::meant(name).map(Into::into);
            self.report_with(place, ErrorCode::UnknownOperator, message, &operator::NAMES, meant);
        }
        operator
    }

    /// The kind that `type` names.
    pub(super) fn kind(&mut self, node: &Node) -> Option<Kind> {
        let name = self.text(node, "type")?;
        let kind = match name {
            "boolean" => Some(Kind::Boolean),
            "decimal" | "number" => Some(Kind::Decimal),
            "string" => Some(Kind::Text),
            "instant" | "date" => Some(Kind::Temporal),
            _ => None,
        };
        if kind.is_none() {
            let (message, meant) = (format!("unknown type {name}"), suggest(name, TYPES).map(Into::into));
            self.report_with(node, ErrorCode::UnknownType, message, &TYPES, meant);
        }
        kind
    }
}
