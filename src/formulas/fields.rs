//! Declared fields, as the formula language knows them.

use std::collections::BTreeMap;

use plinth_events::{
    fields::{FieldType, Undeclared},
    names::FieldPath,
};
use plinth_formula::{self as formula, Catalogue};

/// The catalogue of the fields that a tenant declared. A path of the contract is one of the language too.
pub fn catalogue(fields: &BTreeMap<FieldPath, FieldType>, undeclared: Undeclared) -> Catalogue {
    let typed = |(path, of): (&FieldPath, &FieldType)| Some((path.as_str().parse().ok()?, field_type(*of)));
    Catalogue {
        fields: fields.iter().filter_map(typed).collect(),
        undeclared: match undeclared {
            Undeclared::Allowed => formula::Undeclared::Allowed,
            Undeclared::Refused => formula::Undeclared::Refused,
        },
    }
}

fn field_type(declared: FieldType) -> formula::FieldType {
    match declared {
        FieldType::Boolean => formula::FieldType::Boolean,
        FieldType::Decimal => formula::FieldType::Decimal,
        FieldType::String => formula::FieldType::String,
        FieldType::Instant => formula::FieldType::Instant,
        FieldType::Date => formula::FieldType::Date,
        FieldType::Booleans => formula::FieldType::Booleans,
        FieldType::Decimals => formula::FieldType::Decimals,
        FieldType::Strings => formula::FieldType::Strings,
        FieldType::Records => formula::FieldType::Records,
    }
}
