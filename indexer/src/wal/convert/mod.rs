//! Converts a row into what the engine stores: a document, an owner's signals or a booking.

mod values;

use std::collections::BTreeMap;

use roost_engine::{Collection, Date, Document, Key, Signals, Status, Stay, Tags};

use self::values::Values;
use super::ewkb;
use super::literal;
use super::row::{Row, RowError, Value};
use super::table::{Column, Table, bookings, exam_venues, landlords, rooms};

/// The version of the conversion. A change makes nodes rebuild the indexes of older versions.
pub(crate) const CONVERSION: u32 = 3;

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
    pub(crate) stay: Stay,
}

/// Converts a row that has all of its values.
pub(crate) fn convert(row: Row) -> Result<Converted, RowError> {
    let (table, key) = (row.table, row.key()?);
    let mut values = Values::new(row, key);
    Ok(match table {
        Table::Rooms => Converted::Document(Collection::Rooms, Box::new(room(&mut values)?)),
        Table::ExamVenues => Converted::Document(Collection::Venues, Box::new(venue(&mut values)?)),
        Table::Landlords => Converted::Signals(key, signals(&mut values)?),
        Table::Bookings => Converted::Booking(key, booking(&mut values)?),
    })
}

/// The value that a column had when `document` was converted from its row. This covers every text
/// that Postgres may store out of line, and therefore may leave out of an update.
pub(crate) fn stored(document: &Document, column: Column) -> Option<Value> {
    let text = |text: &String| Some(Value::Text(text.clone()));
    match column {
        rooms::TITLE | exam_venues::NAME => text(&document.title),
        rooms::DESCRIPTION => text(&document.description),
        rooms::ADDRESS | exam_venues::ADDRESS => text(&document.address),
        rooms::LOCALITY => text(&document.locality),
        rooms::CITY | exam_venues::CITY => text(&document.city),
        rooms::POSTAL_CODE | exam_venues::POSTAL_CODE | exam_venues::STATE => {
            document.details.get(column.name).and_then(text)
        }
        rooms::AMENITIES => {
            let tags = Collection::Rooms.tag_names(document.tags);
            Some(Value::Text(literal::write_array(tags)))
        }
        exam_venues::ALIASES => {
            let aliases = document.aliases.iter().map(String::as_str);
            Some(Value::Text(literal::write_array(aliases)))
        }
        _ => None,
    }
}

fn room(values: &mut Values) -> Result<Document, RowError> {
    let place = values.parsed(rooms::LOCATION, |text| {
        ewkb::point(text).map_err(|e| e.to_string())
    })?;
    let shown = [rooms::CURRENCY, rooms::POSTAL_CODE, rooms::COUNTRY_CODE];
    let details = details(values, shown)?;
    Ok(Document {
        owner: Some(values.parsed(rooms::LANDLORD_ID, uuid)?),
        status: values.parsed(rooms::STATUS, status)?,
        verified: values.text_or_null(rooms::VERIFIED_AT)?.is_some(),
        title: values.text(rooms::TITLE)?,
        description: values.text(rooms::DESCRIPTION)?,
        address: values.text(rooms::ADDRESS)?,
        locality: values.text(rooms::LOCALITY)?,
        city: values.text(rooms::CITY)?,
        category: values.category(rooms::ROOM_TYPE, Collection::Rooms)?,
        tags: values.parsed(rooms::AMENITIES, tags)?,
        price: values.parsed_or_null(rooms::PRICE, not_negative)?,
        occupancy: values.parsed(rooms::OCCUPANCY, whole)?,
        nights_min: values.parsed(rooms::MINIMUM_NIGHTS, whole)?,
        rating: values.parsed_or_null(rooms::RATING_AVERAGE, not_negative)?,
        reviews: values.parsed(rooms::REVIEW_COUNT, whole)?,
        details,
        ..Document::empty(values.key, place)
    })
}

fn venue(values: &mut Values) -> Result<Document, RowError> {
    let place = values.parsed(exam_venues::LOCATION, |text| {
        ewkb::point(text).map_err(|e| e.to_string())
    })?;
    let shown = [
        exam_venues::STATE,
        exam_venues::POSTAL_CODE,
        exam_venues::COUNTRY_CODE,
    ];
    let mut details = details(values, shown)?;
    for column in [exam_venues::UNIVERSITY_ID, exam_venues::SEATS] {
        if let Some(text) = values.text_or_null(column)? {
            details.insert(column.name.to_owned(), text);
        }
    }
    Ok(Document {
        title: values.text(exam_venues::NAME)?,
        aliases: values.parsed(exam_venues::ALIASES, texts)?,
        address: values.text(exam_venues::ADDRESS)?,
        city: values.text(exam_venues::CITY)?,
        category: values.category(exam_venues::KIND, Collection::Venues)?,
        details,
        ..Document::empty(values.key, place)
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
        Stay::new(check_in, date(text)?).map_err(|_| format!("is not after check_in, {check_in}"))
    })?;
    let reserves_nights = values.parsed(bookings::STATUS, |text| match text {
        "held" | "confirmed" => Ok(true),
        "cancelled" => Ok(false),
        _ => Err("is none of held, confirmed, cancelled".to_owned()),
    })?;
    Ok(reserves_nights.then_some(Booking { room, stay }))
}

/// Texts that are returned with the document but neither searched nor filtered by.
fn details<const N: usize>(
    values: &mut Values,
    columns: [Column; N],
) -> Result<BTreeMap<String, String>, RowError> {
    let text = |column: Column| Ok((column.name.to_owned(), values.text(column)?));
    columns.into_iter().map(text).collect()
}

fn uuid(text: &str) -> Result<Key, String> {
    text.parse()
        .map_err(|error| format!("is not a UUID ({error})"))
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

fn texts(text: &str) -> Result<Vec<String>, String> {
    let elements = literal::array(text).ok_or("is not an array of one dimension")?;
    Ok(elements.into_iter().flatten().collect())
}

fn tags(text: &str) -> Result<Tags, String> {
    texts(text)?.iter().try_fold(Tags::NONE, |tags, name| {
        let tag = Collection::Rooms.tag(name);
        tag.map(|tag| tags.with(tag))
            .ok_or_else(|| format!("has the unknown amenity {name:?}"))
    })
}

fn status(text: &str) -> Result<Status, String> {
    let known = Collection::Rooms.statuses();
    Collection::Rooms
        .status(text)
        .ok_or_else(|| format!("is none of {}", known.join(", ")))
}

#[cfg(test)]
mod tests;
