//! A job is enqueued by hand.

use axum::response::Response;
use plinth_events::{CommandName, JobId, Refusal, reply::JobEnqueued};
use plinth_web::{
    jobs::{self, EnqueueFields, EnqueueView, routes},
    shell::Section,
};

use super::types;
use crate::http::{
    access::scope::JobsWrite,
    pages::{flash::Flash, form::Sent, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// GET: the form.
pub async fn new(visitor: Visitor<JobsWrite>) -> Result<Response, Problem> {
    page(&visitor, EnqueueFields::default(), None).await
}

/// POST: enqueues it.
pub async fn send(visitor: Visitor<JobsWrite>, Sent(fields): Sent<EnqueueFields>) -> Result<Response, Problem> {
    match enqueue(&visitor, &fields).await {
        Ok(job) => Ok(Flash::done("The job was enqueued.").at(&routes::job(job))),
        Err(Problem(refusal)) => page(&visitor, fields, Some(&refusal)).await,
    }
}

async fn enqueue(visitor: &Visitor<JobsWrite>, fields: &EnqueueFields) -> Result<JobId, Problem> {
    let command = Typed::default()
        .required("type", &fields.job_type)
        .json("payload", &fields.payload, "/payload")?
        .time("runAt", &fields.run_at)
        .integer("maxAttempts", &fields.max_attempts)
        .integer("priority", &fields.priority);
    let reply = visitor.carry_out(CommandName::EnqueueJob, &command.body()).await?;
    let JobEnqueued { job_id } = reply.result_as()?;
    Ok(job_id)
}

async fn page(
    visitor: &Visitor<JobsWrite>,
    fields: EnqueueFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let types = types(visitor).await?;
    let view = EnqueueView { fields, types, problem: refusal.map(Refusal::problem) };
    Ok(visitor.frame.answer("Enqueue a job", Section::Jobs, refusal, jobs::enqueue(&view)))
}
