//! The picture of a job's life: a lane for the times in which it waited, and one for each attempt.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    JobView,
    history::{Attempt, End, History, Wait, WaitsFor},
};
use crate::{
    chart::{Bar, BarKind, Lane, Mark, Timeline},
    components::Time,
    jobs::words::span,
};

/// Most attempts that have a lane: the latest.
const ATTEMPTS: usize = 10;
/// The shortest that a picture shows.
const SHORTEST: TimeDelta = TimeDelta::seconds(1);
/// The shortest bar, as a part of the whole.
const THINNEST: i32 = 160;

/// The picture.
pub(super) fn picture(view: &JobView, history: &History) -> Timeline {
    let now = view.now.utc();
    let from = view.job.created_at.utc();
    let until = end(view, history).max(from + SHORTEST);
    let thinnest = (until - from) / THINNEST;
    let waits = history.waits.iter().flat_map(|wait| wait_bars(wait, now));
    let waiting = Lane { label: "Waiting".to_owned(), bars: waits.collect() };
    let hidden = history.attempts.len().saturating_sub(ATTEMPTS);
    let attempts = history.attempts[hidden..].iter().map(|attempt| attempt_lane(attempt, now));
    let mut lanes: Vec<Lane> = std::iter::once(waiting).chain(attempts).collect();
    for bar in lanes.iter_mut().flat_map(|lane| &mut lane.bars) {
        bar.until = bar.until.map(|until| until.max(bar.from + thinnest));
    }
    let mark = Mark { label: "now".to_owned(), at: now, is_main: true };
    let marks = if view.has_ended() { Vec::new() } else { vec![mark] };
    Timeline { title: "The life of the job".to_owned(), from, until, lanes, marks }
}

/// Where the axis ends: with a little room behind the last thing that happened, or is to happen.
fn end(view: &JobView, history: &History) -> DateTime<Utc> {
    let from = view.job.created_at.utc();
    let last = match view.has_ended() {
        true => history.attempts.iter().filter_map(|attempt| attempt.end).map(|(time, _)| time).max(),
        false => Some(view.now.utc()),
    };
    let waits = history.waits.iter().filter_map(|wait| match (wait.until, wait.for_what) {
        (Some(until), _) => Some(until),
        (None, WaitsFor::Time(run_at)) => Some(run_at),
        (None, WaitsFor::Jobs) => None,
    });
    let last = last.into_iter().chain(waits).max().unwrap_or(from);
    last + (last - from) / 30
}

/// Until it was due, and from then on until a worker took it.
fn wait_bars(wait: &Wait, now: DateTime<Utc>) -> Vec<Bar> {
    let end = wait.until.unwrap_or(now);
    match wait.for_what {
        WaitsFor::Jobs => vec![wait_bar("for other jobs", wait.from, wait.until, end)],
        WaitsFor::Time(run_at) => {
            let due = run_at.max(wait.from);
            let until_due = wait.until.unwrap_or(due).min(due);
            let mut bars = Vec::new();
            if due > wait.from {
                bars.push(wait_bar("for its time", wait.from, Some(until_due), until_due));
            }
            if end > due {
                bars.push(wait_bar("for a worker", due, wait.until, end));
            }
            bars
        }
    }
}

fn wait_bar(label: &str, from: DateTime<Utc>, until: Option<DateTime<Utc>>, end: DateTime<Utc>) -> Bar {
    let sentence = format!("waits {label} from {} on, for {}", Time::precise(from).readable, span(from, end));
    Bar { label: label.to_owned(), sentence, kind: BarKind::Gap, from, until, href: None }
}

fn attempt_lane(attempt: &Attempt, now: DateTime<Utc>) -> Lane {
    let end = attempt.end.map(|(_, end)| end);
    let kind = match end {
        None => BarKind::Current,
        Some(End::Completed) => BarKind::Good,
        Some(End::Snoozed) => BarKind::Past,
        Some(End::Failed | End::LeaseExpired | End::TimedOut) => BarKind::Failed,
    };
    let until = attempt.end.map(|(time, _)| time);
    let how = end.map_or("runs", End::as_str);
    let name = format!("Attempt {}", attempt.started.attempt);
    let took = span(attempt.from, until.unwrap_or(now));
    let (worker, from) = (&attempt.started.worker, Time::precise(attempt.from).readable);
    let sentence = format!("{name} by {worker}, from {from} on, {how} after {took}");
    let bar = Bar { label: format!("{how}, {took}"), sentence, kind, from: attempt.from, until, href: None };
    Lane { label: name, bars: vec![bar] }
}
