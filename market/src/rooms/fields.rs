//! The fields of a room that a landlord writes, with the values that each accepts.
//!
//! They mirror the constraints of the table `rooms`, so that an error names field, value and what
//! was expected. The names of amenities and room types are left to those constraints alone.

use crate::action::error::ActionError;
use crate::fields::text::lines;
use crate::fields::{AMOUNT_MAX, Code, Line, Whole, hundredths};

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

/// The largest price.
pub const PRICE_MAX: f64 = AMOUNT_MAX;

/// Checks a description, which may have several lines.
pub(super) fn description(text: String) -> Result<String, ActionError> {
    lines("description", text, DESCRIPTION_CHARS_MAX)
}

/// Checks a price in units of its currency, and returns it in hundredths.
pub(super) fn price(price: f64) -> Result<i64, ActionError> {
    hundredths(price).ok_or_else(|| ActionError::invalid("price", price, PRICE_EXPECTED))
}
