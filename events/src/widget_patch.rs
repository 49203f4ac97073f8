//! Changes of one widget over HTTP: what is said of it becomes operations of an `ApplyLayout`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{command::dashboard::LayoutOp, json::Config, layout::Size, names::WidgetType, object::object};

/// What is to be changed of a widget, at once; what is absent stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WidgetPatch {
    /// Its new size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Whether it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
    /// A merge patch (RFC 7396) of its configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
    /// The version of the layout that the caller has seen; absent: whatever it is by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_version: Option<u64>,
}

impl WidgetPatch {
    /// Parses a body that passed [`crate::scan::scan`].
    pub fn parse<'de, D: Deserializer<'de>>(body: D) -> Result<Self, D::Error> {
        object(body)
    }

    /// The operations on a widget.
    pub fn ops(self, widget_type: &WidgetType) -> Vec<LayoutOp> {
        let widget = || widget_type.clone();
        let size = self.size.map(|size| LayoutOp::Resize { widget_type: widget(), size });
        let is_visible = self.is_visible.map(|is_visible| match is_visible {
            true => LayoutOp::Show { widget_type: widget() },
            false => LayoutOp::Hide { widget_type: widget() },
        });
        let config = self.config.map(|config| LayoutOp::Configure { widget_type: widget(), config });
        [size, is_visible, config].into_iter().flatten().collect()
    }
}
