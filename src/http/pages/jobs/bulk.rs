//! The same is done to many jobs: first shown, then meant, then watched.

use axum::response::Response;
use bytes::Bytes;
use chrono::Utc;
use plinth_events::{
    BulkActionId, CommandName, Refusal, Scope,
    command::bulk::StartBulkAction,
    query::{
        bulk::{CountJobs, GetBulkAction, ListBulkActions},
        job::JobStatus,
    },
    reply::BulkActionStarted,
};
use plinth_web::{
    jobs::{
        self, BulkActionView, BulkConfirmView, BulkFields, BulkFormView, BulkListView, ReasonFields, StopBulkView,
        routes::{self, DO_CHANGE, DO_START},
    },
    shell::Section,
};
use serde::Deserialize;

use super::{list::Listed, types};
use crate::http::{
    access::scope::{JobsOperate, JobsRead},
    api::parameters::{InPath, Parameters},
    pages::{flash::Flash, form::Sent, people::people, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// Actions of a page.
const PAGE_ACTIONS: u32 = 50;

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    before: Option<u64>,
}

/// Which button was pressed, beside the fields.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    #[serde(default, rename = "do")]
    button: String,
    #[serde(flatten)]
    fields: BulkFields,
}

/// GET: bulk actions, newest first.
pub async fn list(
    visitor: Visitor<JobsRead>,
    Parameters(Before { before }): Parameters<Before>,
) -> Result<Response, Problem> {
    let page = visitor
        .site
        .queries
        .bulk_actions(visitor.tenant, &ListBulkActions { limit: Some(PAGE_ACTIONS), before })
        .await?;
    let people = people(&visitor, page.actions.iter().filter_map(|action| action.started_by_id)).await?;
    let view = BulkListView {
        page,
        is_first: before.is_none(),
        people,
        now: Utc::now().into(),
        can_operate: visitor.require(Scope::JobsOperate).is_ok(),
    };
    Ok(visitor.frame.page("Bulk actions", Section::Jobs, jobs::bulk_list(&view)))
}

/// GET: how far one is.
pub async fn show(visitor: Visitor<JobsRead>, InPath(action_id): InPath<BulkActionId>) -> Result<Response, Problem> {
    let action = visitor.site.queries.bulk_action(visitor.tenant, &GetBulkAction { action_id }).await?;
    let people = people(&visitor, action.started_by_id).await?;
    let view = BulkActionView { action, people, can_operate: visitor.require(Scope::JobsOperate).is_ok() };
    Ok(visitor.frame.page("Bulk action", Section::Jobs, jobs::bulk_action(&view)))
}

/// GET: the form, for jobs as a list shows them.
pub async fn new(visitor: Visitor<JobsOperate>, Parameters(listed): Parameters<Listed>) -> Result<Response, Problem> {
    let fields = BulkFields {
        job_type: listed.job_type.map(|name| name.to_string()).unwrap_or_default(),
        status: listed.status.map(JobStatus::as_str).unwrap_or_default().to_owned(),
        ..BulkFields::default()
    };
    form(&visitor, fields, None).await
}

/// POST: what the button says. Unless it is meant, nothing is written.
pub async fn send(
    visitor: Visitor<JobsOperate>,
    Sent(Pressed { button, fields }): Sent<Pressed>,
) -> Result<Response, Problem> {
    let done = match button.as_str() {
        DO_CHANGE => return form(&visitor, fields, None).await,
        DO_START => start(&visitor, &fields).await,
        _ => confirm(&visitor, &fields).await,
    };
    match done {
        Ok(response) => Ok(response),
        Err(Problem(refusal)) => form(&visitor, fields, Some(&refusal)).await,
    }
}

/// Does it; leads to where one sees how far it is.
async fn start(visitor: &Visitor<JobsOperate>, fields: &BulkFields) -> Result<Response, Problem> {
    let reply = visitor.carry_out(CommandName::StartBulkAction, &command(fields)).await?;
    let BulkActionStarted { action_id } = reply.result_as()?;
    Ok(Flash::done("It has begun.").at(&routes::bulk_action(action_id)))
}

/// Asks whether it is meant, with the number of jobs.
async fn confirm(visitor: &Visitor<JobsOperate>, fields: &BulkFields) -> Result<Response, Problem> {
    let body = command(fields);
    visitor.rehearse(CommandName::StartBulkAction, &body).await?;
    let StartBulkAction { action, filter, .. } = serde_json::from_slice(&body)?;
    let jobs = visitor.site.queries.job_count(visitor.tenant, &CountJobs { filter: filter.clone() }).await?.jobs;
    let view = BulkConfirmView { fields: fields.clone(), action: action.into(), filter: filter.into(), jobs };
    Ok(visitor.frame.page("Bulk action", Section::Jobs, jobs::bulk_confirm(&view)))
}

async fn form(
    visitor: &Visitor<JobsOperate>,
    fields: BulkFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let types = types(visitor).await?;
    let view = BulkFormView { fields, types, problem: refusal.map(Refusal::problem) };
    Ok(visitor.frame.answer("Bulk action", Section::Jobs, refusal, jobs::bulk_form(&view)))
}

/// The command `job.start-bulk-action`. Of time and priority it takes the one that the action is about.
fn command(fields: &BulkFields) -> Bytes {
    let filter = Typed::default()
        .text("type", &fields.job_type)
        .text("status", &fields.status)
        .time("createdAfter", &fields.created_after)
        .time("createdBefore", &fields.created_before)
        .time("changedAfter", &fields.changed_after)
        .time("changedBefore", &fields.changed_before)
        .text("errorContains", &fields.error_contains);
    let action = Typed::default().required("kind", &fields.action);
    let action = match fields.action.as_str() {
        "reschedule" => action.time("runAt", &fields.run_at),
        "prioritize" => action.integer("priority", &fields.priority),
        _ => action,
    };
    Typed::default().object("action", action).object("filter", filter).required("reason", &fields.reason).body()
}

/// GET: asks why it stops.
pub async fn ask_to_stop(visitor: Visitor<JobsOperate>, InPath(action_id): InPath<BulkActionId>) -> Response {
    let view = StopBulkView { action_id, reason: String::new(), problem: None };
    visitor.frame.page("Stop", Section::Jobs, jobs::stop_bulk_question(&view))
}

/// POST: stops it.
pub async fn stop(
    visitor: Visitor<JobsOperate>,
    InPath(action_id): InPath<BulkActionId>,
    Sent(fields): Sent<ReasonFields>,
) -> Result<Response, Problem> {
    let command = Typed::default().value("actionId", action_id.to_string()).required("reason", &fields.reason);
    match visitor.carry_out(CommandName::CancelBulkAction, &command.body()).await {
        Ok(_) => Ok(Flash::done("It was stopped.").at(&routes::bulk_action(action_id))),
        Err(Problem(refusal)) => {
            let view = StopBulkView { action_id, reason: fields.reason, problem: Some(refusal.problem()) };
            Ok(visitor.frame.answer("Stop", Section::Jobs, Some(&refusal), jobs::stop_bulk_question(&view)))
        }
    }
}
