//! Measures, and the aggregates that they and `over` are made of.

use super::{
    Parser, Scope,
    json::{Json, Node},
    suggest::suggest,
    test::Subject,
    types::Need,
};
use crate::{
    ast::{Aggregate, Function, Measure, Test},
    catalogue::FieldType,
    error::ErrorCode,
    path::FieldPath,
    value::Kind,
};

const MEASURE_KEYS: [&str; 4] = ["aggregate", "field", "type", "where"];
const RATIO_KEYS: [&str; 2] = ["numerator", "denominator"];

/// An aggregate whose kind is not settled yet: with `over`, the value that it is compared with may tell.
pub(super) struct Unsettled {
    aggregate: Aggregate,
    /// The kind that the formula or the catalogue says.
    kind: Option<Kind>,
    /// What a test of it is about.
    pub(super) subject: Subject,
}

impl Parser<'_> {
    pub(super) fn measure(&mut self, node: &Node, scope: &Scope) -> Option<Measure> {
        if !self.enter(node, scope) {
            return None;
        }
        if let Some(ratio) = node.get("ratio") {
            self.check_keys(node, &["ratio"]);
            return self.ratio(ratio, scope);
        }
        let Json::Object(_) = node.json else {
            let message = format!("a measure must be an object, not {}", node.json.name());
            self.report(node, ErrorCode::WrongType, message);
            return None;
        };
        self.check_keys(node, &MEASURE_KEYS);
        let Unsettled { mut aggregate, kind, .. } = self.aggregate(node, scope)?;
        if let (true, Some(field)) = (aggregate.function.keeps_kind(), &aggregate.field) {
            aggregate.kind = kind.unwrap_or(Kind::Decimal);
            self.check_order(node, aggregate.kind);
            self.types.uses(scope.full(field), Need::Scalar(aggregate.kind), node.get("type").or(node.get("field"))?);
        }
        Some(Measure::Aggregate(aggregate))
    }

    fn ratio(&mut self, node: &Node, scope: &Scope) -> Option<Measure> {
        self.check_keys(node, &RATIO_KEYS);
        let [numerator, denominator] = RATIO_KEYS.map(|key| match node.get(key) {
            Some(part) => self.measure(part, &scope.deeper()),
            None => {
                self.report_missing(node, key, &[]);
                None
            }
        });
        let (numerator, denominator) = (numerator?, denominator?);
        Some(Measure::Ratio(Box::new(numerator), Box::new(denominator)))
    }

    /// `aggregate`, `field`, `type` and `where` of a node.
    pub(super) fn aggregate(&mut self, node: &Node, scope: &Scope) -> Option<Unsettled> {
        let function = self.function(node);
        let field = node.get("field").map(|place| (place, self.path(place, "field")));
        let declared = match &field {
            Some((place, Some(field))) => self.declared(place, scope, field),
            _ => None,
        };
        let kind = node.get("type").map(|place| self.kind(place));
        let filter = node.get("where").map(|place| self.predicate(place, &scope.deeper()));
        let function = function?;
        let field = match field {
            Some((place, field)) => Some((place, field?)),
            None => None,
        };
        self.check_field(node, function, field.as_ref(), scope)?;
        let filter = match filter {
            Some(filter) => Some(Box::new(filter?)),
            None => None,
        };
        let kind = match kind {
            Some(kind) => Some(kind?),
            None => declared.and_then(scalar),
        };
        let subject = match (function.keeps_kind(), kind) {
            (false, _) => Subject::Number,
            (true, None) => Subject::Undeclared,
            (true, Some(Kind::Temporal)) => Subject::Temporal,
            (true, Some(_)) => Subject::Other,
        };
        let field = field.map(|(_, field)| field);
        Some(Unsettled { aggregate: Aggregate { function, field, kind: Kind::Decimal, filter }, kind, subject })
    }

    /// The aggregate of `over`, of the kind of the values that it is compared with.
    pub(super) fn settle(
        &mut self,
        unsettled: Unsettled,
        test: &Test,
        scope: &Scope,
        node: &Node,
        values: &Node,
    ) -> Option<Aggregate> {
        let mut aggregate = unsettled.aggregate;
        let is_comparable = matches!(test, Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Between(..));
        if !is_comparable {
            let message = "an aggregate cannot be tested by this operator";
            let allowed = &super::operator::NAMES[..9];
            self.report_with(node.get("operator")?, ErrorCode::OperatorNotAllowed, message, allowed, None);
            return None;
        }
        if let (true, Some(field), Some(value)) =
            (aggregate.function.keeps_kind(), &aggregate.field, test.values().first())
        {
            aggregate.kind = value.kind();
            self.check_order(node, aggregate.kind);
            self.types.uses(scope.full(field), Need::Scalar(aggregate.kind), values);
            if let Some(kind) = unsettled.kind.filter(|kind| *kind != aggregate.kind) {
                let message = format!("the aggregate is of type {}, the value is not", kind.as_str());
                self.report(values, ErrorCode::ValueNotAllowed, message);
            }
        }
        Some(aggregate)
    }

    /// Of booleans none is the least or the greatest.
    fn check_order(&mut self, node: &Node, kind: Kind) {
        if let (Kind::Boolean, Some(place)) = (kind, node.get("aggregate")) {
            self.report(place, ErrorCode::ValueNotAllowed, "booleans have no order");
        }
    }

    fn function(&mut self, node: &Node) -> Option<Function> {
        let names = Function::ALL.map(Function::as_str);
        let Some(place) = node.get("aggregate") else {
            self.report_missing(node, "aggregate", &names);
            return None;
        };
        let name = self.text(place, "aggregate")?;
        let spelled = |text: &str| text.replace(['_', ' '], "").to_ascii_lowercase();
        let written = match spelled(name).as_str() {
            "average" | "mean" => "avg".to_owned(),
            "minimum" => "min".to_owned(),
            "maximum" => "max".to_owned(),
            "distinct" | "countunique" => "countdistinct".to_owned(),
            "total" => "sum".to_owned(),
            same => same.to_owned(),
        };
        let function = Function::ALL.into_iter().find(|function| spelled(function.as_str()) == written);
        if function.is_none() {
            let meant = suggest(name, names).map(Into::into);
            let message = format!("unknown aggregate {name}");
            self.report_with(place, ErrorCode::UnknownAggregate, message, &names, meant);
        }
        function
    }

    /// Whether the aggregate has the field that it needs, and what that means for the field's type.
    fn check_field(
        &mut self,
        node: &Node,
        function: Function,
        field: Option<&(&Node, FieldPath)>,
        scope: &Scope,
    ) -> Option<()> {
        if let (Some(place), false) = (node.get("type"), function.keeps_kind()) {
            let message = format!("{} takes no type", function.as_str());
            self.report(place, ErrorCode::UnexpectedValue, message);
        }
        match (function, field) {
            (Function::Count, _) => Some(()),
            (_, None) => {
                self.report_missing(node, "field", &[]);
                None
            }
            (Function::Sum | Function::Avg, Some((place, field))) => {
                self.types.uses(scope.full(field), Need::Scalar(Kind::Decimal), place);
                Some(())
            }
            (Function::CountDistinct | Function::Min | Function::Max, Some(_)) => Some(()),
        }
    }
}

/// The kind of a type that has one value.
pub(super) fn scalar(declared: FieldType) -> Option<Kind> {
    match declared {
        FieldType::Boolean => Some(Kind::Boolean),
        FieldType::Decimal => Some(Kind::Decimal),
        FieldType::String => Some(Kind::Text),
        FieldType::Instant | FieldType::Date => Some(Kind::Temporal),
        FieldType::Booleans | FieldType::Decimals | FieldType::Strings | FieldType::Records => None,
    }
}
