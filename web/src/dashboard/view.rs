//! What the dashboard's pages are told.

use plinth_events::{UserId, layout::Size, names::WidgetType};
use serde_json::{Map, Value};

use crate::{
    chart::TimeChart,
    components::{Time, Tone},
};

/// Whose layout a page is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// That of the person who looks.
    #[default]
    Mine,
    /// The tenant's default.
    Default,
}

impl Scope {
    /// The scope that a field names.
    pub fn named(name: &str) -> Self {
        if name == Self::Default.as_str() { Self::Default } else { Self::Mine }
    }

    /// Its name in fields and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Default => "default",
        }
    }
}

/// A layout with everything that shows of it.
#[derive(Debug, Clone)]
pub struct DashboardView {
    /// Whose it is.
    pub scope: Scope,
    /// Its widgets, in order, hidden ones included. In edit mode as they are with the draft.
    pub widgets: Vec<WidgetView>,
    /// Its newest version.
    pub version: u64,
    /// The newest version of the tenant's default; of the default the same.
    pub default_version: u64,
    /// Whether the person changed anything, so that there is something to reset.
    pub is_personal: bool,
    /// Whether everybody sees the default at the moment.
    pub is_enforced: bool,
    /// Whether the person may change this layout now.
    pub can_edit: bool,
    /// Whether the person may change the tenant's default.
    pub can_edit_default: bool,
    /// The change that can be undone next.
    pub undo: Option<Step>,
    /// Whether the change that was undone last can be made again.
    pub can_redo: bool,
    /// Where to hear of changes, if the person may.
    pub live: Option<Live>,
    /// What was changed since the person looked: of the layout, then of the default below it, the newest first.
    pub news: Vec<Change>,
}

/// Something that somebody changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// Who did it.
    pub by: String,
    /// What it did: `moved Sales before Tasks`.
    pub sentence: String,
    /// When.
    pub at: Time,
    /// Whose layout it changed.
    pub of: Scope,
}

/// Where to hear of changes of layouts.
#[derive(Debug, Clone)]
pub struct Live {
    /// An address of Server-Sent Events, each with the type of its event and the whole of it as JSON.
    pub address: String,
    /// Whose changes matter beside those of the default: the person's, unless the page is about the default.
    pub user_id: Option<UserId>,
}

/// A change that can be undone.
#[derive(Debug, Clone)]
pub struct Step {
    /// The version that the layout got by it.
    pub version: u64,
    /// What it did: `moved Sales before Tasks`.
    pub sentence: String,
}

/// A widget.
#[derive(Debug, Clone)]
pub struct WidgetView {
    /// Its type, which names it within the layout.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: String,
    /// What it shows, if its type says so.
    pub description: Option<String>,
    /// How wide it is.
    pub size: Size,
    /// Whether it shows.
    pub is_visible: bool,
    /// Its configuration.
    pub config: Map<String, Value>,
    /// What its configuration must be like, if its type says so.
    pub config_schema: Option<Value>,
    /// Whether users cannot change it.
    pub is_locked: bool,
    /// Whether this scope added it, so that it can be removed and not only hidden.
    pub is_removable: bool,
    /// Where what shows of it comes from; not known for what is not saved yet.
    pub origins: Option<WidgetOrigins>,
    /// What it shows.
    pub content: WidgetContent,
}

/// Where the properties of a widget come from.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct WidgetOrigins {
    pub place: Origin,
    pub size: Origin,
    pub visibility: Origin,
    pub settings: Origin,
}

/// Where a property comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Whether it is the user's own, else it is the default's.
    pub is_own: bool,
    /// Since when it is as it is.
    pub since: Time,
    /// Who made it so.
    pub by: Option<String>,
}

/// What a widget shows.
#[derive(Debug, Clone)]
pub enum WidgetContent {
    /// A metric's current definition.
    Metric(Box<MetricContent>),
    /// Numbers of things, such as jobs by status.
    Counts(Vec<Count>),
    /// Values over time.
    Chart(Box<TimeChart>),
    /// Text that the configuration holds.
    Text(String),
    /// Nothing can be shown, and why.
    Missing(String),
    /// A type that Plinth knows nothing of: an application shows it. Here its configuration shows.
    Foreign,
}

/// A metric's current definition.
#[derive(Debug, Clone)]
pub struct MetricContent {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it means, in a sentence.
    pub sentence: String,
    /// Which version is effective.
    pub version: u32,
    /// Its status, with how good that is.
    pub status: (Tone, String),
    /// Since when the version is effective.
    pub since: Time,
    /// Where its page is.
    pub href: String,
}

/// A number of things.
#[derive(Debug, Clone)]
pub struct Count {
    /// What they are.
    pub label: String,
    /// How good that is.
    pub tone: Tone,
    /// How many.
    pub value: u64,
    /// Where they are listed.
    pub href: Option<String>,
}

/// A type of widget that can be added.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The type.
    pub widget_type: WidgetType,
    /// What people call it.
    pub title: String,
    /// What it shows.
    pub description: Option<String>,
}
