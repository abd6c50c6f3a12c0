//! The fields of a room that a landlord writes, with the values that each accepts.
//!
//! They mirror the constraints of the table `rooms`, so that an error names field, value and what
//! was expected. The names of amenities and room types are left to those constraints alone.

use crate::action::error::ActionError;
use crate::fields::{Code, Line, Whole};

/// The title.
pub const TITLE: Line = Line::new("title", 1, 300);
/// Street and number.
pub const ADDRESS: Line = Line::new("address", 0, 500);
/// Neighbourhood.
pub const LOCALITY: Line = Line::new("locality", 0, 200);
/// Town or city.
pub const CITY: Line = Line::new("city", 0, 200);
/// The postal code.
pub const POSTAL_CODE: Line = Line::new("postal_code", 0, 20);
/// The currency of the price.
pub const CURRENCY: Code = Code {
    name: "currency",
    chars: 3,
    expected: "a code of ISO 4217 such as INR",
};
/// The number of people that the room accommodates.
pub const OCCUPANCY: Whole = Whole::new("occupancy", 1, 100);
/// The minimum stay in nights.
pub const MINIMUM_NIGHTS: Whole = Whole::new("minimum_nights", 1, 10_000);
/// The floor, 0 for the ground floor.
pub const FLOOR: Whole = Whole::new("floor", 0, 200);
/// What a description is.
pub const DESCRIPTION_EXPECTED: &str = "a text of at most 20000 characters";
/// What a price is.
pub const PRICE_EXPECTED: &str =
    "a number from 0 to 9999999999.99 with at most two decimals, or null if it is unknown";

/// The maximum length of a description in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 20_000;

/// The largest price, as in the column, `numeric(12, 2)`.
pub const PRICE_MAX: f64 = 9_999_999_999.99;

/// The same in hundredths.
const PRICE_HUNDREDTHS_MAX: f64 = 999_999_999_999.0;

/// Checks a description, which may have several lines.
pub(super) fn description(text: String) -> Result<String, ActionError> {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() <= DESCRIPTION_CHARS_MAX && text.chars().all(is_allowed) {
        return Ok(text);
    }
    let expected = "a text of at most 20000 characters, without control characters but line ends";
    Err(ActionError::invalid("description", text, expected))
}

/// Checks a price in units of its currency, and returns it in hundredths.
pub(super) fn price(price: f64) -> Result<i64, ActionError> {
    let hundredths = (price * 100.0).round();
    // Both are then the nearest number to the same decimal fraction.
    let has_two_decimals = hundredths / 100.0 == price;
    if has_two_decimals && (0.0..=PRICE_HUNDREDTHS_MAX).contains(&hundredths) && price >= 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers of this range are exact"
        )]
        return Ok(hundredths as i64);
    }
    Err(ActionError::invalid("price", price, PRICE_EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_at_most_two_decimals_and_fits_its_column() {
        for (price_in_units, hundredths) in [
            (0.0, 0),
            (0.01, 1),
            (0.29, 29),
            (850.0, 85_000),
            (1234.56, 123_456),
            (4_560_061_503.81, 456_006_150_381),
            (9_999_999_999.99, 999_999_999_999),
        ] {
            assert_eq!(price(price_in_units).unwrap(), hundredths);
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
            let error = price(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("price must be a number from 0"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_description_has_lines_but_no_other_control_characters() {
        assert!(description("Two\nlines\tand a tab\r\n".to_owned()).is_ok());
        assert!(description("a\0b".to_owned()).is_err());
        assert!(description("a".repeat(20_001)).is_err());
        assert!(description("ä".repeat(20_000)).is_ok());
    }
}
