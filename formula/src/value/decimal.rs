//! Numbers: decimals of up to 28 digits, never floats.

use rust_decimal::Decimal;

use crate::limits;

/// Exponents beyond this cannot be written out with 28 digits, whatever stands before them.
const EXPONENT: i64 = 2_000_000;

/// Reads a number as JSON writes it. None if it needs more than 28 digits when it is written out without exponent and
/// superfluous zeros (the zero before a point counts), or if it is no number.
pub fn parse(text: &str) -> Option<Decimal> {
    if !is_number(text) {
        return None;
    }
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, 0), |(number, power)| (number, power_of(power)));
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.bytes().chain(fraction.bytes()).map(|byte| u32::from(byte - b'0'));
    let (mut mantissa, mut pending_zeros) = (0_u128, 0_u32);
    for digit in digits {
        if digit == 0 {
            pending_zeros += u32::from(mantissa > 0);
            continue;
        }
        mantissa = shifted(mantissa, pending_zeros + 1)?.checked_add(u128::from(digit))?;
        pending_zeros = 0;
    }
    let exponent = exponent - i64::try_from(fraction.len()).ok()? + i64::from(pending_zeros);
    let decimal = written_out(mantissa, exponent)?;
    Some(if negative && !decimal.is_zero() { -decimal } else { decimal })
}

/// Whether a number is within the limit of digits.
pub fn is_within_digits(decimal: Decimal) -> bool {
    let decimal = decimal.normalize();
    let digits = decimal.mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    digits.max(decimal.scale() + 1) <= limits::DECIMAL_DIGITS
}

/// `mantissa · 10^exponent`, if it is within the limit of digits. The mantissa does not end in a zero.
fn written_out(mantissa: u128, exponent: i64) -> Option<Decimal> {
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    let (mantissa, scale) = match u32::try_from(exponent) {
        Ok(zeros) => (shifted(mantissa, zeros)?, 0),
        Err(_) => (mantissa, u32::try_from(-exponent).ok()?),
    };
    let decimal = Decimal::try_from_i128_with_scale(i128::try_from(mantissa).ok()?, scale).ok()?;
    is_within_digits(decimal).then_some(decimal)
}

fn shifted(mantissa: u128, places: u32) -> Option<u128> {
    mantissa.checked_mul(10_u128.checked_pow(places)?)
}

fn power_of(text: &str) -> i64 {
    let magnitude = text.trim_start_matches(['+', '-']).parse().unwrap_or(EXPONENT).min(EXPONENT);
    if text.starts_with('-') { -magnitude } else { magnitude }
}

/// The grammar of numbers in JSON.
fn is_number(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    let (number, power) = number.split_once(['e', 'E']).map_or((number, None), |(number, power)| (number, Some(power)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && power.is_none_or(|power| digits(power.strip_prefix(['+', '-']).unwrap_or(power)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.0", "0"),
            ("0e99999999999999999999", "0"),
            ("1.10", "1.1"),
            ("-12.5e1", "-125"),
            ("1e27", "1000000000000000000000000000"),
            ("1E-3", "0.001"),
            ("100e-2", "1"),
            ("0.10000000000000000000000000000000000000000000", "0.1"),
            ("1234567890123456789012345678", "1234567890123456789012345678"),
            ("0.123456789012345678901234567", "0.123456789012345678901234567"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_more_than_28_digits_are_refused() {
        for text in [
            "1e28",
            "1e400",
            "1e-28",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "12345678901234567890123456789",
            "0.1234567890123456789012345678",
            "123456789012345.12345678901234",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_json_does_not_write_is_no_number() {
        for text in ["", "-", "+1", "01", "1.", ".1", "1e", "1e+", "1_000", "0x1", "Infinity", "1,5", " 1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
