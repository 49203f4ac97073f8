//! Which fields the records of a tenant have.

use std::{ops::Deref, sync::Arc};

use plinth_events::{
    command::metric::DeclareFields,
    event::tenant::{FieldsDeclared, TenantEvent},
};
use plinth_formula::Catalogue;
use serde::{Deserialize, Serialize};

use super::Registered;
use crate::{domain::Decision, formulas::catalogue};

/// Which fields the records of a tenant have: shared, since every command of the tenant gets a copy of its state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Catalogue", into = "Catalogue")]
pub struct Fields(Arc<Catalogue>);

impl Fields {
    pub(super) fn of(declared: &FieldsDeclared) -> Self {
        catalogue(&declared.fields, declared.undeclared).into()
    }
}

impl From<Catalogue> for Fields {
    fn from(catalogue: Catalogue) -> Self {
        Self(Arc::new(catalogue))
    }
}

impl From<Fields> for Catalogue {
    fn from(fields: Fields) -> Self {
        Arc::unwrap_or_clone(fields.0)
    }
}

impl Deref for Fields {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.0
    }
}

impl Registered {
    /// In place of those that were declared before.
    pub(super) fn declare_fields(&self, command: &DeclareFields) -> Decision<TenantEvent> {
        let DeclareFields { fields, undeclared } = command.clone();
        let event = FieldsDeclared { fields, undeclared };
        Ok(if self.fields == Fields::of(&event) { Vec::new() } else { vec![event.into()] })
    }
}
