//! What does a row become in the index?

use std::collections::BTreeMap;

use roost_engine::{Category, Collection, Date, Document, Key, Signals, Status, Stay, Tags};

use super::ewkb;
use super::literal;
use super::table::{KEY, Row, RowError, Table, Value, row_error};

/// Changes when a row becomes something else than before, so that older indexes are made anew.
pub(crate) const CONVERSION: u32 = 3;

/// A booking that reserves its nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) room: Key,
    pub(crate) stay: Stay,
}

/// What a row becomes.
#[derive(Debug)]
pub(crate) enum Converted {
    Document(Collection, Box<Document>),
    Signals(Key, Signals),
    /// `None` if it takes no nights.
    Booking(Key, Option<Booking>),
}

/// Converts a row that has all of its values.
pub(crate) fn convert(row: Row) -> Result<Converted, RowError> {
    let key = row.key()?;
    let mut columns = Columns::new(row, key);
    Ok(match columns.table {
        Table::Rooms => Converted::Document(Collection::Rooms, Box::new(room(&mut columns)?)),
        Table::ExamVenues => {
            Converted::Document(Collection::Venues, Box::new(venue(&mut columns)?))
        }
        Table::Landlords => Converted::Signals(key, signals(&mut columns)?),
        Table::Bookings => Converted::Booking(key, booking(&mut columns)?),
    })
}

/// The value that a column had when the document was made of its row. It is known for every text
/// that Postgres may store out of line, and so may leave out of an update.
pub(crate) fn stored(document: &Document, table: Table, column: &str) -> Option<Value> {
    let text = |text: &String| Some(Value::Text(text.clone()));
    match (table, column) {
        (Table::Rooms, "title") | (Table::ExamVenues, "name") => text(&document.title),
        (Table::ExamVenues, "aliases") => {
            let aliases = document.aliases.iter().map(String::as_str);
            Some(Value::Text(literal::write_array(aliases)))
        }
        (Table::Rooms, "amenities") => {
            let tags = Collection::Rooms.tag_names(document.tags);
            Some(Value::Text(literal::write_array(tags)))
        }
        (Table::Rooms, "description") => text(&document.description),
        (_, "address") => text(&document.address),
        (Table::Rooms, "locality") => text(&document.locality),
        (_, "city") => text(&document.city),
        (_, "postal_code") | (Table::ExamVenues, "state") => {
            document.details.get(column).and_then(text)
        }
        _ => None,
    }
}

fn room(columns: &mut Columns) -> Result<Document, RowError> {
    let place = columns.parsed("location", |text| {
        ewkb::point(text).map_err(|e| e.to_string())
    })?;
    let details = [
        ("currency", columns.text("currency")?),
        ("postal_code", columns.text("postal_code")?),
        ("country_code", columns.text("country_code")?),
    ];
    Ok(Document {
        owner: Some(columns.parsed("landlord_id", uuid)?),
        status: columns.parsed("status", status)?,
        verified: columns.text_or_null("verified_at")?.is_some(),
        title: columns.text("title")?,
        description: columns.text("description")?,
        address: columns.text("address")?,
        locality: columns.text("locality")?,
        city: columns.text("city")?,
        category: columns.category("room_type", Collection::Rooms)?,
        tags: columns.parsed("amenities", tags)?,
        price: columns.parsed_or_null("price", not_negative)?,
        occupancy: columns.parsed("occupancy", whole)?,
        nights_min: columns.parsed("minimum_nights", whole)?,
        rating: columns.parsed_or_null("rating_average", not_negative)?,
        reviews: columns.parsed("review_count", whole)?,
        details: owned(details),
        ..Document::empty(columns.key, place)
    })
}

fn venue(columns: &mut Columns) -> Result<Document, RowError> {
    let place = columns.parsed("location", |text| {
        ewkb::point(text).map_err(|e| e.to_string())
    })?;
    let mut details = owned([
        ("state", columns.text("state")?),
        ("postal_code", columns.text("postal_code")?),
        ("country_code", columns.text("country_code")?),
    ]);
    for column in ["university_id", "seats"] {
        if let Some(text) = columns.text_or_null(column)? {
            details.insert(column.to_owned(), text);
        }
    }
    Ok(Document {
        title: columns.text("name")?,
        aliases: columns.parsed("aliases", texts)?,
        address: columns.text("address")?,
        city: columns.text("city")?,
        category: columns.category("kind", Collection::Venues)?,
        details,
        ..Document::empty(columns.key, place)
    })
}

