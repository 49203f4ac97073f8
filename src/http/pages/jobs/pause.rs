//! Jobs are paused and resumed: those of a type, or all.

use axum::response::Response;
use plinth_events::{CommandName, Refusal, names::JobType};
use plinth_web::{
    jobs::{self, PauseView, ReasonFields, routes},
    shell::Section,
};
use serde::Deserialize;

use super::list::job_type;
use crate::http::{
    access::scope::JobsOperate,
    api::parameters::Parameters,
    pages::{flash::Flash, form::Sent, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// Which jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(rename = "type", deserialize_with = "job_type")]
    job_type: Option<JobType>,
}

/// GET: asks why they are paused.
pub async fn ask(visitor: Visitor<JobsOperate>, Parameters(Asked { job_type }): Parameters<Asked>) -> Response {
    let view = PauseView { job_type, reason: String::new(), problem: None };
    visitor.frame.page("Pause", Section::Jobs, jobs::pause_question(&view))
}

/// POST: pauses them.
pub async fn pause(visitor: Visitor<JobsOperate>, Sent(fields): Sent<ReasonFields>) -> Result<Response, Problem> {
    match send(&visitor, CommandName::PauseQueue, &fields).await {
        Ok(true) => Ok(Flash::done(format!("{} are paused.", jobs_of(&fields))).at(routes::OVERVIEW)),
        Ok(false) => Ok(Flash::unchanged(format!("{} were paused already.", jobs_of(&fields))).at(routes::OVERVIEW)),
        Err(Problem(refusal)) => {
            let job_type = fields.job_type.parse().ok();
            let view = PauseView { job_type, reason: fields.reason, problem: Some(Refusal::problem(&refusal)) };
            Ok(visitor.frame.answer("Pause", Section::Jobs, Some(&refusal), jobs::pause_question(&view)))
        }
    }
}

/// POST: lets them start again.
pub async fn resume(visitor: Visitor<JobsOperate>, Sent(fields): Sent<ReasonFields>) -> Result<Response, Problem> {
    let news = match send(&visitor, CommandName::ResumeQueue, &fields).await? {
        true => Flash::done(format!("{} start again.", jobs_of(&fields))),
        false => Flash::unchanged(format!("{} were not paused.", jobs_of(&fields))),
    };
    Ok(news.at(routes::OVERVIEW))
}

/// Whether something was changed by it.
async fn send(visitor: &Visitor<JobsOperate>, name: CommandName, fields: &ReasonFields) -> Result<bool, Problem> {
    let command = Typed::default().text("type", &fields.job_type).text("reason", &fields.reason);
    let reply = visitor.carry_out(name, &command.body()).await?;
    Ok(!reply.events.is_empty())
}

fn jobs_of(fields: &ReasonFields) -> String {
    match fields.job_type.as_str() {
        "" => "All jobs".to_owned(),
        name => format!("Jobs of type {name}"),
    }
}
