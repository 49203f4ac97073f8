//! Sums that are exact in whatever order the terms come.

use rust_decimal::Decimal;

use super::decimal::is_within_digits;

/// Scales that a number of 28 digits can have: 0 to 27.
const SCALES: usize = 28;

/// A sum of numbers of up to 28 digits: the mantissas, added up for each scale on its own, so that nothing is rounded
/// and nothing overflows on the way. (10^10 terms fit, whatever they are.)
#[derive(Debug, Clone, Default)]
pub(crate) struct Sum {
    by_scale: [i128; SCALES],
    overflowed: bool,
}

impl Sum {
    pub(crate) fn add(&mut self, term: Decimal) {
        let term = term.normalize();
        let place = self.by_scale.get_mut(term.scale() as usize);
        match place.and_then(|sum| Some((sum.checked_add(term.mantissa())?, sum))) {
            Some((total, sum)) => *sum = total,
            None => self.overflowed = true,
        }
    }

    /// The sum; none if it needs more than 28 digits.
    pub(crate) fn total(&self) -> Option<Decimal> {
        if self.overflowed {
            return None;
        }
        let mut digits = self.by_scale;
        for scale in (1..SCALES).rev() {
            digits[scale - 1] = digits[scale - 1].checked_add(digits[scale] / 10)?;
            digits[scale] %= 10;
        }
        let scale = digits.iter().rposition(|digit| *digit != 0).unwrap_or(0);
        let mantissa = digits[..=scale]
            .iter()
            .try_fold(0_i128, |mantissa, digit| mantissa.checked_mul(10)?.checked_add(*digit))?;
        let total = Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()?;
        is_within_digits(total).then_some(total)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::decimal::parse, *};

    fn sum(terms: &[&str]) -> Option<String> {
        let mut sum = Sum::default();
        terms.iter().for_each(|term| sum.add(parse(term).unwrap()));
        sum.total().map(|total| total.normalize().to_string())
    }

    #[test]
    fn sums_are_exact_in_any_order() {
        assert_eq!(sum(&[]).unwrap(), "0");
        assert_eq!(sum(&["0.1", "0.2"]).unwrap(), "0.3");
        assert_eq!(sum(&["1e27", "1e-27", "-1e27"]).unwrap(), "0.000000000000000000000000001");
        assert_eq!(sum(&["-1e27", "1e27", "-0.05", "0.1"]).unwrap(), "0.05");
        assert_eq!(sum(&["9e27", "9e27", "-9e27", "0.5", "0.5"]), sum(&["9e27", "1"]));
    }

    #[test]
    fn a_sum_of_more_than_28_digits_is_none() {
        assert_eq!(sum(&["9e27", "9e27"]), None);
        assert_eq!(sum(&["1e27", "1e-27"]), None);
    }
}
