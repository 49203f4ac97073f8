//! Addresses and form fields of the dashboard: what the pages send, for the service that gets it.
//!
//! Every post carries [`SCOPE`]. Posts answer 303 to [`view`] when they changed something, unless it says otherwise.

use super::{DashboardView, Scope};

/// GET: the dashboard as it is. Query: [`SCOPE`], [`SEEN`], [`SEEN_DEFAULT`].
pub const VIEW: &str = "/dashboard";
/// GET: edit mode with an empty draft. Query: [`SCOPE`], [`SEEN`], [`SEEN_DEFAULT`].
/// POST: edit mode with the draft of the fields below, and what the pressed button adds to it. Writes nothing.
pub const EDIT: &str = "/dashboard/edit";
/// POST: `ApplyLayout` with [`BASE`] and all of [`OP`] that [`KEEP`] does not drop. Refused, it renders edit mode with the
/// draft and the problem, or with what collides.
pub const SAVE: &str = "/dashboard/save";
/// POST: `UndoLayoutChange` with [`VERSION`].
pub const UNDO: &str = "/dashboard/undo";
/// POST: `RedoLayoutChange`.
pub const REDO: &str = "/dashboard/redo";
/// GET: asks whether to drop all that is one's own. POST: `ResetLayout` with [`BASE`].
pub const RESET: &str = "/dashboard/reset";
/// GET: what happened to the layout. Query: [`SCOPE`], `from`.
pub const HISTORY: &str = "/dashboard/history";
/// POST: `LockWidget` ([`ON`] is `true`) or `UnlockWidget` for [`WIDGET`].
pub const LOCK: &str = "/dashboard/lock";
/// POST: `EnforceTenantLayout`, with [`ON`].
pub const ENFORCE: &str = "/dashboard/enforce";

/// Whose layout: `mine` (also when absent) or `default`.
pub const SCOPE: &str = "scope";
/// The version of the layout that the person has seen: the page tells what was changed since. Absent: the newest.
pub const SEEN: &str = "seen";
/// The version of the default that the person has seen. Absent: the newest.
pub const SEEN_DEFAULT: &str = "seen_default";
/// The version of the layout that the draft began with. Absent: the newest.
pub const BASE: &str = "base";
/// An operation of the draft, as JSON of `LayoutOp`. As often as there are operations.
pub const OP: &str = "op";
/// An operation that was taken back before saving, the latest last.
pub const UNDONE: &str = "undone";
/// Begins the names of choices between what two people changed, `keep.sales.size` or `keep.sales` for all of a widget:
/// [`KEEP_THEIRS`] drops the operations about it, [`KEEP_YOURS`] keeps them.
pub const KEEP: &str = "keep.";
/// What somebody else saved stays.
pub const KEEP_THEIRS: &str = "theirs";
/// What is in the draft is saved on top.
pub const KEEP_YOURS: &str = "yours";
/// The widget whose settings are open.
pub const OPEN: &str = "open";
/// Pressed: one more operation, as JSON of `LayoutOp`.
pub const DO: &str = "do";
/// Pressed: [`STEP_UNDO`], [`STEP_REDO`] or [`STEP_REBASE`].
pub const STEP: &str = "step";
/// Takes the last operation of the draft back.
pub const STEP_UNDO: &str = "undo";
/// Makes the operation again that was taken back last.
pub const STEP_REDO: &str = "redo";
/// Puts the draft onto the newest layout.
pub const STEP_REBASE: &str = "rebase";
/// Pressed: opens the settings of this widget, or closes them when empty.
pub const TOGGLE: &str = "toggle";
/// Pressed: the settings of this widget are as the fields that begin with [`CONFIG`] say.
pub const CONFIGURE: &str = "configure";
/// Begins the names of settings: `config/title`, `config/filter/region`. Alone, it is the whole configuration as JSON.
pub const CONFIG: &str = "config";
/// The version that a layout got by the change that is undone.
pub const VERSION: &str = "version";
/// The widget that is locked.
pub const WIDGET: &str = "widget";
/// Whether something is to be on: `true` or `false`.
pub const ON: &str = "on";

/// The address of the dashboard of a scope.
pub fn view(scope: Scope) -> String {
    of_scope(VIEW, scope)
}

/// The address of a page about the layout of a scope.
pub fn of_scope(route: &str, scope: Scope) -> String {
    match scope {
        Scope::Mine => route.to_owned(),
        Scope::Default => format!("{route}?{SCOPE}={}", scope.as_str()),
    }
}

/// The address of a page that tells what was changed since a version of the layout that a view is of.
pub fn since(route: &str, view: &DashboardView, seen: u64) -> String {
    let (scope, seen_default) = (view.scope.as_str(), view.default_version);
    format!("{route}?{SCOPE}={scope}&{SEEN}={seen}&{SEEN_DEFAULT}={seen_default}")
}
