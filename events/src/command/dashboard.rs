//! Commands of a dashboard: `userId` names the layout, null the tenant's default.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    ids::UserId,
    json::Config,
    layout::{Property, Size, Touched},
    limits,
    names::WidgetType,
    object,
};

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

/// Commands that change one thing, and the same as operations of an [`ApplyLayout`].
macro_rules! layout_operations {
    ($($(#[$doc:meta])* $name:ident as $op:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)?
    })+) => {
        $(
            dashboard_command!(
                $(#[$doc])*
                $name {
                    $($(#[$field_doc])* $field: $type,)*
                    /// The version of the layout that the caller has seen; absent: whatever it is by now.
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    base_version: Option<u64>,
                }
            );

            impl $name {
                /// What it does, as one of the operations of an [`ApplyLayout`].
                pub fn op(&self) -> LayoutOp {
                    LayoutOp::$op { $($field: self.$field.clone()),* }
                }
            }
        )+

        /// One change of a layout.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
        pub enum LayoutOp {
            $($(#[$doc])* $op { $($(#[$field_doc])* $field: $type),* }),+
        }

        impl LayoutOp {
            /// The widget that it changes.
            pub fn widget_type(&self) -> &WidgetType {
                match self { $(Self::$op { widget_type, .. })|+ => widget_type }
            }
        }
    };
}

layout_operations! {
    /// Adds a widget, last when no position is given.
    AddWidget as Add {
        /// Which widget.
        widget_type: WidgetType,
        /// Its place in the whole layout, counted from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<u32>,
        /// Its size; when absent that of its declared type, else medium.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<Size>,
        /// Whether it shows; true when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_visible: Option<bool>,
        /// Its configuration; when absent that of its declared type, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<Config>,
    }
    /// Moves a widget: removed first, then inserted. Exactly one of `toPosition`, `before` and `after`.
    MoveWidget as Move {
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
    /// Gives a widget another size.
    ResizeWidget as Resize {
        /// Which widget.
        widget_type: WidgetType,
        /// Its new size.
        size: Size,
    }
    /// Shows a hidden widget, where it stood.
    ShowWidget as Show {
        /// Which widget.
        widget_type: WidgetType,
    }
    /// Hides a widget; it keeps its place.
    HideWidget as Hide {
        /// Which widget.
        widget_type: WidgetType,
    }
    /// Changes the configuration of a widget by a merge patch (RFC 7396).
    ConfigureWidget as Configure {
        /// Which widget.
        widget_type: WidgetType,
        /// The patch.
        config: Config,
    }
    /// Removes a widget: of the default any, of a user the user's own additions.
    RemoveWidget as Remove {
        /// Which widget.
        widget_type: WidgetType,
    }
    /// Drops what the user changed of one widget of the default, which is followed again.
    ResetWidget as ResetWidget {
        /// Which widget.
        widget_type: WidgetType,
    }
}

impl LayoutOp {
    /// What it is about to change.
    pub fn touched(&self) -> Touched {
        let properties: &[Property] = match self {
            Self::Add { .. } | Self::Remove { .. } | Self::ResetWidget { .. } => &Property::ALL,
            Self::Move { .. } => &[Property::Position],
            Self::Resize { .. } => &[Property::Size],
            Self::Show { .. } | Self::Hide { .. } => &[Property::IsVisible],
            Self::Configure { .. } => &[Property::Config],
        };
        Touched::of(self.widget_type(), properties)
    }
}

dashboard_command!(
    /// Makes several changes at once, one after the other: all of them or none. They are undone at once, too.
    ApplyLayout {
        /// The version of the layout that the caller has seen; absent: whatever it is by now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_version: Option<u64>,
        /// The changes, 1 to 200.
        #[serde(deserialize_with = "object::list")]
        #[schemars(length(min = 1, max = limits::LAYOUT_OPS))]
        ops: Vec<LayoutOp>,
    }
);
dashboard_command!(
    /// Drops everything that the user changed; on the default, every widget.
    ResetLayout {
        /// The version of the layout that the caller has seen; absent: whatever it is by now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_version: Option<u64>,
    }
);
dashboard_command!(
    /// Takes a change of the layout back; refused when what it changed was changed again since.
    UndoLayoutChange {
        /// Which change: the version that the layout got by it. Absent: the last one that still stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
    }
);
dashboard_command!(
    /// Makes the change again that was undone last, as long as nothing else was changed since.
    RedoLayoutChange {}
);

/// Keeps users from changing a widget of the tenant's default. What they changed of it before is kept and does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockWidget {
    /// Which widget.
    pub widget_type: WidgetType,
}

/// Lets users change a widget of the tenant's default again. What they had changed of it shows again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnlockWidget {
    /// Which widget.
    pub widget_type: WidgetType,
}

/// Shows everybody the tenant's default, or lets users have layouts of their own again. These are kept meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnforceTenantLayout {
    /// Whether everybody sees the default.
    pub enforced: bool,
}
