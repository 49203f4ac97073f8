//! The versions of a metric along time, as a picture, with the two times that can be picked: as of when, and as known when.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use plinth_events::{
    query::{KnownAt, metric::MetricPoint},
    time::Moment,
    timeline::Status,
};

use super::{
    Asked, MetricHead,
    asked::written,
    routes::{AS_OF, KNOWN_AT, Part, part},
    words,
};
use crate::{
    chart::{Bar, BarKind, Lane, Mark, Timeline},
    components::{Button, Choice, Field, Icon, Panel, Time},
};

/// Most points in the picture: the last of them.
const MOST_POINTS: usize = 200;

/// The present is not in the picture when it is farther away than so many times as long as everything took that happened.
const FAR: i32 = 4;

/// What the picture shows.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The present.
    pub now: Moment,
    /// The points as known now.
    pub points: Vec<MetricPoint>,
    /// The points as known at the time that was asked for, if one was.
    pub then: Option<Vec<MetricPoint>>,
    /// When something was learned about the metric, the newest first.
    pub knowledge: Vec<Knowledge>,
}

/// Something was learned about a metric.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// The position of the event.
    pub position: u64,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What: `version 3 defined`.
    pub what: String,
}

impl Picture {
    /// The picture on the page about a metric.
    pub(super) fn panel(&self, head: &MetricHead, on: Part) -> Markup {
        let title = format!("Versions of {}", head.name);
        let note = match self.then {
            Some(_) => "What governs when: as it was known then, and as it is known now.",
            None => {
                "What governs when. A bar leads to the version; the fields show what governed at another time, or what was believed then."
            }
        };
        let body = html! {
            (self.timeline(title, head))
            (self.pickers(head, on))
        };
        html! { (Panel::new("Timeline", body).note(note)) }
    }

    fn timeline(&self, title: String, head: &MetricHead) -> Timeline {
        let (from, until) = self.axis(head.asked);
        let mut lanes = match &self.then {
            Some(then) => {
                vec![lane("Known then", then, head, head.asked.known_at), lane("Known now", &self.points, head, None)]
            }
            None => vec![lane("Governs", &self.points, head, None)],
        };
        lanes.extend(withdrawn(self.then.as_ref().unwrap_or(&self.points)));
        Timeline { title, from, until, lanes, marks: self.marks(head.asked) }
    }

    /// The times between which the picture lies, with some room around them. The present is among them unless what happened
    /// would be too small to be seen then.
    fn axis(&self, asked: Asked) -> (DateTime<Utc>, DateTime<Utc>) {
        let points = [Some(&self.points), self.then.as_ref()].into_iter().flatten().flat_map(|points| shown(points));
        let times = || points.clone().map(|point| point.at.utc()).chain(asked.as_of.map(Moment::utc));
        let now = self.now.utc();
        let (first, last) = (times().min().unwrap_or(now), times().max().unwrap_or(now));
        let is_near = first == last || now - last < (last - first) * FAR;
        let (first, last) = if is_near { (first.min(now), last.max(now)) } else { (first, last) };
        let length = (last - first).max(TimeDelta::hours(1));
        let place = |time: DateTime<Utc>, room| time.checked_add_signed(room).unwrap_or(time);
        (place(first, -length / 40), place(last, length / 6))
    }

    fn marks(&self, asked: Asked) -> Vec<Mark> {
        let mark = |label: &str, at, is_main| Mark { label: label.to_owned(), at, is_main };
        let as_of = asked.as_of.map(|time| mark("as of", time.utc(), true));
        let now = mark("now", self.now.utc(), as_of.is_none());
        [Some(now), as_of].into_iter().flatten().collect()
    }

