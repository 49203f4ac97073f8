//! Charts, drawn by the service: SVG that fills the width it gets, with its numbers in a table for those who want them.
//!
//! Lengths along time are shares of the width, lines keep their thickness and text its size, so a chart needs no script
//! to fit a narrow screen. Colours are classes ([`Color`]), so both themes share one drawing. A chart without values,
//! or with a single one, is still a chart.

mod color;
mod marks;
mod scale;
mod sparkline;
mod time_axis;
mod time_chart;
mod timeline;
mod unit;

pub use color::Color;
pub use sparkline::Sparkline;
pub use time_chart::{Kind, Series, TimeChart};
pub use timeline::{Bar, BarKind, Lane, Mark, Timeline};
pub use unit::Unit;
