//! Commands that were made for an older version of a layout: carried out when what changed since is something else, refused
//! with both sides when it is the same.

use plinth_events::{
    Refusal, RefusalCode,
    command::dashboard::ResetLayout,
    layout::{Base, EffectiveWidget, Step, TrackedLayout},
    names::WidgetType,
};
use serde_json::{Value, json};

use super::edit::{Edit, collides};

/// Whether changes still mean what they meant. `after` is what they would come to.
pub(super) fn check_edit(
    tracked: &TrackedLayout,
    edit: &Edit,
    base: &Base,
    after: Option<&[EffectiveWidget]>,
) -> Result<(), Refusal> {
    let is_theirs = |step: &Step| edit.ops.iter().any(|op| collides(op, step.touched()));
    let Some(theirs) = in_the_way(tracked, edit.base_version, is_theirs)? else { return Ok(()) };
    let ops = edit.ops.iter().enumerate();
    let mine = ops.filter(|(_, op)| theirs.iter().any(|step| collides(op, step.touched())));
    let mine: Vec<Value> =
        mine.map(|(index, op)| json!({ "pointer": edit.pointer(index), "touched": op.touched() })).collect();
    let yours = json!({ "ops": mine, "order": after.map(order) });
    Err(conflict(tracked, &tracked.layout().over(base), &theirs, yours))
}

/// Whether a reset still drops what it was meant to drop.
pub(super) fn check_reset(tracked: &TrackedLayout, command: &ResetLayout, base: &Base) -> Result<(), Refusal> {
    let is_theirs = |step: &Step| !step.touched().is_empty();
    let Some(theirs) = in_the_way(tracked, command.base_version, is_theirs)? else { return Ok(()) };
    let after: Vec<&WidgetType> = order(base.widgets());
    Err(conflict(tracked, &tracked.layout().over(base), &theirs, json!({ "ops": [], "order": after })))
}

/// What changed since a version and is in the way; none: nothing is. When it is not remembered what changed, it is taken to
/// be in the way, and cannot be told.
fn in_the_way(
    tracked: &TrackedLayout,
    version: Option<u64>,
    is_theirs: impl Fn(&Step) -> bool,
) -> Result<Option<Vec<&Step>>, Refusal> {
    let Some(version) = version else { return Ok(None) };
    if version > tracked.version() {
        let detail = format!("the layout is at version {}, it has no version {version} yet", tracked.version());
        return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/baseVersion"));
    }
    let Some(since) = tracked.since(version) else { return Ok(Some(Vec::new())) };
    let theirs: Vec<&Step> = since.filter(|step| is_theirs(step)).collect();
    Ok((!theirs.is_empty()).then_some(theirs))
}

fn conflict(tracked: &TrackedLayout, current: &[EffectiveWidget], theirs: &[&Step], yours: Value) -> Refusal {
    let version = tracked.version();
    let detail = format!("the layout is at version {version}, and what is to be changed was changed meanwhile");
    let theirs: Vec<Value> =
        theirs.iter().map(|step| json!({ "version": step.version, "touched": step.touched() })).collect();
    Refusal::new(RefusalCode::LayoutConflict, detail)
        .at("/baseVersion")
        .fact("current", json!({ "layoutVersion": version, "order": order(current) }))
        .fact("theirs", theirs)
        .fact("yours", yours)
}

fn order(widgets: &[EffectiveWidget]) -> Vec<&WidgetType> {
    widgets.iter().map(|widget| &widget.widget_type).collect()
}
