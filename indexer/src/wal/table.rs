//! Which tables are followed, and which of their columns?

use roost_engine::{Collection, Key};

use super::pgoutput::{Field, Tuple};

/// A table that the index follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Each row a document of [`Collection::Rooms`].
    Rooms,
    /// Each row a document of [`Collection::Venues`].
    ExamVenues,
    /// Each row an owner's signals.
    Landlords,
    /// Each row the nights that are taken of a room.
    Bookings,
}

/// Where the rows of a table go. A new target does not compile until every change handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Each row becomes a document.
    Documents(Collection),
    /// Each row becomes the signals of an owner, in memory.
    LandlordSignals,
    /// Each row reserves nights of a room, in memory.
    BookedNights,
}

impl Table {
    /// Every table that is followed.
    pub const ALL: [Table; 4] = [
        Table::Rooms,
        Table::ExamVenues,
        Table::Landlords,
        Table::Bookings,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Table::Rooms => "rooms",
            Table::ExamVenues => "exam_venues",
            Table::Landlords => "landlords",
            Table::Bookings => "bookings",
        }
    }

    /// The table of that name; `None` if it is not followed.
    pub(crate) fn named(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Where its rows go.
    pub fn target(self) -> Target {
        match self {
            Table::Rooms => Target::Documents(Collection::Rooms),
            Table::ExamVenues => Target::Documents(Collection::Venues),
            Table::Landlords => Target::LandlordSignals,
            Table::Bookings => Target::BookedNights,
        }
    }

    /// The table that a collection's documents come from.
    pub(crate) fn of(collection: Collection) -> Table {
        match collection {
            Collection::Rooms => Table::Rooms,
            Collection::Venues => Table::ExamVenues,
        }
    }

    /// The columns that are read, the key first. Others may come and go.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Rooms => &[
                KEY,
                "landlord_id",
                "title",
                "description",
                "address",
                "locality",
                "city",
                "postal_code",
                "country_code",
                "location",
                "price",
                "currency",
                "occupancy",
                "room_type",
                "amenities",
                "minimum_nights",
                "rating_average",
                "review_count",
                "status",
                "verified_at",
            ],
            Table::ExamVenues => &[
                KEY,
                "university_id",
                "name",
                "aliases",
                "kind",
                "address",
                "city",
                "state",
                "postal_code",
                "country_code",
                "location",
                "seats",
            ],
            Table::Landlords => &[
                KEY,
                "total_capacity",
                "active_contracts",
                "is_available",
                "last_active_at",
                "acceptance_rate",
                "response_time_s_average",
            ],
            Table::Bookings => &[KEY, "room_id", "check_in", "check_out", "status"],
        }
    }

    /// The statement that copies the read columns of the rows that `clause` selects, in the same
    /// text format that the stream has, so that there is one way only to convert a row.
    pub(crate) fn copy_statement(self, clause: &str) -> String {
        let columns = self.columns().join(", ");
        format!(
            "COPY (SELECT {columns} FROM {} {clause}) TO STDOUT",
            self.name()
        )
    }
}

/// Every followed table's primary key.
pub(crate) const KEY: &str = "id";

/// A row's read columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: Table,
    /// In the order of [`Table::columns`].
    pub(crate) values: Vec<Value>,
}

/// The value of a column in its type's text format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    /// Left as it was by an update, and not sent again.
    Unchanged,
    Text(String),
}

/// A row, or a value in it, that the index cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table} {key}: column {column} {reason}: {value:?}")]
pub struct RowError {
    /// Name of the table.
    pub table: &'static str,
    /// The row's key as text.
    pub key: String,
    /// Name of the column.
    pub column: &'static str,
    /// The value, cut where it is long.
    pub value: String,
    /// What is wrong with the value.
    pub reason: String,
}

/// Where the read columns stand among a relation's columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Projection {
    pub(crate) table: Table,
    places: Vec<usize>,
}

