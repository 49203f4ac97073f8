//! What is drawn into the plot of a [`TimeChart`]: lines, areas, bars, in a field of 1000 by 100.

use maud::{Markup, html};

use super::{scale::Scale, time_axis::written, time_chart::Series};

/// The width of the field that marks are drawn in; its height is 100, as in [`Scale::height`].
pub(super) const WIDTH: f64 = 1_000.0;

/// The middle of a bucket.
fn middle(index: usize, buckets: usize) -> f64 {
    let (start, width) = bucket(index, buckets);
    start + width / 2.0
}

/// The start and the width of a bucket.
#[expect(clippy::cast_precision_loss, reason = "there are fewer buckets than pixels")]
pub(super) fn bucket(index: usize, buckets: usize) -> (f64, f64) {
    let width = WIDTH / buckets.max(1) as f64;
    (index as f64 * width, width)
}

/// Lines through the middles of the buckets; where a value is missing, a line is interrupted.
pub(super) fn lines(series: &[Series], scale: &Scale) -> Markup {
    html! {
        @for one in series {
            g.(one.color.class()) {
                @if let [_] = series { path.chart-area d=(area(one, scale)) {} }
                (thread(one, scale))
            }
        }
    }
}

/// The lowest and the highest of some lines with the field between them filled.
pub(super) fn band(series: &[Series], scale: &Scale) -> Markup {
    let between = series.first().zip(series.last()).map(|(low, high)| field_between(low, high, scale));
    html! {
        @if let Some(between) = between { path.chart-area.(series[0].color.class()) d=(between) {} }
        @for one in series { g.(one.color.class()) { (thread(one, scale)) } }
    }
}

/// Bars, the series on top of each other.
pub(super) fn stacked(series: &[Series], scale: &Scale, buckets: usize) -> Markup {
    let mut tops = vec![0.0; buckets];
    html! {
        @for one in series {
            path.chart-bar.(one.color.class()) d=(bars(one, scale, &mut tops)) {}
        }
    }
}

fn bars(series: &Series, scale: &Scale, tops: &mut [f64]) -> String {
    let buckets = tops.len();
    let mut path = String::new();
    for (index, (value, top)) in series.values.iter().zip(tops).enumerate() {
        let Some(value) = value.filter(|value| *value > 0.0) else { continue };
        let (start, width) = bucket(index, buckets);
        let (low, high) = (scale.height(*top), scale.height(*top + value));
        let gap = width * 0.12;
        path += &format!("M{:.2} {:.2}h{:.2}v{:.2}h-{2:.2}z", start + gap, 100.0 - low, width - 2.0 * gap, low - high);
        *top += value;
    }
    path
}

/// A line, and dots for values that stand alone between missing ones.
fn thread(series: &Series, scale: &Scale) -> Markup {
    let points = points(series, scale);
    let (alone, runs): (Vec<_>, Vec<_>) = runs(&points).partition(|run| run.len() == 1);
    let dots: String = alone.iter().flatten().map(|(x, y)| format!("M{x:.2} {y:.2}h0")).collect();
    let lines: String = runs.iter().map(|run| format!("M{}", joined(run))).collect();
    html! {
        path.chart-line d=(lines) {}
        path.chart-dot d=(dots) {}
    }
}

fn area(series: &Series, scale: &Scale) -> String {
    let field = |run: Vec<Point>| {
        let ((start, _), (end, _)) = run.first().copied().zip(run.last().copied())?;
        Some(format!("M{}L{end:.2} 100L{start:.2} 100z", joined(&run)))
    };
    runs(&points(series, scale)).filter_map(field).collect()
}

fn field_between(low: &Series, high: &Series, scale: &Scale) -> String {
    let both = points(low, scale).into_iter().zip(points(high, scale)).map(|(low, high)| low.zip(high));
    let both: Vec<_> = both.collect();
    let field = |run: Vec<(Point, Point)>| {
        let (low, mut high): (Vec<_>, Vec<_>) = run.into_iter().unzip();
        high.reverse();
        format!("M{}L{}z", joined(&low), joined(&high))
    };
    runs(&both).map(field).collect()
}

type Point = (f64, f64);

/// What stands between gaps.
fn runs<T: Copy>(points: &[Option<T>]) -> impl Iterator<Item = Vec<T>> {
    let runs = points.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty())
}

fn joined(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{x:.2} {y:.2}")).collect::<Vec<_>>().join("L")
}

fn points(series: &Series, scale: &Scale) -> Vec<Option<Point>> {
    let buckets = series.values.len();
    let point = |(index, value): (usize, &Option<f64>)| {
        value.map(|value| (middle(index, buckets), 100.0 - scale.height(value)))
    };
    series.values.iter().enumerate().map(point).collect()
}

/// The lines of the axes.
pub(super) fn grid(scale: &Scale, times: impl Iterator<Item = f64>) -> Markup {
    html! {
        g.chart-grid {
            @for (_, height) in scale.ticks() { path d={ "M0 " (written(100.0 - height)) "H" (WIDTH) } {} }
        }
        g.chart-grid.chart-grid-times {
            @for place in times { path d={ "M" (written(place * WIDTH / 100.0)) " 0V100" } {} }
        }
    }
}
