//! Events of a dashboard. [`crate::layout`] says what they mean together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    ids::UserId,
    json::Config,
    layout::{OwnWidget, Size, Touched},
    names::WidgetType,
};

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
    /// What the user had changed of a widget was dropped; it follows the default again.
    WidgetReset {
        /// Which widget.
        widget_type: WidgetType,
    }
);
dashboard_event!(
    /// Everything that the scope had of its own was dropped.
    LayoutReset {}
);
dashboard_event!(
    /// Several things were changed at once.
    LayoutApplied {
        /// What was changed, one after the other.
        changes: Vec<LayoutChange>,
    }
);
dashboard_event!(
    /// A change was taken back.
    LayoutChangeUndone {
        /// Which change: the version that the layout had got by it.
        version: u64,
        /// What was put back.
        restored: Restored,
    }
);
dashboard_event!(
    /// A change that had been taken back was made again.
    LayoutChangeRedone {
        /// Which change: the version that the layout had got by it.
        version: u64,
        /// What was put back.
        restored: Restored,
    }
);

/// What was put back in a layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// What is not as it was before, by widget.
    pub touched: Touched,
    /// The whole resulting order of the scope's own; null: it follows what lies below.
    pub order: Option<Vec<WidgetType>>,
    /// All widgets that the scope added itself then, in the order of adding.
    pub additions: Vec<WidgetType>,
    /// All that the scope says then of these widgets beside their places.
    pub widgets: BTreeMap<WidgetType, OwnWidget>,
}

/// One of several changes, as the event of its type has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "each variant is the data of the event, documented there")]
pub enum LayoutChange {
    WidgetAdded(WidgetAdded),
    WidgetMoved(WidgetMoved),
    WidgetResized(WidgetResized),
    WidgetShown(WidgetShown),
    WidgetHidden(WidgetHidden),
    WidgetConfigured(WidgetConfigured),
    WidgetRemoved(WidgetRemoved),
    WidgetReset(WidgetReset),
}

impl From<LayoutChange> for DashboardEvent {
    fn from(change: LayoutChange) -> Self {
        match change {
            LayoutChange::WidgetAdded(event) => event.into(),
            LayoutChange::WidgetMoved(event) => event.into(),
            LayoutChange::WidgetResized(event) => event.into(),
            LayoutChange::WidgetShown(event) => event.into(),
            LayoutChange::WidgetHidden(event) => event.into(),
            LayoutChange::WidgetConfigured(event) => event.into(),
            LayoutChange::WidgetRemoved(event) => event.into(),
            LayoutChange::WidgetReset(event) => event.into(),
        }
    }
}

/// Users cannot change the widget of the tenant's default any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetLocked {
    /// Which widget.
    pub widget_type: WidgetType,
}

/// Users can change the widget of the tenant's default again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetUnlocked {
    /// Which widget.
    pub widget_type: WidgetType,
}

/// Everybody sees the tenant's default from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutEnforced {}

/// Users have layouts of their own again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutReleased {}

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
        WidgetReset = "widget-reset",
        LayoutReset = "layout-reset",
        LayoutApplied = "layout-applied",
        LayoutChangeUndone = "layout-change-undone",
        LayoutChangeRedone = "layout-change-redone",
        WidgetLocked = "widget-locked",
        WidgetUnlocked = "widget-unlocked",
        LayoutEnforced = "layout-enforced",
        LayoutReleased = "layout-released",
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
            Self::WidgetReset(event) => event.user_id,
            Self::LayoutReset(event) => event.user_id,
            Self::LayoutApplied(event) => event.user_id,
            Self::LayoutChangeUndone(event) => event.user_id,
            Self::LayoutChangeRedone(event) => event.user_id,
            Self::WidgetLocked(_) | Self::WidgetUnlocked(_) | Self::LayoutEnforced(_) | Self::LayoutReleased(_) => None,
        }
    }
}