impl Row {
    /// The text of the key column, empty if there is none.
    pub(crate) fn key_text(&self) -> &str {
        match self.values.first() {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The row's key.
    pub(crate) fn key(&self) -> Result<Key, RowError> {
        let text = self.key_text();
        text.parse()
            .map_err(|error| self.error(KEY, text, format!("is not a UUID ({error})")))
    }

    /// The columns that were not sent.
    pub(crate) fn unchanged(&self) -> impl Iterator<Item = &'static str> {
        let named = self.table.columns().iter().zip(&self.values);
        named
            .filter(|(_, value)| **value == Value::Unchanged)
            .map(|(&name, _)| name)
    }

    /// Fills in what was not sent: for each column `source` tells its value, if it knows it.
    pub(crate) fn fill(&mut self, mut source: impl FnMut(usize, &'static str) -> Option<Value>) {
        for (at, value) in self.values.iter_mut().enumerate() {
            if *value == Value::Unchanged
                && let Some(&name) = self.table.columns().get(at)
                && let Some(known) = source(at, name)
            {
                *value = known;
            }
        }
    }

    pub(crate) fn error(&self, column: &'static str, value: &str, reason: String) -> RowError {
        row_error(self.table, self.key_text(), column, value, reason)
    }
}

impl Projection {
    /// Finds the read columns by name; names the one that is missing.
    pub(crate) fn new<'n>(
        table: Table,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Result<Projection, &'static str> {
        let place = |&column: &&'static str| {
            let mut names = names.clone();
            names.position(|name| name == column).ok_or(column)
        };
        let places = table
            .columns()
            .iter()
            .map(place)
            .collect::<Result<_, _>>()?;
        Ok(Projection { table, places })
    }

    /// The read columns of a tuple; those that it lacks count as NULL.
    pub(crate) fn row(&self, tuple: &Tuple<'_>) -> Result<Row, RowError> {
        let mut values = Vec::with_capacity(self.places.len());
        for (&place, &column) in self.places.iter().zip(self.table.columns()) {
            values.push(match tuple.0.get(place) {
                None | Some(Field::Null) => Value::Null,
                Some(Field::Unchanged) => Value::Unchanged,
                Some(Field::Text(bytes)) => match str::from_utf8(bytes) {
                    Ok(text) => Value::Text(text.to_owned()),
                    Err(error) => {
                        let row = Row {
                            table: self.table,
                            values,
                        };
                        let shown = String::from_utf8_lossy(bytes);
                        return Err(row.error(column, &shown, format!("is not UTF-8 ({error})")));
                    }
                },
            });
        }
        Ok(Row {
            table: self.table,
            values,
        })
    }
}

/// An error that shows a value without letting it flood the log; a reason may hold a value too.
pub(crate) fn row_error(
    table: Table,
    key: &str,
    column: &'static str,
    value: &str,
    reason: String,
) -> RowError {
    RowError {
        table: table.name(),
        key: cut(key, 80),
        column,
        value: cut(value, 80),
        reason: cut(&reason, 400),
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        let mut names = Table::Landlords.columns().to_vec();
        names.reverse();
        names.insert(0, "user_id");
        let projection = Projection::new(Table::Landlords, names.iter().copied()).unwrap();
        let mut fields = vec![Field::Null; names.len()];
        fields[names.len() - 1] = Field::Text(b"0190");
        fields[1] = Field::Unchanged;
        let row = projection.row(&Tuple(fields)).unwrap();
        assert_eq!(row.key_text(), "0190");
        assert_eq!(row.values[6], Value::Unchanged);
        assert_eq!(
            row.unchanged().collect::<Vec<_>>(),
            ["response_time_s_average"]
        );
    }

    #[test]
    fn a_column_that_is_gone_is_named() {
        let names = ["id", "total_capacity", "is_available"];
        let missing = Projection::new(Table::Landlords, names.into_iter());
        assert_eq!(missing, Err("active_contracts"));
    }

    #[test]
    fn a_text_that_is_not_utf8_is_an_error_of_its_column() {
        let names = Table::ExamVenues.columns().iter().copied();
        let projection = Projection::new(Table::ExamVenues, names).unwrap();
        let fields = vec![Field::Text(b"7"), Field::Null, Field::Text(b"caf\xe9")];
        let error = projection.row(&Tuple(fields)).unwrap_err();
        assert_eq!((error.key.as_str(), error.column), ("7", "name"));
    }
}
