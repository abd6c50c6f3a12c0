//! Converts a row into what the engine stores: a document, an owner's signals or a booking.

mod document;
mod values;

use roost_engine::{Collection, Date, DateRange, Document, Key, Signals};

pub(crate) use self::document::stored;
use self::values::{Values, uuid};
use super::literal;
use super::row::{Row, RowError};
use super::table::{Target, bookings, landlords};

/// The version of the conversion. A change makes nodes rebuild the indexes of older versions.
pub(crate) const CONVERSION: u32 = 4;

/// The result of converting a row.
#[derive(Debug)]
pub(crate) enum Converted {
    Document(Collection, Box<Document>),
    Signals(Key, Signals),
    /// `None` if the booking reserves no nights.
    Booking(Key, Option<Booking>),
}

/// A booking that reserves its nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) room: Key,
    pub(crate) stay: DateRange,
}

/// Converts a row that has all of its values.
pub(crate) fn convert(row: Row) -> Result<Converted, RowError> {
    let (table, key) = (row.table, row.key()?);
    let mut values = Values::new(row, key);
    Ok(match table.target() {
        Target::Documents(declared) => {
            let document = document::document(declared, &mut values)?;
            Converted::Document(declared.collection, Box::new(document))
        }
        Target::LandlordSignals => Converted::Signals(key, signals(&mut values)?),
        Target::BookedNights => Converted::Booking(key, booking(&mut values)?),
    })
}

fn signals(values: &mut Values) -> Result<Signals, RowError> {
    const HIGH_ACCEPTANCE_ABOVE: f64 = 0.8;
    const FAST_RESPONSE_BELOW_S: f64 = 3600.0;
    let accepted = values.parsed(landlords::ACCEPTANCE_RATE, not_negative)?;
    let response_s = values.parsed_or_null(landlords::RESPONSE_TIME_S_AVERAGE, not_negative)?;
    Ok(Signals {
        capacity_total: values.parsed(landlords::TOTAL_CAPACITY, whole)?,
        capacity_used: values.parsed(landlords::ACTIVE_CONTRACTS, whole)?,
        active_at_s: values.parsed(landlords::LAST_ACTIVE_AT, |text| {
            literal::seconds(text).ok_or_else(|| "is not a time in ISO format".to_owned())
        })?,
        high_acceptance: accepted > HIGH_ACCEPTANCE_ABOVE,
        fast_response: response_s.is_some_and(|seconds| seconds < FAST_RESPONSE_BELOW_S),
        available: values.parsed(landlords::IS_AVAILABLE, |text| {
            literal::boolean(text).ok_or_else(|| "is not t or f".to_owned())
        })?,
    })
}

fn booking(values: &mut Values) -> Result<Option<Booking>, RowError> {
    let room = values.parsed(bookings::ROOM_ID, uuid)?;
    let check_in = values.parsed(bookings::CHECK_IN, date)?;
    let stay = values.parsed(bookings::CHECK_OUT, |text| {
        DateRange::new(check_in, date(text)?)
            .map_err(|_| format!("is not after check_in, {check_in}"))
    })?;
    let reserves_nights = values.parsed(bookings::STATUS, |text| match text {
        "held" | "confirmed" => Ok(true),
        "cancelled" => Ok(false),
        _ => Err("is none of held, confirmed, cancelled".to_owned()),
    })?;
    Ok(reserves_nights.then_some(Booking { room, stay }))
}

fn date(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|_| "is not a date of the years 1 to 9999".to_owned())
}

fn not_negative(text: &str) -> Result<f64, String> {
    literal::number(text)
        .filter(|&number| number >= 0.0)
        .ok_or_else(|| "is not a finite number of at least 0".to_owned())
}

fn whole<N: TryFrom<u64>>(text: &str) -> Result<N, String> {
    let number = text.parse::<u64>().ok();
    number
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| "is not a whole number within the range of the index".to_owned())
}

#[cfg(test)]
mod tests;