fn signals(columns: &mut Columns) -> Result<Signals, RowError> {
    const ACCEPTS_MOST_ABOVE: f64 = 0.8;
    const ANSWERS_FAST_BELOW_S: f64 = 3600.0;
    let accepted = columns.parsed("acceptance_rate", not_negative)?;
    let response_s = columns.parsed_or_null("response_time_s_average", not_negative)?;
    Ok(Signals {
        capacity_total: columns.parsed("total_capacity", whole)?,
        capacity_used: columns.parsed("active_contracts", whole)?,
        active_at_s: columns.parsed("last_active_at", |text| {
            literal::seconds(text).ok_or_else(|| "is not a time in ISO format".to_owned())
        })?,
        high_acceptance: accepted > ACCEPTS_MOST_ABOVE,
        fast_response: response_s.is_some_and(|seconds| seconds < ANSWERS_FAST_BELOW_S),
        available: columns.parsed("is_available", |text| {
            literal::boolean(text).ok_or_else(|| "is not t or f".to_owned())
        })?,
    })
}

fn booking(columns: &mut Columns) -> Result<Option<Booking>, RowError> {
    let room = columns.parsed("room_id", uuid)?;
    let check_in = columns.parsed("check_in", date)?;
    let stay = columns.parsed("check_out", |text| {
        Stay::new(check_in, date(text)?).map_err(|_| format!("is not after check_in, {check_in}"))
    })?;
    let takes_nights = columns.parsed("status", |text| match text {
        "held" | "confirmed" => Ok(true),
        "cancelled" => Ok(false),
        _ => Err("is none of held, confirmed, cancelled".to_owned()),
    })?;
    Ok(takes_nights.then_some(Booking { room, stay }))
}

fn owned<const N: usize>(details: [(&str, String); N]) -> BTreeMap<String, String> {
    details.map(|(name, text)| (name.to_owned(), text)).into()
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
        .ok_or_else(|| "is not a whole number that the index can hold".to_owned())
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

/// A row's values by name; each is taken once.
struct Columns {
    table: Table,
    key: Key,
    values: Vec<Value>,
}

impl Columns {
    fn new(row: Row, key: Key) -> Columns {
        Columns {
            table: row.table,
            key,
            values: row.values,
        }
    }

    fn text_or_null(&mut self, column: &'static str) -> Result<Option<String>, RowError> {
        let names = self.table.columns();
        let at = names.iter().position(|&name| name == column);
        let value = at.and_then(|at| self.values.get_mut(at));
        match value.map(|value| std::mem::replace(value, Value::Null)) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Unchanged) => {
                let reason = "was not sent and is not known from before".to_owned();
                Err(self.error(column, "", reason))
            }
        }
    }

    fn text(&mut self, column: &'static str) -> Result<String, RowError> {
        let text = self.text_or_null(column)?;
        text.ok_or_else(|| self.error(column, "NULL", "must not be NULL".to_owned()))
    }

    fn parsed<T>(
        &mut self,
        column: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, RowError> {
        let text = self.text(column)?;
        parse(&text).map_err(|reason| self.error(column, &text, reason))
    }

    fn parsed_or_null<T>(
        &mut self,
        column: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, RowError> {
        let Some(text) = self.text_or_null(column)? else {
            return Ok(None);
        };
        let parsed = parse(&text).map_err(|reason| self.error(column, &text, reason))?;
        Ok(Some(parsed))
    }

    fn category(
        &mut self,
        column: &'static str,
        collection: Collection,
    ) -> Result<Category, RowError> {
        self.parsed(column, |text| {
            collection
                .category(text)
                .ok_or_else(|| format!("is none of {}", collection.categories().join(", ")))
        })
    }

    fn error(&self, column: &'static str, value: &str, reason: String) -> RowError {
        debug_assert_ne!(column, KEY);
        row_error(self.table, &self.key.to_string(), column, value, reason)
    }
}

#[cfg(test)]
mod tests;
