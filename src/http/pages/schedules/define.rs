//! Schedules are defined and changed.

use axum::response::Response;
use bytes::Bytes;
use plinth_events::{
    CommandName, Refusal, RefusalCode,
    names::ScheduleName,
    query::schedule::{GetSchedule, ScheduleRow},
    schedule::RecordedTemplate,
};
use plinth_web::{
    schedules::{ScheduleFields, ScheduleFormView, routes, schedule_form},
    shell::Section,
};

use crate::{
    http::{
        access::scope::JobsOperate,
        api::parameters::InPath,
        pages::{flash::Flash, form::Sent, jobs::types, typed::Typed, visitor::Visitor},
        problem::Problem,
    },
    log::LogError,
};

/// GET: the form for a new one.
pub async fn new(visitor: Visitor<JobsOperate>) -> Result<Response, Problem> {
    page(&visitor, None, ScheduleFields::new(), None).await
}

/// GET: the form for one that is there, as it is.
pub async fn edit(visitor: Visitor<JobsOperate>, InPath(name): InPath<ScheduleName>) -> Result<Response, Problem> {
    let row = row(&visitor, name).await?;
    page(&visitor, Some(&row), ScheduleFields::from(&row), None).await
}

/// POST: defines a new one.
pub async fn send_new(visitor: Visitor<JobsOperate>, Sent(fields): Sent<ScheduleFields>) -> Result<Response, Problem> {
    if let Ok(name) = fields.name.trim().parse()
        && row(&visitor, name).await.is_ok()
    {
        let detail = format!("schedule {} is there already", fields.name.trim());
        let refusal = Refusal::new(RefusalCode::InvalidValue, detail).at("/name");
        return page(&visitor, None, fields, Some(&refusal)).await;
    }
    define(&visitor, None, fields).await
}

/// POST: changes one that is there.
pub async fn send(
    visitor: Visitor<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    Sent(fields): Sent<ScheduleFields>,
) -> Result<Response, Problem> {
    let row = row(&visitor, name).await?;
    let fields = ScheduleFields { name: row.name.to_string(), ..fields };
    define(&visitor, Some(&row), fields).await
}

async fn row(visitor: &Visitor<JobsOperate>, name: ScheduleName) -> Result<ScheduleRow, Problem> {
    Ok(visitor.site.queries.schedule(visitor.tenant, &GetSchedule { name, fire_times: None }).await?)
}

async fn define(
    visitor: &Visitor<JobsOperate>,
    before: Option<&ScheduleRow>,
    fields: ScheduleFields,
) -> Result<Response, Problem> {
    let command = command(before.map(|row| &row.job), &fields);
    let sent = match command {
        Ok(body) => visitor.carry_out(CommandName::DefineSchedule, &body).await,
        Err(problem) => Err(problem),
    };
    match sent {
        // the command was accepted, so this is a name
        Ok(_) => Ok(Flash::done(format!("{} is defined.", fields.name.trim())).at(&page_of(&fields))),
        Err(Problem(refusal)) => page(visitor, before, fields, Some(&refusal)).await,
    }
}

fn page_of(fields: &ScheduleFields) -> String {
    format!("{}/{}", routes::LIST, fields.name.trim())
}

/// The command `schedule.define`. Of its job, the form keeps what it has no fields for.
fn command(before: Option<&RecordedTemplate>, fields: &ScheduleFields) -> Result<Bytes, Problem> {
    let mut job = Typed::default()
        .required("type", &fields.job_type)
        .json("payload", &fields.payload, "/job/payload")?
        .integer("maxAttempts", &fields.max_attempts)
        .integer("priority", &fields.priority);
    if let Some(RecordedTemplate { retry, timeout_seconds, concurrency_key, .. }) = before {
        if let Some(retry) = retry {
            job = job.value("retry", serde_json::to_value(retry).map_err(LogError::from)?);
        }
        if let Some(seconds) = timeout_seconds {
            job = job.value("timeoutSeconds", *seconds);
        }
        if let Some(key) = concurrency_key {
            job = job.value("concurrencyKey", key.as_str());
        }
    }
    let schedule = Typed::default()
        .required("name", &fields.name)
        .required("cron", &fields.cron)
        .text("timeZone", &fields.time_zone)
        .text("overlap", &fields.overlap)
        .integer("catchUp", &fields.catch_up)
        .text("description", &fields.description);
    Ok(schedule.object("job", job).body())
}

async fn page(
    visitor: &Visitor<JobsOperate>,
    before: Option<&ScheduleRow>,
    fields: ScheduleFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let view = ScheduleFormView {
        name: before.map(|row| row.name.clone()),
        fields,
        types: types(visitor).await?,
        problem: refusal.map(Refusal::problem),
    };
    let title = if before.is_some() { "Change a schedule" } else { "Define a schedule" };
    Ok(visitor.frame.answer(title, Section::Schedules, refusal, schedule_form(&view)))
}
