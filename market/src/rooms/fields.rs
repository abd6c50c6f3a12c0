//! The fields of a room that a landlord writes, with the values that each accepts.
//!
//! They mirror the constraints of the table `rooms`, so that an error names field, value and what
//! was expected. The names of amenities and room types are left to those constraints alone.

use crate::action::error::ActionError;
use crate::text;

/// One line of text.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The name of the field.
    pub name: &'static str,
    /// The minimum length in characters.
    pub chars_min: usize,
    /// The maximum length in characters.
    pub chars_max: usize,
}

/// A code of capital characters, such as `IN`.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The name of the field.
    pub name: &'static str,
    /// Its length in characters.
    pub chars: usize,
    /// What it accepts, for an error.
    pub expected: &'static str,
}

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// The name of the field.
    pub name: &'static str,
    /// The smallest value.
    pub min: i32,
    /// The largest value.
    pub max: i32,
}

/// A latitude or longitude in degrees.
#[derive(Clone, Copy, Debug)]
pub struct Degrees {
    /// The name of the field.
    pub name: &'static str,
    /// Its largest absolute value.
    pub max: f64,
}

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
/// The country.
pub const COUNTRY_CODE: Code = Code {
    name: "country_code",
    chars: 2,
    expected: "a code of ISO 3166 such as IN",
};
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
/// Degrees north.
pub const LAT: Degrees = Degrees {
    name: "location.lat",
    max: 90.0,
};
/// Degrees east.
pub const LNG: Degrees = Degrees {
    name: "location.lng",
    max: 180.0,
};

/// What a description is.
pub const DESCRIPTION_EXPECTED: &str = "a text of at most 20000 characters";
/// What a price is.
pub const PRICE_EXPECTED: &str =
    "a number from 0 to 9999999999.99 with at most two decimals, or null if it is unknown";

const DESCRIPTION_CHARS_MAX: usize = 20_000;

/// The largest price in hundredths, as in the column, `numeric(12, 2)`.
const PRICE_HUNDREDTHS_MAX: f64 = 999_999_999_999.0;

impl Line {
    const fn new(name: &'static str, chars_min: usize, chars_max: usize) -> Self {
        Self {
            name,
            chars_min,
            chars_max,
        }
    }

    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!(
            "a line of {} to {} characters",
            self.chars_min, self.chars_max
        )
    }

    pub(super) fn check(&self, text: &str) -> Result<String, ActionError> {
        text::line(self.name, text, self.chars_min..=self.chars_max)
    }
}

impl Code {
    pub(super) fn check(&self, code: String) -> Result<String, ActionError> {
        let is_code = code.len() == self.chars && code.bytes().all(|c| c.is_ascii_uppercase());
        if is_code {
            return Ok(code);
        }
        Err(ActionError::invalid(self.name, code, self.expected))
    }
}

impl Whole {
    const fn new(name: &'static str, min: i32, max: i32) -> Self {
        Self { name, min, max }
    }

    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.min, self.max)
    }

    pub(super) fn check<T: TryFrom<i64>>(&self, number: i64) -> Result<T, ActionError> {
        let in_range = (i64::from(self.min)..=i64::from(self.max)).contains(&number);
        let number_of_column = T::try_from(number).ok().filter(|_| in_range);
        number_of_column.ok_or_else(|| ActionError::invalid(self.name, number, self.expected()))
    }
}

impl Degrees {
    /// What it accepts, for an error.
    pub fn expected(&self) -> String {
        format!("a number of degrees from -{} to {}", self.max, self.max)
    }

    pub(super) fn check(&self, degrees: f64) -> Result<f64, ActionError> {
        if degrees.abs() <= self.max {
            return Ok(degrees);
        }
        Err(ActionError::invalid(self.name, degrees, self.expected()))
    }
}

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
    // The nearest number to a decimal fraction is off by less than that.
    let has_two_decimals = (price * 100.0 - hundredths).abs() <= 1e-9 * hundredths.max(1.0);
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
            (9_999_999_999.99, 999_999_999_999),
        ] {
            assert_eq!(price(price_in_units).unwrap(), hundredths);
        }
        for bad in [-0.01, 0.001, 850.005, 1e10, 1e300] {
            let error = price(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("price must be a number from 0"),
                "{error}"
            );
        }
    }

    #[test]
    fn codes_whole_numbers_and_degrees_are_checked_against_their_range() {
        assert_eq!(COUNTRY_CODE.check("IN".to_owned()).unwrap(), "IN");
        for bad in ["in", "IND", "", "ÄÖ", "I1"] {
            assert!(COUNTRY_CODE.check(bad.to_owned()).is_err(), "{bad}");
        }
        assert_eq!(OCCUPANCY.check::<i16>(100).unwrap(), 100);
        for bad in [0, 101, -1, i64::MAX] {
            let error = OCCUPANCY.check::<i16>(bad).unwrap_err().to_string();
            let expected = format!("occupancy must be a whole number from 1 to 100, not \"{bad}\"");
            assert_eq!(error, expected);
        }
        assert!(LAT.check(-90.0).is_ok());
        for bad in [90.1, f64::NAN, f64::INFINITY] {
            assert!(LAT.check(bad).is_err(), "{bad}");
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
