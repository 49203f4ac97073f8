//! Edit mode: a draft that travels in the page, rehearsed on the newest layout, and saved as one change.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use plinth_events::{
    CommandName, Refusal, RefusalCode,
    command::dashboard::{ApplyLayout, LayoutOp},
    layout::EffectiveWidget,
    reply::Layout,
};
use plinth_web::{
    dashboard::{Draft, EditView, Scope, SettingsInput, edit, routes},
    shell::Section,
};
use serde_json::Map;

use super::{Asked, gathered::Gathered};
use crate::{
    command::answer::json,
    http::{
        access::scope::LayoutOwn,
        api::command::{carry_out, rehearse},
        pages::{flash::Flash, visitor::Visitor},
        problem::Problem,
        site::Site,
    },
};

type Fields = Form<Vec<(String, String)>>;

/// Edit mode with nothing changed yet.
pub async fn begin(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let gathered = gathered(&site, &visitor, Scope::named(&asked.scope)).await?;
    let draft = Draft::new(gathered.whose.scope, gathered.layout.layout_version);
    let widgets = gathered.layout.widgets.clone();
    page(&visitor, &site, &gathered, draft, &widgets, None).await
}

/// Edit mode after a button was pressed.
pub async fn go_on(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Result<Response, Problem> {
    let draft = Draft::read(fields)?;
    let gathered = gathered(&site, &visitor, draft.scope).await?;
    let mut rehearsal = Rehearsal { visitor: &visitor, site: &site, headers: &headers, gathered: &gathered };
    let (draft, widgets, refusal) = rehearsal.of(draft).await?;
    page(&visitor, &site, &gathered, draft, &widgets, refusal).await
}

/// Saves the draft, or shows why not.
pub async fn save(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Result<Response, Problem> {
    let draft = Draft::read(fields)?;
    let gathered = gathered(&site, &visitor, draft.scope).await?;
    let command = ApplyLayout { user_id: gathered.whose.user_id, base_version: draft.base, ops: draft.ops.clone() };
    let back = routes::view(gathered.whose.scope);
    match carry_out(&site, &visitor, &headers, CommandName::ApplyLayout, &json(&command)).await {
        Ok(reply) if reply.events.is_empty() => Ok(Flash::unchanged("Nothing was to be changed.").at(&back)),
        Ok(_) => Ok(Flash::done("Saved. Undo takes it back, also tomorrow.").at(&back)),
        Err(Problem(refusal)) if refusal.status < 500 => {
            let mut rehearsal = Rehearsal { visitor: &visitor, site: &site, headers: &headers, gathered: &gathered };
            let (draft, widgets, _) = rehearsal.of(draft).await?;
            page(&visitor, &site, &gathered, draft, &widgets, Some(refusal)).await
        }
        Err(problem) => Err(problem),
    }
}

/// What is known about a layout that the visitor may change.
async fn gathered(site: &Site, visitor: &Visitor<LayoutOwn>, scope: Scope) -> Result<Gathered, Problem> {
    let gathered = Gathered::read(site, visitor, scope).await?;
    if gathered.whose.can_edit {
        return Ok(gathered);
    }
    let detail = "the default dashboard can be changed with a credential that has the scope layout:tenant";
    Err(Refusal::new(RefusalCode::Forbidden, detail).into())
}

async fn page(
    visitor: &Visitor<LayoutOwn>,
    site: &Site,
    gathered: &Gathered,
    draft: Draft,
    widgets: &[EffectiveWidget],
    refusal: Option<Refusal>,
) -> Result<Response, Problem> {
    let status = refusal.as_ref().and_then(|refusal| StatusCode::from_u16(refusal.status).ok());
    let shown = EditView {
        dashboard: gathered.view(site, widgets).await?,
        offers: gathered.offers(widgets),
        draft,
        problem: refusal.map(|refusal| refusal.problem()),
    };
    let page = visitor.frame.page("Edit the dashboard", Section::Dashboard, edit(&shown));
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

/// A draft on its way to what can be saved.
struct Rehearsal<'a> {
    visitor: &'a Visitor<LayoutOwn>,
    site: &'a Site,
    headers: &'a HeaderMap,
    gathered: &'a Gathered,
}

impl Rehearsal<'_> {
    /// The draft without what is refused, the layout that it makes, and the first refusal.
    async fn of(&mut self, mut draft: Draft) -> Result<(Draft, Vec<EffectiveWidget>, Option<Refusal>), Problem> {
        let (mut widgets, mut refusal) = self.widgets(&mut draft.ops).await?;
        if let Some(settings) = draft.settings.take() {
            match self.configured(&settings, &widgets) {
                Ok(None) => {}
                Ok(Some(op)) => {
                    draft.push(op);
                    let (configured, refused) = self.widgets(&mut draft.ops).await?;
                    widgets = configured;
                    if refused.is_some() {
                        draft.settings = Some(settings);
                    }
                    refusal = refusal.or(refused);
                }
                Err(wrong) => {
                    draft.settings = Some(settings);
                    refusal = Some(wrong);
                }
            }
        }
        Ok((draft, widgets, refusal))
    }

    /// What the operations come to; those that are refused are taken out.
    async fn widgets(&self, ops: &mut Vec<LayoutOp>) -> Result<(Vec<EffectiveWidget>, Option<Refusal>), Problem> {
        let mut first = None;
        while !ops.is_empty() {
            let command = ApplyLayout { user_id: self.gathered.whose.user_id, base_version: None, ops: ops.clone() };
            let body = json(&command);
            let name = CommandName::ApplyLayout;
            match rehearse(self.site, self.visitor, self.headers, name, &body).await {
                Ok(reply) => {
                    let layout: Layout =
                        serde_json::from_str(reply.result.get()).map_err(crate::log::LogError::from)?;
                    return Ok((layout.widgets, first));
                }
                Err(Problem(refusal)) => {
                    let Some(index) = place(&refusal).filter(|index| *index < ops.len()) else {
                        return Err(refusal.into());
                    };
                    ops.remove(index);
                    first = first.or_else(|| Some(within(refusal, index)));
                }
            }
        }
        Ok((self.gathered.layout.widgets.clone(), first))
    }

    fn configured(&self, settings: &SettingsInput, widgets: &[EffectiveWidget]) -> Result<Option<LayoutOp>, Refusal> {
        let widget = widgets.iter().find(|widget| widget.widget_type == settings.widget_type);
        let Some(widget) = widget else { return Ok(None) };
        let config = widget.config.as_ref().map_or_else(Map::new, |config| config.0.clone());
        settings.op(self.gathered.schema(&settings.widget_type).as_ref(), &config).map_err(|errors| {
            let mut refusal = Refusal::new(RefusalCode::InvalidConfig, "some settings cannot be as they were sent");
            refusal.errors = errors;
            refusal
        })
    }
}

/// Which operation a refusal is about.
fn place(refusal: &Refusal) -> Option<usize> {
    let pointer = &refusal.errors.first()?.pointer;
    pointer.strip_prefix("/ops/")?.split('/').next()?.parse().ok()
}

/// The refusal as if the operation had been sent alone, which is how the form shows it.
fn within(mut refusal: Refusal, index: usize) -> Refusal {
    let prefix = format!("/ops/{index}");
    for error in &mut refusal.errors {
        if let Some(rest) = error.pointer.strip_prefix(&prefix) {
            error.pointer = rest.to_owned();
        }
    }
    refusal
}
