//! Division, the same wherever it is done: exact, then rounded to 12 decimal places, halves away from zero.

use rust_decimal::Decimal;

use super::decimal::is_within_digits;
use crate::limits;

/// What a whole is divided into: as many parts as the last of the decimal places can tell.
const PARTS: u128 = 10_u128.pow(limits::RATIO_PLACES);

/// The quotient; none if the denominator is zero or the quotient needs more than 28 digits.
///
/// Postgres and `rust_decimal` round quotients each in their own way, so the digits are worked out one by one.
pub(crate) fn ratio(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    let (dividend, divisor) = (numerator.mantissa().unsigned_abs(), denominator.mantissa().unsigned_abs());
    let shift = i64::from(limits::RATIO_PLACES) + i64::from(denominator.scale()) - i64::from(numerator.scale());
    let (whole, parts) = shifted_quotient(dividend, divisor, shift)?;
    let whole = Decimal::try_from_i128_with_scale(i128::try_from(whole).ok()?, 0).ok()?;
    let fraction = Decimal::try_from_i128_with_scale(i128::try_from(parts).ok()?, limits::RATIO_PLACES).ok()?;
    // without the zeros behind it, the fraction leaves the whole room for its digits
    let quotient = whole.checked_add(fraction.normalize())?;
    let exact = quotient - whole == fraction && is_within_digits(quotient);
    let negative = numerator.is_sign_negative() != denominator.is_sign_negative() && !quotient.is_zero();
    exact.then(|| if negative { -quotient } else { quotient }.normalize())
}

/// `dividend · 10^shift / divisor`, rounded, as wholes and parts of a whole.
fn shifted_quotient(dividend: u128, divisor: u128, shift: i64) -> Option<(u128, u128)> {
    if divisor == 0 {
        return None;
    }
    let Ok(places) = u32::try_from(shift) else {
        // what is beyond 10^38 is more than twice any dividend
        let divisor = 10_u128.pow(u32::try_from(-shift).ok()?).checked_mul(divisor);
        let parts = divisor.map_or(0, |divisor| rounded(dividend / divisor, dividend % divisor, divisor));
        return Some((parts / PARTS, parts % PARTS));
    };
    let (quotient, mut rest) = (dividend / divisor, dividend % divisor);
    let (mut whole, mut parts) = (quotient / PARTS, quotient % PARTS);
    for _ in 0..places {
        parts = parts * 10 + rest * 10 / divisor;
        whole = whole.checked_mul(10)?.checked_add(parts / PARTS)?;
        (parts, rest) = (parts % PARTS, rest * 10 % divisor);
    }
    let parts = rounded(parts, rest, divisor);
    Some((whole.checked_add(parts / PARTS)?, parts % PARTS))
}

/// A quotient by the rest that it leaves.
fn rounded(quotient: u128, rest: u128, divisor: u128) -> u128 {
    quotient + u128::from(rest >= divisor.div_ceil(2))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::decimal::parse, *};

    #[track_caller]
    fn divided(numerator: &str, denominator: &str) -> Option<String> {
        ratio(parse(numerator).unwrap(), parse(denominator).unwrap()).map(|quotient| quotient.to_string())
    }

    #[test]
    fn a_quotient_is_rounded_to_twelve_places_with_halves_away_from_zero() {
        assert_eq!(divided("2", "3").unwrap(), "0.666666666667");
        assert_eq!(divided("-1", "3").unwrap(), "-0.333333333333");
        assert_eq!(divided("0.0000000000005", "1").unwrap(), "0.000000000001");
        assert_eq!(divided("-0.0000000000005", "1").unwrap(), "-0.000000000001");
        assert_eq!(divided("0.0000000000004999", "1").unwrap(), "0");
        assert_eq!(divided("1", "0.001").unwrap(), "1000");
        assert_eq!(divided("1e-27", "1e27").unwrap(), "0");
        assert_eq!(divided("10", "4").unwrap(), "2.5");
        assert_eq!(divided("-9e27", "1").unwrap(), "-9000000000000000000000000000");
        assert_eq!(divided("9e27", "2").unwrap(), "4500000000000000000000000000");
        assert_eq!(divided("2999999999999999", "3e3").unwrap(), "999999999999.999666666667");
        assert_eq!(divided("0.9999999999999", "1").unwrap(), "1");
    }

    #[test]
    fn a_quotient_by_zero_or_of_too_many_digits_is_none() {
        assert_eq!(divided("1", "0"), None);
        assert_eq!(divided("0", "0"), None);
        assert_eq!(divided("1e27", "1e-27"), None);
        assert_eq!(divided("1e27", "3"), None);
        assert_eq!(divided("9999999999999999999999999999", "2"), None);
    }
}
