//! Commands of a dashboard: `userId` names the layout, null the tenant's default.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{ids::UserId, json::Config, layout::Size, names::WidgetType};

/// Whose layout: a user's, or with null the tenant's default. The key must be there.
fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UserId>, D::Error> {
    Option::deserialize(deserializer)
}

macro_rules! dashboard_command {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// Whose layout: a user's, or with null the tenant's default.
            #[serde(deserialize_with = "scope")]
            #[schemars(required, extend("type" = ["string", "null"]))]
            pub user_id: Option<UserId>,
            $($(#[$field_doc])* pub $field: $type),*
        }
    };
}

dashboard_command!(
    /// Adds a widget, last when no position is given.
    AddWidget {
        /// Which widget.
        widget_type: WidgetType,
        /// Its place in the whole layout, counted from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<u32>,
        /// Its size; medium when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<Size>,
        /// Whether it shows; true when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_visible: Option<bool>,
        /// Its configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<Config>,
    }
);
dashboard_command!(
    /// Moves a widget: removed first, then inserted. Exactly one of `toPosition`, `before` and `after`.
    MoveWidget {
        /// Which widget.
        widget_type: WidgetType,
        /// Its final place, counted from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_position: Option<u32>,
        /// The widget that it ends up right before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<WidgetType>,
        /// The widget that it ends up right after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<WidgetType>,
    }
);
dashboard_command!(
    /// Gives a widget another size.
    ResizeWidget {
        /// Which widget.
        widget_type: WidgetType,
        /// Its new size.
        size: Size,
    }
);
dashboard_command!(
    /// Shows a hidden widget, where it stood.
    ShowWidget {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_command!(
    /// Hides a widget; it keeps its place.
    HideWidget {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_command!(
    /// Changes the configuration of a widget by a merge patch (RFC 7396).
    ConfigureWidget {
        /// Which widget.
        widget_type: WidgetType,
        /// The patch.
        config: Config,
    }
);
dashboard_command!(
    /// Removes a widget: of the default any, of a user the user's own additions.
    RemoveWidget {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_command!(
    /// Drops everything that the user changed; on the default, every widget.
    ResetLayout {}
);
