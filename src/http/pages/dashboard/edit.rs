//! Edit mode: a draft that travels in the page, rehearsed on the newest layout, and saved as one change.

use axum::{extract::Query, response::Response};
use plinth_events::{CommandName, Refusal, RefusalCode, command::dashboard::ApplyLayout};
use plinth_web::{
    dashboard::{Conflict, Draft, EditView, Scope, edit, routes},
    shell::Section,
};

use super::{
    Asked,
    conflict::conflicts,
    gathered::Gathered,
    news::{Seen, news},
    rehearsal::Rehearsal,
};
use crate::{
    command::answer::json,
    http::{
        access::scope::LayoutOwn,
        pages::{flash::Flash, form::Sent, visitor::Visitor},
        problem::Problem,
    },
};

type Fields = Sent<Vec<(String, String)>>;

/// Edit mode with nothing changed yet.
pub async fn begin(visitor: Visitor<LayoutOwn>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let gathered = gathered(&visitor, asked.scope()).await?;
    let seen = asked.seen.unwrap_or(gathered.layout.layout_version);
    let draft = Draft::new(gathered.whose.scope, seen);
    let rehearsal = Rehearsal::of_nothing(draft, &gathered);
    page(&visitor, &gathered, rehearsal, Vec::new(), asked.seen_default).await
}

/// Edit mode after a button was pressed.
pub async fn go_on(visitor: Visitor<LayoutOwn>, Sent(fields): Fields) -> Result<Response, Problem> {
    let draft = Draft::read(fields)?;
    let gathered = gathered(&visitor, draft.scope).await?;
    let rehearsal = Rehearsal::of(&visitor, &gathered, draft).await?;
    page(&visitor, &gathered, rehearsal, Vec::new(), None).await
}

/// Saves the draft, or shows why not.
pub async fn save(visitor: Visitor<LayoutOwn>, Sent(fields): Fields) -> Result<Response, Problem> {
    let draft = Draft::read(fields)?;
    let gathered = gathered(&visitor, draft.scope).await?;
    let back = routes::view(gathered.whose.scope);
    let unchanged = || Flash::unchanged("Nothing was to be changed.").at(&back);
    if draft.ops.is_empty() {
        return Ok(unchanged());
    }
    let command = ApplyLayout { user_id: gathered.whose.user_id, base_version: draft.base, ops: draft.ops.clone() };
    match visitor.carry_out(CommandName::ApplyLayout, &json(&command)).await {
        Ok(reply) if reply.events.is_empty() => Ok(unchanged()),
        Ok(_) => Ok(Flash::done("Saved. Undo takes it back, also tomorrow.").at(&back)),
        Err(Problem(refusal)) if refusal.status < 500 => {
            let rehearsal = Rehearsal::of(&visitor, &gathered, draft).await?;
            let conflicts = conflicts(&visitor.site, &gathered, &rehearsal, &refusal).await?;
            let rehearsal = Rehearsal { refusal: Some(refusal), ..rehearsal };
            page(&visitor, &gathered, rehearsal, conflicts, None).await
        }
        Err(problem) => Err(problem),
    }
}

/// What is known about a layout that the visitor may change.
async fn gathered(visitor: &Visitor<LayoutOwn>, scope: Scope) -> Result<Gathered, Problem> {
    let gathered = Gathered::read(visitor, scope).await?;
    if gathered.whose.can_edit {
        return Ok(gathered);
    }
    let detail = "the default dashboard can be changed with a credential that has the scope layout:tenant";
    Err(Refusal::new(RefusalCode::Forbidden, detail).into())
}

async fn page(
    visitor: &Visitor<LayoutOwn>,
    gathered: &Gathered,
    rehearsal: Rehearsal,
    conflicts: Vec<Conflict>,
    seen_default: Option<u64>,
) -> Result<Response, Problem> {
    let Rehearsal { draft, widgets, refusal } = rehearsal;
    let news = news(visitor, gathered, Seen { layout: draft.base, default: seen_default }).await?;
    let shown = EditView {
        dashboard: gathered.view(&visitor.site, &widgets, news).await?,
        offers: gathered.offers(&widgets),
        draft,
        // what collides says more
        problem: refusal.as_ref().filter(|_| conflicts.is_empty()).map(Refusal::problem),
        conflicts,
    };
    Ok(visitor.frame.answer("Edit the dashboard", Section::Dashboard, refusal.as_ref(), edit(&shown)))
}
