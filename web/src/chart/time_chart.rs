//! Values over time: lines, stacked bars, a band of percentiles, with axes, a legend and a table.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, Render, html};

use super::{
    Color, Unit,
    marks::{self, WIDTH, bucket},
    scale::Scale,
    time_axis::{TimeAxis, written},
};
use crate::components::{Column, Table};

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line each; a single one with its area.
    Lines,
    /// Bars on top of each other: parts of a whole.
    StackedBars,
    /// Lines with the field between the first (the lowest) and the last (the highest) filled: percentiles.
    Band,
}

/// One line, or one part of the bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: Color,
    /// A value for each bucket; none where nothing was measured.
    pub values: Vec<Option<f64>>,
}

/// Values over time.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeChart {
    /// An id that no other chart of the page has.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub kind: Kind,
    /// What the values are.
    pub unit: Unit,
    /// When the first bucket begins.
    pub from: DateTime<Utc>,
    /// How long each bucket is.
    pub bucket: TimeDelta,
    /// What is drawn.
    pub series: Vec<Series>,
}

impl TimeChart {
    fn buckets(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or_default()
    }

    fn start(&self, bucket: usize) -> DateTime<Utc> {
        let factor = i32::try_from(bucket).unwrap_or(i32::MAX);
        self.bucket.checked_mul(factor).and_then(|span| self.from.checked_add_signed(span)).unwrap_or(self.from)
    }

    /// Whether there is nothing to see: bars without a height cannot be seen, a line at zero can.
    fn is_empty(&self) -> bool {
        let shows = |value: &f64| self.kind != Kind::StackedBars || *value > 0.0;
        !self.series.iter().flat_map(|series| &series.values).flatten().any(shows)
    }

    /// The highest point of the drawing.
    fn max(&self) -> f64 {
        let at =
            |bucket: usize| self.series.iter().filter_map(move |series| series.values.get(bucket).copied().flatten());
        let heights = (0..self.buckets()).map(|bucket| match self.kind {
            Kind::StackedBars => at(bucket).sum(),
            Kind::Lines | Kind::Band => at(bucket).fold(0.0, f64::max),
        });
        heights.fold(0.0, f64::max)
    }

    fn time(&self, bucket: usize) -> String {
        let format = if self.bucket < TimeDelta::minutes(1) { "%-d %b %H:%M:%S" } else { "%-d %b %H:%M" };
        self.start(bucket).format(format).to_string()
    }

    /// What is in a bucket, for a pointer that rests on it.
    fn told(&self, bucket: usize) -> String {
        let values = self.series.iter().map(|series| format!("{}: {}", series.name, self.value(series, bucket)));
        format!("{} UTC\n{}", self.time(bucket), values.collect::<Vec<_>>().join("\n"))
    }

    fn value(&self, series: &Series, bucket: usize) -> String {
        series.values.get(bucket).copied().flatten().map_or_else(|| "–".to_owned(), |value| self.unit.write(value))
    }

    fn description(&self) -> String {
        let names: Vec<_> = self.series.iter().map(|series| series.name.as_str()).collect();
        let last = self.time(self.buckets().saturating_sub(1));
        format!("{} from {} to {last} UTC, at most {}.", names.join(", "), self.time(0), self.unit.write(self.max()))
    }

    fn plot(&self, scale: &Scale, axis: TimeAxis) -> Markup {
        let buckets = self.buckets();
        html! {
            svg.chart-plot viewBox={ "0 0 " (WIDTH) " 100" } preserveAspectRatio="none" role="img"
                aria-labelledby={ (self.id) "-title " (self.id) "-text" } {
                title id={ (self.id) "-title" } { (self.title) }
                desc id={ (self.id) "-text" } { (self.description()) }
                (marks::grid(scale, axis.places()))
                @match self.kind {
                    Kind::Lines => (marks::lines(&self.series, scale)),
                    Kind::StackedBars => (marks::stacked(&self.series, scale, buckets)),
                    Kind::Band => (marks::band(&self.series, scale)),
                }
                @for index in 0..buckets {
                    @let (start, width) = bucket(index, buckets);
                    rect.chart-bucket x=(written(start)) y="0" width=(written(width)) height="100" {
                        title { (self.told(index)) }
                    }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul.chart-legend {
                @for series in &self.series {
                    li { span.chart-swatch.(series.color.class()) aria-hidden="true" {} (series.name) }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let columns = self.series.iter().map(|series| Column::new(&series.name).number());
        let columns = std::iter::once(Column::new("From (UTC)")).chain(columns).collect();
        let rows = (0..self.buckets()).map(|bucket| {
            let values = self.series.iter().map(|series| html! { (self.value(series, bucket)) });
            std::iter::once(html! { (self.time(bucket)) }).chain(values).collect::<Vec<_>>()
        });
        html! {
            details.chart-data {
                summary { "Numbers" span.visually-hidden { " of " (self.title) } }
                (Table::new(&self.title, columns, rows))
            }
        }
    }
}

impl Render for TimeChart {
    fn render(&self) -> Markup {
        if self.is_empty() {
            return html! { div.chart.chart-empty { p { "Nothing happened in this time." } } };
        }
        let scale = Scale::up_to(self.max(), self.unit);
        let axis = TimeAxis { from: self.from, until: self.start(self.buckets()) };
        html! {
            div.chart {
                (self.legend())
                div.chart-frame {
                    svg.chart-values aria-hidden="true" {
                        @for (value, height) in scale.ticks() {
                            text x="100%" y={ (written(100.0 - height)) "%" } { (self.unit.write(value)) }
                        }
                    }
                    (self.plot(&scale, axis))
                    (axis.labels())
                }
                (self.table())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(kind: Kind, value: Option<f64>) -> bool {
        let series = vec![Series { name: "jobs".to_owned(), color: Color::Good, values: vec![value] }];
        let (from, bucket) = (DateTime::UNIX_EPOCH, TimeDelta::minutes(1));
        let chart =
            TimeChart { id: "id".to_owned(), title: "Jobs".to_owned(), kind, unit: Unit::Count, from, bucket, series };
        chart.render().into_string().contains("<svg")
    }

    #[test]
    fn bars_without_a_height_are_nothing_and_a_line_at_zero_is_something() {
        assert!(drawn(Kind::StackedBars, Some(1.0)) && drawn(Kind::Lines, Some(0.0)));
        assert!(!drawn(Kind::StackedBars, Some(0.0)) && !drawn(Kind::Lines, None));
    }
}
