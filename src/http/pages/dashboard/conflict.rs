//! What a draft and somebody else changed at the same time: from the facts of a refusal to both sides of each conflict.

use std::collections::{BTreeMap, BTreeSet};

use plinth_events::{
    Refusal, RefusalCode,
    command::dashboard::LayoutOp,
    layout::{EffectiveWidget, Property, Touched},
    names::WidgetType,
    query::{
        KnownAt,
        dashboard::{DashboardChange, GetDashboard},
    },
};
use plinth_web::dashboard::Conflict;
use serde::{Deserialize, de::DeserializeOwned};

use super::{gathered::Gathered, rehearsal::Rehearsal};
use crate::http::{problem::Problem, site::Site};

/// What somebody else saved: the version that the layout got by it, and what it changed.
#[derive(Deserialize)]
struct Theirs {
    version: u64,
    touched: Touched,
}

/// What of the draft collides with that.
#[derive(Deserialize)]
struct Yours {
    ops: Vec<Colliding>,
}

#[derive(Deserialize)]
struct Colliding {
    touched: Touched,
}

/// What has to be chosen between; nothing, unless a refusal says what collides.
pub async fn conflicts(
    site: &Site,
    gathered: &Gathered,
    rehearsal: &Rehearsal,
    refusal: &Refusal,
) -> Result<Vec<Conflict>, Problem> {
    let facts = (fact::<Vec<Theirs>>(refusal, "theirs"), fact::<Yours>(refusal, "yours"));
    let (RefusalCode::LayoutConflict, (Some(theirs), Some(yours))) = (refusal.code, facts) else {
        return Ok(Vec::new());
    };
    let before = before(site, gathered, &theirs).await?;
    let conflict = |(widget_type, properties): (WidgetType, BTreeSet<Property>)| {
        let touched = Touched::of(&widget_type, &properties.iter().copied().collect::<Vec<_>>());
        let is_about = |op: &LayoutOp| op.touched().meets(&touched);
        Conflict {
            title: gathered.title(&widget_type),
            config_schema: gathered.schema(&widget_type),
            before: find(&before, &widget_type),
            theirs: find(&gathered.layout.widgets, &widget_type),
            yours: find(&rehearsal.widgets, &widget_type),
            is_possible: rehearsal.draft.ops.iter().any(is_about),
            change: change(gathered, &theirs, &touched).map(|change| gathered.told(change)),
            widget_type,
            properties,
        }
    };
    Ok(choices(&yours).into_iter().map(conflict).collect())
}

/// What can be chosen by itself: one property of a widget, or all of it, where an operation changes all.
fn choices(yours: &Yours) -> Vec<(WidgetType, BTreeSet<Property>)> {
    let mut changed = BTreeMap::<_, BTreeSet<_>>::new();
    for (widget_type, properties) in yours.ops.iter().flat_map(|op| op.touched.iter()) {
        changed.entry(widget_type.clone()).or_default().insert(properties.clone());
    }
    let choices = changed.into_iter().flat_map(|(widget_type, parts)| {
        let whole = parts.iter().find(|part| part.len() > 1).cloned();
        let parts = whole.map_or(parts, |whole| [whole].into());
        parts.into_iter().map(move |part| (widget_type.clone(), part))
    });
    choices.collect()
}

/// The widgets as they were before the first of the others' changes.
async fn before(site: &Site, gathered: &Gathered, theirs: &[Theirs]) -> Result<Vec<EffectiveWidget>, Problem> {
    let versions: BTreeSet<u64> = theirs.iter().map(|step| step.version).collect();
    let known = gathered.history.changes.iter().filter(|change| versions.contains(&change.version));
    let first = known.map(|change| change.position).min();
    let known_at = first.map(|position| KnownAt::Position(position - 1));
    let query = GetDashboard { user_id: gathered.whose.user_id, known_at, provenance: false };
    Ok(site.queries.dashboard(gathered.whose.tenant, &query).await?.widgets)
}

/// The latest of the others' changes that a choice is about.
fn change<'a>(gathered: &'a Gathered, theirs: &[Theirs], touched: &Touched) -> Option<&'a DashboardChange> {
    let latest = theirs.iter().rev().find(|step| step.touched.meets(touched)).or(theirs.last())?;
    gathered.history.changes.iter().find(|change| change.version == latest.version)
}

fn find(widgets: &[EffectiveWidget], widget_type: &WidgetType) -> Option<EffectiveWidget> {
    widgets.iter().find(|widget| widget.widget_type == *widget_type).cloned()
}

fn fact<T: DeserializeOwned>(refusal: &Refusal, name: &str) -> Option<T> {
    serde_json::from_value(refusal.facts.get(name)?.clone()).ok()
}
