//! What a tenant says its widgets are like, by type. Types that nothing is said about are free.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use plinth_events::{
    Refusal, RefusalCode,
    command::widget_type::{DeclareWidgetType, RetireWidgetType},
    event::tenant::{TenantEvent, WidgetTypeDeclared, WidgetTypeRetired},
    json::Config,
    layout::Size,
    limits,
    names::WidgetType,
};
use serde::{Deserialize, Serialize};

use super::Registered;
use crate::{config_schema::CompiledSchema, domain::Decision};

/// All declared types: shared, since every command of the tenant gets a copy of its state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<WidgetTypeDeclared>", into = "Vec<WidgetTypeDeclared>")]
pub struct WidgetTypes(Arc<BTreeMap<WidgetType, Arc<DeclaredType>>>);

/// A declared type with its schema, which is made ready when it is needed first.
#[derive(Debug)]
struct DeclaredType {
    declared: WidgetTypeDeclared,
    schema: OnceLock<Option<CompiledSchema>>,
}

impl PartialEq for DeclaredType {
    fn eq(&self, other: &Self) -> bool {
        self.declared == other.declared
    }
}

impl From<Vec<WidgetTypeDeclared>> for WidgetTypes {
    fn from(declared: Vec<WidgetTypeDeclared>) -> Self {
        let mut types = Self::default();
        declared.into_iter().for_each(|declared| types.declare(declared));
        types
    }
}

impl From<WidgetTypes> for Vec<WidgetTypeDeclared> {
    fn from(types: WidgetTypes) -> Self {
        types.0.values().map(|of| of.declared.clone()).collect()
    }
}

impl WidgetTypes {
    /// What was said about a type.
    pub fn find(&self, widget_type: &WidgetType) -> Option<&WidgetTypeDeclared> {
        self.0.get(widget_type).map(|of| &of.declared)
    }

    /// How many are declared.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The size of a widget that is added without one.
    pub fn default_size(&self, widget_type: &WidgetType) -> Size {
        self.find(widget_type).and_then(|declared| declared.default_size).unwrap_or_default()
    }

    /// The configuration of a widget that is added without one.
    pub fn default_config(&self, widget_type: &WidgetType) -> Option<&Config> {
        self.find(widget_type)?.default_config.as_ref()
    }

    /// Whether a widget of a type may have a configuration, which stands at `/config` in the body of its command. What work that
    /// is is taken off what is left of it.
    pub fn check(&self, widget_type: &WidgetType, config: &Config, work_left: &mut usize) -> Result<(), Refusal> {
        let Some(of) = self.0.get(widget_type) else { return Ok(()) };
        // a schema that this version cannot read is kept, and nothing is checked by it
        let ready = || of.declared.config_schema.as_ref().and_then(|schema| CompiledSchema::new(schema).ok());
        match of.schema.get_or_init(ready) {
            Some(schema) => schema.check(widget_type, config, "/config", work_left),
            None => Ok(()),
        }
    }

    pub(super) fn declare(&mut self, declared: WidgetTypeDeclared) {
        let of = DeclaredType { declared, schema: OnceLock::new() };
        Arc::make_mut(&mut self.0).insert(of.declared.widget_type.clone(), Arc::new(of));
    }

    pub(super) fn retire(&mut self, widget_type: &WidgetType) {
        Arc::make_mut(&mut self.0).remove(widget_type);
    }
}

impl Registered {
    /// In place of what was said about the type before. That its schema is one was seen before.
    pub(super) fn declare_widget_type(&self, command: &DeclareWidgetType) -> Decision<TenantEvent> {
        let DeclareWidgetType { widget_type, title, description, config_schema, default_size, default_config } =
            command.clone();
        let event = WidgetTypeDeclared { widget_type, title, description, config_schema, default_size, default_config };
        let declared = &self.widget_types;
        match declared.find(&event.widget_type) {
            Some(before) if *before == event => Ok(Vec::new()),
            None if declared.len() >= limits::WIDGET_TYPES => {
                let detail = format!("{} types of widgets are declared, that is how many may be", declared.len());
                Err(Refusal::new(RefusalCode::TooLarge, detail).at("/widgetType"))
            }
            _ => Ok(vec![event.into()]),
        }
    }

    /// Widgets of the type are free again.
    pub(super) fn retire_widget_type(&self, command: &RetireWidgetType) -> Decision<TenantEvent> {
        let RetireWidgetType { widget_type } = command.clone();
        let is_declared = self.widget_types.find(&widget_type).is_some();
        Ok(is_declared.then(|| WidgetTypeRetired { widget_type }.into()).into_iter().collect())
    }
}
