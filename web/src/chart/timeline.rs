//! What held when: bars along time in lanes, gaps between them, and marks across for the times that are asked about.

use chrono::{DateTime, Utc};
use maud::{Markup, Render, html};

use super::time_axis::{TimeAxis, written};
use crate::components::{Column, Table};

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarKind {
    /// It holds now: an effective version, a running attempt.
    Current,
    /// It held: a superseded version, an attempt that was put back.
    Past,
    /// It ended well: a completed attempt.
    Good,
    /// It will hold: a scheduled version.
    Future,
    /// Nothing holds: a gap, a wait.
    Gap,
    /// It ended badly: a failed attempt.
    Failed,
}

impl BarKind {
    fn class(self) -> &'static str {
        match self {
            Self::Current => "bar-current",
            Self::Past => "bar-past",
            Self::Good => "bar-good",
            Self::Future => "bar-future",
            Self::Gap => "bar-gap",
            Self::Failed => "bar-failed",
        }
    }
}

/// Something that holds for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What stands in the bar, as far as there is room: `v3`.
    pub label: String,
    /// The whole of it in a sentence: `version 3, from 1 Feb 2026 to 1 Mar 2026, superseded`.
    pub sentence: String,
    /// What it stands for.
    pub kind: BarKind,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When something else begins; none while it is open.
    pub until: Option<DateTime<Utc>>,
    /// Where there is more about it.
    pub href: Option<String>,
}

impl Bar {
    /// The sentence, with what stands in the bar for those who say what they see.
    fn name(&self) -> String {
        if self.sentence.contains(&self.label) {
            return self.sentence.clone();
        }
        format!("{}: {}", self.label, self.sentence)
    }
}

/// Bars that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What they belong to.
    pub label: String,
    /// The bars, in any order.
    pub bars: Vec<Bar>,
}

/// A time that is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// What it is called: `now`, `as of`.
    pub label: String,
    /// When it is.
    pub at: DateTime<Utc>,
    /// Whether it is the one that the page answers for.
    pub is_main: bool,
}

/// What held when.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// What it shows.
    pub title: String,
    /// Where the axis begins.
    pub from: DateTime<Utc>,
    /// Where it ends.
    pub until: DateTime<Utc>,
    /// The lanes, from above.
    pub lanes: Vec<Lane>,
    /// The times that are asked about.
    pub marks: Vec<Mark>,
}

/// The height of a lane and the room above the first for the names of marks, in pixels; the styles know them too.
const LANE: usize = 36;
const MARKS: usize = 20;

/// A bar without room for its label, and from where on there is more room before a bar than after it, in hundredths of the
/// width.
const SHORT: f64 = 12.0;
const MIDDLE: f64 = 60.0;

impl Timeline {
    fn axis(&self) -> TimeAxis {
        TimeAxis { from: self.from, until: self.until }
    }

    fn bar(&self, bar: &Bar, lane: usize, is_alone: bool) -> Markup {
        let until = bar.until.unwrap_or(self.until);
        let (start, end) = (self.axis().place_within(bar.from), self.axis().place_within(until));
        if end <= start {
            return html! {};
        }
        let (x, side) = label_place(start, end, is_alone);
        let drawing = html! {
            svg.bar-alone[is_alone] x={ (written(start)) "%" } y=(MARKS + lane * LANE + 4) width={ (written(end - start)) "%" }
                height=(LANE - 8) {
                title { (bar.sentence) }
                rect.bar.(bar.kind.class()) .bar-open[bar.until.is_none()] x="1" y="1" width="100%" height=(LANE - 10) rx="4" {}
                text.(side) x=(x) y=((LANE - 8) / 2) { (bar.label) }
            }
        };
        html! {
            @match &bar.href {
                Some(href) => a href=(href) aria-label=(bar.name()) { (drawing) },
                None => (drawing),
            }
        }
    }

    fn mark(&self, mark: &Mark, height: usize) -> Markup {
        let place = self.axis().place(mark.at);
        if !(0.0..=100.0).contains(&place) {
            return html! {};
        }
        let x = format!("{place:.2}%");
        let side = if place > 85.0 { "mark-before" } else { "mark-after" };
        html! {
            g.mark.(side) .mark-main[mark.is_main] {
                line x1=(x) x2=(x) y1="4" y2=(height) {}
                text x=(x) y="11" { (mark.label) }
            }
        }
    }

    fn table(&self) -> Markup {
        let columns = vec![Column::new("Lane"), Column::new("What")];
        let rows = self
            .lanes
            .iter()
            .flat_map(|lane| lane.bars.iter().map(|bar| vec![html! { (lane.label) }, html! { (bar.sentence) }]));
        html! {
            details.chart-data {
                summary { "In words" span.visually-hidden { ": " (self.title) } }
                (Table::new(&self.title, columns, rows))
            }
        }
    }
}

/// Where the label of a bar stands, and its class: in the bar, or beside one that is too short for it and has the lane for
/// itself.
fn label_place(start: f64, end: f64, is_alone: bool) -> (&'static str, &'static str) {
    match is_alone && end - start < SHORT {
        false => ("10", "label-within"),
        true if start < MIDDLE => ("100%", "label-after"),
        true => ("0", "label-before"),
    }
}

impl Render for Timeline {
    fn render(&self) -> Markup {
        let height = MARKS + self.lanes.len() * LANE;
        html! {
            div.timeline {
                ul.timeline-lanes aria-hidden="true" { @for lane in &self.lanes { li { (lane.label) } } }
                div.timeline-field {
                    svg.timeline-bars width="100%" height=(height) role="group" aria-label=(self.title) {
                        g.chart-grid {
                            @for place in self.axis().places() {
                                line x1={ (written(place)) "%" } x2={ (written(place)) "%" } y1=(MARKS) y2=(height) {}
                            }
                        }
                        @for (index, lane) in self.lanes.iter().enumerate() {
                            @for bar in &lane.bars { (self.bar(bar, index, lane.bars.len() == 1)) }
                        }
                        @for mark in &self.marks { (self.mark(mark, height)) }
                    }
                    (self.axis().labels())
                }
            }
            (self.table())
        }
    }
}
