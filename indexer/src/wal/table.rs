//! The followed tables, and the columns that are read from each.

use roost_engine::Collection;

/// A table that the index follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Each row becomes a document of [`Collection::Rooms`].
    Rooms,
    /// Each row becomes a document of [`Collection::Venues`].
    ExamVenues,
    /// Each row becomes the signals of an owner.
    Landlords,
    /// Each row reserves nights of a room.
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

impl Target {
    /// Whether the rows are kept in memory only, so that every session loads them at its start.
    pub(crate) fn is_in_memory(self) -> bool {
        match self {
            Target::Documents(_) => false,
            Target::LandlordSignals | Target::BookedNights => true,
        }
    }
}

/// A column that is read from a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) table: Table,
    /// Its index in [`Table::columns`], and among the values of each [`Row`](super::row::Row).
    pub(crate) index: usize,
    pub(crate) name: &'static str,
}

/// The name of every followed table's primary key, which is also its first column.
pub(crate) const KEY: &str = "id";

/// Declares the columns of a table as constants, so that code refers to a column by its index and
/// a misspelt column does not compile. The catalog check at the start of each session verifies that
/// the database has a column of each name.
macro_rules! columns {
    ($module:ident: $table:expr, $($column:ident = $name:expr,)*) => {
        pub(crate) mod $module {
            use super::{Column, Table};

            #[allow(
                non_camel_case_types,
                clippy::upper_case_acronyms,
                reason = "the variants are the names of the constants"
            )]
            enum Index {
                $($column,)*
            }

            $(pub(crate) const $column: Column = Column {
                table: $table,
                index: Index::$column as usize,
                name: $name,
            };)*

            pub(super) const ALL: &[Column] = &[$($column,)*];
        }
    };
}

columns! {
    rooms: Table::Rooms,
    ID = super::KEY,
    LANDLORD_ID = "landlord_id",
    TITLE = "title",
    DESCRIPTION = "description",
    ADDRESS = "address",
    LOCALITY = "locality",
    CITY = "city",
    POSTAL_CODE = "postal_code",
    COUNTRY_CODE = "country_code",
    LOCATION = "location",
    PRICE = "price",
    CURRENCY = "currency",
    OCCUPANCY = "occupancy",
    ROOM_TYPE = "room_type",
    AMENITIES = "amenities",
    MINIMUM_NIGHTS = "minimum_nights",
    RATING_AVERAGE = "rating_average",
    REVIEW_COUNT = "review_count",
    STATUS = "status",
    VERIFIED_AT = "verified_at",
}

columns! {
    exam_venues: Table::ExamVenues,
    ID = super::KEY,
    UNIVERSITY_ID = "university_id",
    NAME = "name",
    ALIASES = "aliases",
    KIND = "kind",
    ADDRESS = "address",
    CITY = "city",
    STATE = "state",
    POSTAL_CODE = "postal_code",
    COUNTRY_CODE = "country_code",
    LOCATION = "location",
    SEATS = "seats",
}

columns! {
    landlords: Table::Landlords,
    ID = super::KEY,
    TOTAL_CAPACITY = "total_capacity",
    ACTIVE_CONTRACTS = "active_contracts",
    IS_AVAILABLE = "is_available",
    LAST_ACTIVE_AT = "last_active_at",
    ACCEPTANCE_RATE = "acceptance_rate",
    RESPONSE_TIME_S_AVERAGE = "response_time_s_average",
}

columns! {
    bookings: Table::Bookings,
    ID = super::KEY,
    ROOM_ID = "room_id",
    CHECK_IN = "check_in",
    CHECK_OUT = "check_out",
    STATUS = "status",
}

impl Table {
    /// Every table that is followed.
    pub const ALL: [Table; 4] = [
        Table::Rooms,
        Table::ExamVenues,
        Table::Landlords,
        Table::Bookings,
    ];

    /// The table's name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Table::Rooms => "rooms",
            Table::ExamVenues => "exam_venues",
            Table::Landlords => "landlords",
            Table::Bookings => "bookings",
        }
    }

    /// The table with that name; `None` if it is not followed.
    pub(crate) fn named(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The tables whose rows become documents.
    pub(crate) fn of_documents() -> Vec<Table> {
        let mut tables = Table::ALL.to_vec();
        tables.retain(|table| !table.target().is_in_memory());
        tables
    }

    /// The tables whose rows are kept in memory.
    pub(crate) fn in_memory() -> Vec<Table> {
        let mut tables = Table::ALL.to_vec();
        tables.retain(|table| table.target().is_in_memory());
        tables
    }

    /// Where the table's rows go.
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

    /// The columns that are read, the key first. The table may have others.
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Table::Rooms => rooms::ALL,
            Table::ExamVenues => exam_venues::ALL,
            Table::Landlords => landlords::ALL,
            Table::Bookings => bookings::ALL,
        }
    }

    /// The statement that copies the columns of the rows that `clause` selects. COPY writes the
    /// same text format as the stream, so rows of both are converted by the same code.
    pub(crate) fn copy_statement(self, clause: &str) -> String {
        let columns: Vec<&str> = self.columns().iter().map(|column| column.name).collect();
        format!(
            "COPY (SELECT {} FROM {} {clause}) TO STDOUT",
            columns.join(", "),
            self.name()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_stands_at_its_index_with_the_key_first() {
        for table in Table::ALL {
            let columns = table.columns();
            assert_eq!(columns[0].name, KEY);
            for (index, column) in columns.iter().enumerate() {
                assert_eq!((column.table, column.index), (table, index), "{column:?}");
            }
        }
    }
}
