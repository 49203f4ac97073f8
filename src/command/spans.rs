//! The spans of commands and of attempts of jobs. Nothing of what was sent is in them.

use std::time::SystemTime;

use opentelemetry::{
    KeyValue,
    trace::{Link, SpanBuilder, SpanKind, Status},
};
use plinth_events::names::JobType;

use super::{answer::Verdict, parse::Envelope, steps::Attempt};
use crate::{
    measure::{Outcome, jobs::End},
    traces::{self, Traces},
};

/// A command, from when it was handed to the writer to its verdict; the batch that decided it had so many.
pub fn command(traces: &Traces, envelope: &Envelope, verdict: &Verdict, taken_at: SystemTime, batch_commands: usize) {
    let Some(trace) = traces.within(envelope.origin.traceparent.as_deref()) else { return };
    let outcome = verdict.outcome();
    let mut attributes = vec![
        KeyValue::new("tenant.id", envelope.tenant.to_string()),
        KeyValue::new("command.id", envelope.command_id.to_string()),
        KeyValue::new("outcome", outcome.name()),
        KeyValue::new("batch.commands", integer(batch_commands as u64)),
    ];
    match verdict {
        Verdict::Accepted(reply) => attributes.push(KeyValue::new("position", integer(reply.position))),
        Verdict::Refused(refusal) => attributes.push(KeyValue::new("code", refusal.code.as_str())),
        Verdict::Failed(_) => {}
    }
    let status = if outcome == Outcome::Failed { Status::error("") } else { Status::Unset };
    let span = SpanBuilder::from_name(envelope.task.name())
        .with_kind(SpanKind::Server)
        .with_start_time(taken_at)
        .with_attributes(attributes);
    trace.tell(span, status, SystemTime::now());
}

/// An attempt of a job, from its start to its end, in the trace that the job was enqueued in. So it is there even if the
/// worker knows nothing of traces; one that does is linked.
pub fn attempt(traces: &Traces, job_type: &JobType, end: End, attempt: &Attempt) {
    let began_in = attempt.began_in.as_ref().and_then(|origin| origin.traceparent.as_deref());
    let Some(trace) = traces.within(began_in) else { return };
    let ended_in = attempt.ended_in.as_deref().filter(|traceparent| Some(*traceparent) != began_in);
    let worker = ended_in.map(traces::span_context).filter(|context| context.is_valid());
    let status = match end {
        End::Retried | End::Failed => Status::error(""),
        _ => Status::Unset,
    };
    let span = SpanBuilder::from_name(format!("job {job_type}"))
        .with_kind(SpanKind::Consumer)
        .with_start_time(attempt.started_at.utc())
        .with_attributes([
            KeyValue::new("tenant.id", attempt.tenant.to_string()),
            KeyValue::new("job.id", attempt.job_id.to_string()),
            KeyValue::new("job.type", job_type.to_string()),
            KeyValue::new("attempt", integer(attempt.number.into())),
            KeyValue::new("outcome", end.name()),
        ])
        .with_links(worker.into_iter().map(Link::with_context).collect());
    trace.tell(span, status, attempt.ended_at.utc().into());
}

/// OpenTelemetry has no other integers.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
