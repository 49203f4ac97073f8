//! Schedules are paused, resumed and deleted.

use axum::response::Response;
use plinth_events::{CommandName, Refusal, names::ScheduleName, query::schedule::GetSchedule};
use plinth_web::{
    Markup,
    jobs::ReasonFields,
    schedules::{
        ScheduleQuestion, delete_question, pause_question,
        routes::{LIST, schedule},
    },
    shell::Section,
};

use crate::http::{
    access::scope::JobsOperate,
    api::parameters::InPath,
    pages::{flash::Flash, form::Sent, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// GET: asks why it pauses.
pub async fn ask_to_pause(
    visitor: Visitor<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
) -> Result<Response, Problem> {
    ask(&visitor, name, pause_question).await
}

/// POST: pauses it.
pub async fn pause(
    visitor: Visitor<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    Sent(fields): Sent<ReasonFields>,
) -> Result<Response, Problem> {
    match send(&visitor, CommandName::PauseSchedule, &name, &fields.reason).await {
        Ok(true) => Ok(Flash::done(format!("{name} is paused.")).at(&schedule(&name))),
        Ok(false) => Ok(Flash::unchanged(format!("{name} was paused already.")).at(&schedule(&name))),
        Err(Problem(refusal)) => Ok(again(&visitor, name, fields, &refusal, pause_question)),
    }
}

/// POST: lets it go on.
pub async fn resume(visitor: Visitor<JobsOperate>, InPath(name): InPath<ScheduleName>) -> Result<Response, Problem> {
    let news = match send(&visitor, CommandName::ResumeSchedule, &name, "").await? {
        true => Flash::done(format!("{name} goes on from its next fire time.")),
        false => Flash::unchanged(format!("{name} was not paused.")),
    };
    Ok(news.at(&schedule(&name)))
}

/// GET: asks why it is deleted.
pub async fn ask_to_delete(
    visitor: Visitor<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
) -> Result<Response, Problem> {
    ask(&visitor, name, delete_question).await
}

/// POST: deletes it.
pub async fn delete(
    visitor: Visitor<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    Sent(fields): Sent<ReasonFields>,
) -> Result<Response, Problem> {
    match send(&visitor, CommandName::DeleteSchedule, &name, &fields.reason).await {
        Ok(_) => Ok(Flash::done(format!("{name} was deleted.")).at(LIST)),
        Err(Problem(refusal)) => Ok(again(&visitor, name, fields, &refusal, delete_question)),
    }
}

/// A question about a schedule that is there.
async fn ask(
    visitor: &Visitor<JobsOperate>,
    name: ScheduleName,
    question: fn(&ScheduleQuestion) -> Markup,
) -> Result<Response, Problem> {
    let name = visitor.site.queries.schedule(visitor.tenant, &GetSchedule { name, fire_times: None }).await?.name;
    let view = ScheduleQuestion { name, reason: String::new(), problem: None };
    Ok(visitor.frame.page(view.name.as_str(), Section::Schedules, question(&view)))
}

/// The question once more, with why the answer was refused.
fn again(
    visitor: &Visitor<JobsOperate>,
    name: ScheduleName,
    fields: ReasonFields,
    refusal: &Refusal,
    question: fn(&ScheduleQuestion) -> Markup,
) -> Response {
    let view = ScheduleQuestion { name, reason: fields.reason, problem: Some(refusal.problem()) };
    visitor.frame.answer(view.name.as_str(), Section::Schedules, Some(refusal), question(&view))
}

/// Whether something was changed by it.
async fn send(
    visitor: &Visitor<JobsOperate>,
    command: CommandName,
    name: &ScheduleName,
    reason: &str,
) -> Result<bool, Problem> {
    let body = Typed::default().text("name", name.as_str()).text("reason", reason).body();
    Ok(!visitor.carry_out(command, &body).await?.events.is_empty())
}
