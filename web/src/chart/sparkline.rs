//! Values in the space of a word.

use maud::{Markup, Render, html};

use super::Color;

/// Values in the space of a word, the latest marked.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparkline<'a> {
    /// What it says, in words: `between 3 and 12 a minute, 7 at last`.
    pub label: &'a str,
    /// Its colour.
    pub color: Color,
    /// The values, the latest last.
    pub values: &'a [f64],
}

const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 24.0;

impl Sparkline<'_> {
    /// A single value is a line across.
    fn points(&self) -> Vec<String> {
        let max = self.values.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let values = if let [value] = self.values { &[*value, *value] } else { self.values };
        #[expect(clippy::cast_precision_loss, reason = "there are fewer values than pixels")]
        let step = WIDTH / values.len().saturating_sub(1).max(1) as f64;
        let places = std::iter::successors(Some(0.0), |x| Some(x + step));
        places.zip(values).map(|(x, value)| format!("{x:.2} {:.2}", HEIGHT - HEIGHT * value / max)).collect()
    }
}

impl Render for Sparkline<'_> {
    fn render(&self) -> Markup {
        let points = self.points();
        html! {
            svg.sparkline.(self.color.class()) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                preserveAspectRatio="none" role="img" aria-label=(self.label) {
                @if let Some(last) = points.last() {
                    path.chart-area d={ "M0 " (HEIGHT) "L" (points.join("L")) "V" (HEIGHT) "z" } {}
                    path.chart-line d={ "M" (points.join("L")) } {}
                    path.chart-dot d={ "M" (last) "h0" } {}
                }
            }
        }
    }
}