    fn pickers(&self, head: &MetricHead, on: Part) -> Markup {
        let path = part(&head.code, on);
        let as_of = head.asked.as_of.map(|time| words::field_time(time.utc())).unwrap_or_default();
        let known = head.asked.known_at.map(written).unwrap_or_default();
        let options = self.options(head.asked.known_at);
        let choices = options.iter().map(|(value, label)| Choice { value, label }).collect();
        html! {
            form.filters.asked method="get" action=(path) {
                (Field::moment(AS_OF, "As of (UTC)").value(&as_of))
                (Field::select(KNOWN_AT, "As known", choices).value(&known))
                (Button::submit("Show").icon(Icon::Clock))
                @if !head.asked.is_now() { (Button::link("Back to now", &path).quiet()) }
            }
        }
    }

    /// What can have been known: now, what was asked for, and after everything that was learned.
    fn options(&self, asked: Option<KnownAt>) -> Vec<(String, String)> {
        let event = |event: &Knowledge| {
            let time = Time::at(event.recorded_at.utc()).readable;
            (event.position.to_string(), format!("{time}: {}", event.what))
        };
        let mut options = vec![(String::new(), "now, with everything".to_owned())];
        options.extend(self.knowledge.iter().map(event));
        if let Some(asked) = asked.filter(|asked| options.iter().all(|(value, _)| *value != written(*asked))) {
            let label = match asked {
                KnownAt::Position(position) => format!("position {position} of the log"),
                KnownAt::Time(time) => Time::at(time.utc()).readable,
            };
            options.insert(1, (written(asked), label));
        }
        options
    }
}

fn shown(points: &[MetricPoint]) -> &[MetricPoint] {
    &points[points.len().saturating_sub(MOST_POINTS)..]
}

fn lane(label: &str, points: &[MetricPoint], head: &MetricHead, known_at: Option<KnownAt>) -> Lane {
    let governing = shown(points).iter().filter(|point| point.status != Status::Withdrawn);
    Lane { label: label.to_owned(), bars: governing.map(|point| bar(point, head, known_at)).collect() }
}

fn bar(point: &MetricPoint, head: &MetricHead, known_at: Option<KnownAt>) -> Bar {
    let (from, until) = match point.window {
        Some(window) => (window.from, window.until),
        // never: it has no length, and stands only in the words
        None => (point.at, Some(point.at)),
    };
    let asked = Asked { as_of: Some(from.utc().into()), known_at };
    Bar {
        label: point.version.map_or_else(|| "deprecated".to_owned(), |version| format!("v{version}")),
        sentence: sentence(point),
        kind: kind(point),
        from: from.utc(),
        until: until.map(|until| until.utc()),
        href: Some(asked.at(&part(&head.code, Part::Definition))),
    }
}

fn kind(point: &MetricPoint) -> BarKind {
    match (point.version, point.status) {
        (None, _) => BarKind::Gap,
        (Some(_), Status::Effective) => BarKind::Current,
        (Some(_), Status::Scheduled) => BarKind::Future,
        _ => BarKind::Past,
    }
}

fn sentence(point: &MetricPoint) -> String {
    let what = match point.version {
        Some(version) => format!("version {version}"),
        None => "deprecated".to_owned(),
    };
    match point.window {
        Some(window) => format!("{what}, {}", words::window_text(window)),
        None => format!("{what}, from {} on, never governs", Time::at(point.at.utc()).readable),
    }
}

/// The versions that were taken back, from when they would have governed, if there are any.
fn withdrawn(points: &[MetricPoint]) -> Option<Lane> {
    let bars: Vec<Bar> = shown(points)
        .iter()
        .filter(|point| point.status == Status::Withdrawn)
        .map(|point| Bar {
            label: format!("v{}", point.version.unwrap_or_default()),
            sentence: format!(
                "version {}, withdrawn before {}",
                point.version.unwrap_or_default(),
                Time::at(point.at.utc()).readable
            ),
            kind: BarKind::Gap,
            from: point.at.utc(),
            until: None,
            href: None,
        })
        .collect();
    (!bars.is_empty()).then(|| Lane { label: "Withdrawn".to_owned(), bars })
}
