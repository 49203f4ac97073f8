//! From values to heights: an axis from zero to a round number.

use super::Unit;

/// An axis from zero up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    step: f64,
    steps: u32,
}

/// An axis has at most this many lines above its zero line.
const MOST_STEPS: f64 = 4.0;

impl Scale {
    /// The axis that holds values up to `max`, in steps of 1, 2, 2.5 or 5 times a power of ten.
    pub(super) fn up_to(max: f64, unit: Unit) -> Self {
        let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
        let rough = max / MOST_STEPS;
        let power = 10_f64.powf(rough.log10().floor());
        let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
        let step = factors.map(|factor| factor * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let step = if unit.is_divisible() { step } else { step.max(1.0).ceil() };
        let steps = (max / step).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few steps, see above")]
        Self { step, steps: steps as u32 }
    }

    /// The values that have a line, from zero up, with their heights.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, f64)> {
        (0..=self.steps).map(|index| f64::from(index) * self.step).map(|value| (value, self.height(value)))
    }

    /// How far up a value is, in hundredths of the whole.
    pub(super) fn height(&self, value: f64) -> f64 {
        100.0 * value / (self.step * f64::from(self.steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(max: f64, unit: Unit) -> Vec<f64> {
        Scale::up_to(max, unit).ticks().map(|(value, _)| value).collect()
    }

    #[test]
    fn an_axis_ends_at_a_round_number_at_or_above_the_largest_value() {
        assert_eq!(ticks(97.0, Unit::Count), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(1_204.0, Unit::Count), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(ticks(0.7, Unit::Milliseconds), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8]);
    }

    #[test]
    fn things_that_are_counted_have_no_fractions() {
        assert_eq!(ticks(1.0, Unit::Count), [0.0, 1.0]);
        assert_eq!(ticks(3.0, Unit::Count), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(9.0, Unit::Count), [0.0, 3.0, 6.0, 9.0]);
    }

    #[test]
    fn nothing_still_has_an_axis() {
        assert_eq!(ticks(0.0, Unit::Count), [0.0, 1.0]);
        assert_eq!(ticks(f64::NAN, Unit::Count), [0.0, 1.0]);
        assert_eq!(Scale::up_to(0.0, Unit::Count).height(0.0), 0.0);
    }
}
