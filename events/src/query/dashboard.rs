//! What can be asked about dashboards.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KnownAt;
use crate::{
    event::tenant::WidgetTypeDeclared,
    ids::{EventId, UserId},
    json::{Config, ConfigSchema},
    layout::{EffectiveWidget, Size, VersionedLayout},
    names::{Description, Name, WidgetType},
    time::Moment,
};

/// The effective layout of a user, or with null the tenant's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetDashboard {
    /// Whose layout; the default when null or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// Whether to tell where everything comes from; false when absent.
    #[serde(default)]
    pub provenance: bool,
}

/// An effective layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardLayout {
    /// Whose layout; null for the tenant's default.
    pub user_id: Option<UserId>,
    /// Whether the user changed anything, so that the layout may differ from the default.
    pub personal: bool,
    /// The version of the layout itself: how much has happened to it. The `baseVersion` of a command.
    pub layout_version: u64,
    /// The version of the tenant's default; of the default the same.
    pub default_version: u64,
    /// Whether everybody sees the default, whatever they had changed.
    pub enforced: bool,
    /// The widgets of the default that users cannot change.
    pub locked: Vec<WidgetType>,
    /// The widgets, in order.
    pub widgets: Vec<EffectiveWidget>,
    /// Where everything comes from, by widget; absent unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<BTreeMap<WidgetType, WidgetProvenance>>,
}

impl DashboardLayout {
    /// The effective layout of a user over the default, or of the default itself.
    pub fn of(user_id: Option<UserId>, default: &VersionedLayout, own: &VersionedLayout) -> Self {
        let base = default.layout.base();
        Self {
            user_id,
            personal: !own.layout.is_empty(),
            layout_version: user_id.map_or(default.version, |_| own.version),
            default_version: default.version,
            enforced: base.is_enforced(),
            locked: base.locked().iter().cloned().collect(),
            widgets: if own.layout.is_empty() { base.widgets().to_vec() } else { own.layout.over(&base) },
            provenance: None,
        }
    }
}

/// Where everything about a widget comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetProvenance {
    /// Its place.
    pub position: PropertySource,
    /// Its size.
    pub size: PropertySource,
    /// Whether it shows.
    pub is_visible: PropertySource,
    /// Its configuration: the user's as soon as the user changed anything of it.
    pub config: PropertySource,
}

/// Where something about a widget comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PropertySource {
    /// Whose it is.
    pub from: Source,
    /// Since when: the time of recording.
    pub since: Moment,
    /// Who did it.
    pub by: Option<UserId>,
    /// The position of the event.
    pub position: u64,
}

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Source {
    /// The tenant's default, and followed.
    Default,
    /// The user's own.
    Own,
}

/// What happened to the layout of a user, or with null to the tenant's default, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetDashboardHistory {
    /// Whose layout; the default when null or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The newest version to tell of; the last one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// How many changes at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// What happened to a layout, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardHistory {
    /// The changes.
    pub changes: Vec<DashboardChange>,
    /// Whether the last change that was undone can be made again.
    pub redoable: bool,
    /// The version to go on from; null at the end.
    pub next: Option<u64>,
}

/// Something that happened to a layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardChange {
    /// The version that the layout got by it: by this it is undone.
    pub version: u64,
    /// What happened, in a few words of plain English, such as `moved Sales before Tasks`.
    pub sentence: String,
    /// Who did it.
    pub by: Option<UserId>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The position of its event.
    pub position: u64,
    /// The id of its event.
    pub event_id: EventId,
    /// The type of its event.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Whether it was undone, and not made again since.
    pub undone: bool,
    /// Whether it can be undone: it is a change that still stands and is remembered, and nothing that it changed was changed
    /// again.
    pub undoable: bool,
}

/// The types of widgets that the tenant declared, by name, as known at `knownAt`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListWidgetTypes {
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The last type of the page before; the first page when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<WidgetType>,
}

/// Types of widgets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetTypes {
    /// The types, by name.
    pub types: Vec<WidgetTypeRow>,
    /// The type to list on after; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<WidgetType>,
}

/// What widgets of a type are like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetTypeRow {
    /// Which type.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: Name,
    /// What it shows.
    pub description: Option<Description>,
    /// What every configuration must be like; null: any is.
    pub config_schema: Option<ConfigSchema>,
    /// The size of a widget that is added without one; null: medium.
    pub default_size: Option<Size>,
    /// The configuration of a widget that is added without one.
    pub default_config: Option<Config>,
    /// The position of the event that declared it.
    pub position: u64,
}

impl WidgetTypeRow {
    /// What was declared by the event at a position.
    pub fn new(declared: WidgetTypeDeclared, position: u64) -> Self {
        let WidgetTypeDeclared { widget_type, title, description, config_schema, default_size, default_config } =
            declared;
        Self { widget_type, title, description, config_schema, default_size, default_config, position }
    }
}
