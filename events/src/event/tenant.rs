//! Events of a tenant.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{erased::ErasedCounts, events};
use crate::{
    fields::{FieldType, Undeclared},
    json::{Config, ConfigSchema},
    layout::Size,
    names::{Description, FieldPath, Name, Reason, WidgetType},
    time::Instant,
};

/// The tenant exists from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRegistered {
    /// What people call it.
    pub name: Name,
}

/// The tenant has another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRenamed {
    /// What people call it now.
    pub name: Name,
}

/// The tenant is gone, with everything that it had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantDeleted {}

/// What the tenant had said is gone from the log, the answers and the streams. That it was there can still be proved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantErased {
    /// How much there was.
    #[serde(flatten)]
    pub counts: ErasedCounts,
}

/// The books are closed until a time: what metrics meant before then does not change any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantPeriodLocked {
    /// The end of the period.
    pub until: Instant,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// From now on the formulas of the tenant are checked against these fields, and against no others that were declared
/// before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldsDeclared {
    /// The types by path.
    pub fields: BTreeMap<FieldPath, FieldType>,
    /// What becomes of a formula that names another field.
    pub undeclared: Undeclared,
}

/// From now on the configurations of widgets of a type are checked against what is said here, and against nothing that was
/// said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetTypeDeclared {
    /// Which type.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: Name,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What every configuration must be like; absent: any is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<ConfigSchema>,
    /// The size of a widget that is added without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_size: Option<Size>,
    /// The configuration of a widget that is added without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_config: Option<Config>,
}

/// Nothing is said about a type of widgets any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetTypeRetired {
    /// Which type.
    pub widget_type: WidgetType,
}

events!(
    /// What happens to a tenant.
    TenantEvent {
        TenantRegistered = "registered",
        TenantRenamed = "renamed",
        TenantDeleted = "deleted",
        TenantErased = "erased",
        TenantPeriodLocked = "period-locked",
        FieldsDeclared = "fields-declared",
        WidgetTypeDeclared = "widget-type-declared",
        WidgetTypeRetired = "widget-type-retired",
    }
);
