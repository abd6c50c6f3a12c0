//! Amounts of money.

/// The largest amount of a column `numeric(12, 2)`.
pub const AMOUNT_MAX: f64 = 9_999_999_999.99;

/// The same in hundredths.
const HUNDREDTHS_MAX: f64 = 999_999_999_999.0;

/// An amount in hundredths of its currency; `None` for a negative one, one with more than two
/// decimals, and one that is too large for its column.
pub(crate) fn hundredths(amount: f64) -> Option<i64> {
    let hundredths = (amount * 100.0).round();
    // Both are then the nearest number to the same decimal fraction.
    let has_two_decimals = hundredths / 100.0 == amount;
    if has_two_decimals && (0.0..=HUNDREDTHS_MAX).contains(&hundredths) && amount >= 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers of this range are exact"
        )]
        return Some(hundredths as i64);
    }
    None
}

/// An amount in units of its currency.
#[expect(
    clippy::cast_precision_loss,
    reason = "the column has twelve digits, which a number has exactly"
)]
pub fn in_units(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_at_most_two_decimals_and_fits_its_column() {
        for (amount, expected) in [
            (0.0, 0),
            (0.01, 1),
            (0.29, 29),
            (850.0, 85_000),
            (1234.56, 123_456),
            (4_560_061_503.81, 456_006_150_381),
            (AMOUNT_MAX, 999_999_999_999),
        ] {
            assert_eq!(hundredths(amount), Some(expected));
            assert_eq!(in_units(expected), amount);
        }
        for bad in [
            -0.01,
            0.001,
            850.005,
            850.000_000_1,
            4_560_061_503.814_871,
            1e10,
            1e300,
            f64::NAN,
        ] {
            assert_eq!(hundredths(bad), None, "{bad}");
        }
    }
}
