//! What is done to one job: it is cancelled, or tried again.

use axum::response::Response;
use plinth_events::{CommandName, JobId, Refusal, query::job::GetJob};
use plinth_web::{
    jobs::{self, CancelView, ReasonFields, routes::job as page_of},
    shell::Section,
};

use crate::http::{
    access::scope::JobsWrite,
    api::{job_commands::check_not_refused, parameters::InPath},
    pages::{flash::Flash, form::Sent, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// GET: asks why a job is cancelled.
pub async fn ask_to_cancel(visitor: Visitor<JobsWrite>, InPath(job): InPath<JobId>) -> Result<Response, Problem> {
    cancel_page(&visitor, job, ReasonFields::default(), None).await
}

/// POST: cancels it.
pub async fn cancel(
    visitor: Visitor<JobsWrite>,
    InPath(job): InPath<JobId>,
    Sent(fields): Sent<ReasonFields>,
) -> Result<Response, Problem> {
    let command = Typed::default().value("jobs", vec![job.to_string()]).required("reason", &fields.reason);
    match send(&visitor, CommandName::CancelJobs, &command).await {
        Ok(()) => Ok(Flash::done("The job was cancelled, or its worker asked to stop.").at(&page_of(job))),
        Err(Problem(refusal)) => cancel_page(&visitor, job, fields, Some(&refusal)).await,
    }
}

async fn cancel_page(
    visitor: &Visitor<JobsWrite>,
    job_id: JobId,
    fields: ReasonFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let job = visitor.site.queries.job(visitor.tenant, &GetJob { job_id, known_at: None }).await?;
    let view = CancelView { job, reason: fields.reason, problem: refusal.map(Refusal::problem) };
    Ok(visitor.frame.answer("Cancel", Section::Jobs, refusal, jobs::cancel_question(&view)))
}

/// POST: gives a failed job a new set of attempts.
pub async fn retry(visitor: Visitor<JobsWrite>, InPath(job): InPath<JobId>) -> Result<Response, Problem> {
    let command = Typed::default().value("jobs", vec![job.to_string()]);
    send(&visitor, CommandName::RetryJobs, &command).await?;
    Ok(Flash::done("The job is tried again.").at(&page_of(job)))
}

/// What is refused to the only job is the refusal of the command.
async fn send(visitor: &Visitor<JobsWrite>, name: CommandName, command: &Typed) -> Result<(), Problem> {
    check_not_refused(&*visitor.carry_out(name, &command.body()).await?)
}
