//! The types of fields must agree: with what was declared, and in the whole formula.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    Parser,
    measure::scalar,
    types::{Need, Pair, Use},
};
use crate::{
    ast::{Aggregate, Formula, Measure, Predicate},
    catalogue::FieldType,
    error::{ErrorCode, FormulaError},
    path::FieldPath,
    value::Kind,
};

/// What is known of fields. None: a list, which cannot be compared with another field.
type Kinds = BTreeMap<FieldPath, Option<Kind>>;

impl Parser<'_> {
    /// Reports where declarations and uses disagree, and gives pairs of fields the kind that is known of them.
    pub(super) fn check_types(&mut self, formula: Option<&mut Formula>) {
        let types = std::mem::take(&mut self.types);
        let mut first: BTreeMap<&FieldPath, &Use> = BTreeMap::new();
        for found in &types.uses {
            match self.catalogue.fields.get(&found.path) {
                Some(declared) if !found.need.is_met_by(*declared) => self.mismatch(found, *declared),
                Some(_) => {}
                None => {
                    let earlier = first.entry(&found.path).or_insert(found);
                    if !earlier.need.agrees(found.need) {
                        self.conflict(found, earlier);
                    }
                }
            }
        }
        let declared = self.catalogue.fields.iter().map(|(path, declared)| (path.clone(), scalar(*declared)));
        let inferred = first.into_iter().map(|(path, found)| (path.clone(), found.need.one()));
        let mut kinds: Kinds = declared.chain(inferred).collect();
        spread(&types.pairs, &mut kinds);
        types.pairs.iter().for_each(|pair| self.check_pair(pair, &kinds));
        match formula {
            Some(Formula::Predicate(predicate)) => resolve(predicate, None, &kinds),
            Some(Formula::Measure(measure)) => resolve_measure(measure, &kinds),
            Some(Formula::Opaque(_)) | None => {}
        }
    }

    fn check_pair(&mut self, pair: &Pair, kinds: &Kinds) {
        let (Some(left), Some(right)) = (kinds.get(&pair.left), kinds.get(&pair.right)) else { return };
        if left.is_some() && left == right && pair.kind.is_none_or(|kind| Some(kind) == *left) {
            return;
        }
        let name = |kind: &Option<Kind>| kind.map_or("a list", Kind::as_str);
        let types = format!("{} is {}, {} is {}", pair.left, name(left), pair.right, name(right));
        let message = match pair.kind {
            Some(kind) => format!("they are compared as {}, but {types}", kind.as_str()),
            None => format!("they cannot be compared: {types}"),
        };
        self.report_at(&pair.pointer, pair.place, ErrorCode::TypeConflict, message, None);
    }

    fn mismatch(&mut self, found: &Use, declared: FieldType) {
        let message = format!("{} is declared as {declared}, and used as {} here", found.path, found.need.name());
        let fits = |json: &Json| match declared {
            FieldType::Decimal => json.is_number(),
            FieldType::Instant | FieldType::Date => json.is_object(),
            _ => false,
        };
        let suggestion = found.otherwise.clone().filter(fits);
        self.report_at(&found.pointer, found.place, ErrorCode::TypeMismatch, message, suggestion);
    }

    fn conflict(&mut self, found: &Use, earlier: &Use) {
        let (path, need) = (&found.path, found.need.name());
        let message = format!("{path} is used as {need} here, and as {} at {}", earlier.need.name(), earlier.pointer);
        let fits = |json: &Json| match earlier.need {
            Need::Scalar(Kind::Decimal) => json.is_number(),
            Need::Scalar(Kind::Temporal) => json.is_object(),
            _ => false,
        };
        let suggestion = found.otherwise.clone().filter(fits);
        self.report_at(&found.pointer, found.place, ErrorCode::TypeConflict, message, suggestion);
    }

    fn report_at(&mut self, pointer: &str, place: usize, code: ErrorCode, message: String, suggestion: Option<Json>) {
        let error = FormulaError { pointer: pointer.to_owned(), code, message, allowed: vec![], suggestion };
        self.errors.push((place, error));
    }
}

/// What is known of one field of a pair is known of the other.
fn spread(pairs: &[Pair], kinds: &mut Kinds) {
    let mut changed = true;
    while changed {
        changed = false;
        for pair in pairs {
            let known = [&pair.left, &pair.right].into_iter().find_map(|path| kinds.get(path).copied());
            let Some(kind) = pair.kind.map(Some).or(known) else { continue };
            for path in [&pair.left, &pair.right] {
                changed |= !kinds.contains_key(path);
                kinds.entry(path.clone()).or_insert(kind);
            }
        }
    }
}

/// Gives the pairs of fields of a predicate their kinds.
fn resolve(predicate: &mut Predicate, list: Option<&FieldPath>, kinds: &Kinds) {
    let full = |path: &FieldPath| list.map_or_else(|| path.clone(), |list| list.join(path));
    match predicate {
        Predicate::All(operands) | Predicate::Any(operands) => {
            operands.iter_mut().for_each(|operand| resolve(operand, list, kinds));
        }
        Predicate::Not(operand) => resolve(operand, list, kinds),
        Predicate::Fields(fields) => fields.kind = kinds.get(&full(&fields.left)).copied().flatten(),
        Predicate::Over { path, aggregate, .. } => resolve_aggregate(aggregate, Some(&full(path)), kinds),
        Predicate::Field { .. } => {}
    }
}

fn resolve_measure(measure: &mut Measure, kinds: &Kinds) {
    match measure {
        Measure::Aggregate(aggregate) => resolve_aggregate(aggregate, None, kinds),
        Measure::Ratio(numerator, denominator) => {
            resolve_measure(numerator, kinds);
            resolve_measure(denominator, kinds);
        }
    }
}

fn resolve_aggregate(aggregate: &mut Aggregate, list: Option<&FieldPath>, kinds: &Kinds) {
    if let Some(filter) = &mut aggregate.filter {
        resolve(filter, list, kinds);
    }
}
