//! Commands about types of widgets: what the widgets of a type are like, in all layouts of the tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    json::{Config, ConfigSchema},
    layout::Size,
    names::{Description, Name, WidgetType},
};

/// Says what widgets of a type are like, in place of all that was said about it before. Configurations are checked when they
/// are changed; those that are there stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclareWidgetType {
    /// Which type.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: Name,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What every configuration of a widget of the type must be like; absent: any is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<ConfigSchema>,
    /// The size of a widget that is added without one; medium when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_size: Option<Size>,
    /// The configuration of a widget that is added without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_config: Option<Config>,
}

/// Takes back what was said about a type: its widgets stay and may have any configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetireWidgetType {
    /// Which type.
    pub widget_type: WidgetType,
}
