//! What a person sees: the tenant's default layout with the person's own changes laid over it.
//!
//! [`effective`] is the one pure function behind the decisions, the read table and every answer about layouts.

use serde::{Deserialize, Serialize};

use schemars::JsonSchema;

use crate::{ids::UserId, json::Config, names::WidgetType};

/// The size of a widget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Size {
    Small,
    #[default]
    Medium,
    Large,
}

/// A widget as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveWidget {
    /// Which widget.
    pub widget_type: WidgetType,
    /// Its place, counted from 0, hidden widgets included.
    pub position: u32,
    /// Its size.
    pub size: Size,
    /// Whether it shows.
    pub is_visible: bool,
    /// Its configuration.
    pub config: Option<Config>,
}
