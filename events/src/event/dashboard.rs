//! Events of a dashboard. [`crate::layout`] says what they mean together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{ids::UserId, json::Config, layout::Size, names::WidgetType};

macro_rules! dashboard_event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Whose layout: a user's, or with null the tenant's default.
            pub user_id: Option<UserId>,
            $($(#[$field_doc])* pub $field: $type),*
        }
    };
}

dashboard_event!(
    /// A widget was added.
    WidgetAdded {
        /// Which widget.
        widget_type: WidgetType,
        /// Its size.
        size: Size,
        /// Whether it shows.
        is_visible: bool,
        /// Its configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<Config>,
        /// The whole resulting order, when the widget was given a place; absent: it went last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Vec<WidgetType>>,
    }
);
dashboard_event!(
    /// A widget was moved.
    WidgetMoved {
        /// Which widget.
        widget_type: WidgetType,
        /// The whole resulting order.
        order: Vec<WidgetType>,
    }
);
dashboard_event!(
    /// A widget was given another size.
    WidgetResized {
        /// Which widget.
        widget_type: WidgetType,
        /// Its new size.
        size: Size,
    }
);
dashboard_event!(
    /// A hidden widget shows again.
    WidgetShown {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_event!(
    /// A widget was hidden; it keeps its place.
    WidgetHidden {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_event!(
    /// The configuration of a widget was changed.
    WidgetConfigured {
        /// Which widget.
        widget_type: WidgetType,
        /// The merge patch (RFC 7396) as it applies to the scope's own configuration of the widget.
        config: Config,
    }
);
dashboard_event!(
    /// A widget was removed.
    WidgetRemoved {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_event!(
    /// Everything that the scope had of its own was dropped.
    LayoutReset {}
);

events!(
    /// What happens to a layout.
    DashboardEvent {
        WidgetAdded = "widget-added",
        WidgetMoved = "widget-moved",
        WidgetResized = "widget-resized",
        WidgetShown = "widget-shown",
        WidgetHidden = "widget-hidden",
        WidgetConfigured = "widget-configured",
        WidgetRemoved = "widget-removed",
        LayoutReset = "layout-reset",
    }
);

impl DashboardEvent {
    /// Whose layout it happened to: a user's, or the tenant's default.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::WidgetAdded(event) => event.user_id,
            Self::WidgetMoved(event) => event.user_id,
            Self::WidgetResized(event) => event.user_id,
            Self::WidgetShown(event) => event.user_id,
            Self::WidgetHidden(event) => event.user_id,
            Self::WidgetConfigured(event) => event.user_id,
            Self::WidgetRemoved(event) => event.user_id,
            Self::LayoutReset(event) => event.user_id,
        }
    }
}
