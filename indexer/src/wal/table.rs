//! The followed tables, and the columns that are read from each.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use roost_collections::{Declared, DeclaredSignal, FieldDeclaration, Source, declared};
use roost_engine::Collection;

use super::identifier::{identifier, table_identifier};

/// A table that the index follows. Cheap to copy; two tables are the same if they have the same
/// name.
#[derive(Clone, Copy)]
pub struct Table(&'static Description);

struct Description {
    name: &'static str,
    target: Target,
    columns: Vec<Column>,
}

/// Where the rows of a table go. A new target does not compile until every change handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Each row becomes a document.
    Documents(Declared),
    /// Each row becomes the signals of an owner, in memory.
    LandlordSignals,
    /// Each row becomes a part of a signal of a document, in memory.
    DocumentSignal(DeclaredSignal),
}

/// A column that is read from a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its index in [`Table::columns`], and among the values of each [`Row`](super::row::Row).
    pub(crate) index: usize,
    pub(crate) name: &'static str,
}

impl Column {
    /// The name as SQL.
    pub(crate) fn sql(self) -> String {
        identifier(self.name)
    }
}

/// The tables that an index follows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tables(Arc<[Table]>);

/// Declares the columns of a table as constants, so that code refers to a column by its index and
/// a misspelt column does not compile. The catalog check at the start of each session verifies that
/// the database has a column of each name.
macro_rules! columns {
    ($module:ident: $($column:ident = $name:expr,)*) => {
        pub(crate) mod $module {
            use super::Column;

            #[allow(
                non_camel_case_types,
                clippy::upper_case_acronyms,
                reason = "the variants are the names of the constants"
            )]
            enum Index {
                $($column,)*
            }

            $(pub(crate) const $column: Column = Column {
                index: Index::$column as usize,
                name: $name,
            };)*

            pub(super) const ALL: &[Column] = &[$($column,)*];
        }
    };
}

columns! {
    landlords:
    ID = "id",
    TOTAL_CAPACITY = "total_capacity",
    ACTIVE_CONTRACTS = "active_contracts",
    IS_AVAILABLE = "is_available",
    LAST_ACTIVE_AT = "last_active_at",
    ACCEPTANCE_RATE = "acceptance_rate",
    RESPONSE_TIME_S_AVERAGE = "response_time_s_average",
}

static LANDLORDS: LazyLock<Description> = LazyLock::new(|| Description {
    name: "landlords",
    target: Target::LandlordSignals,
    columns: landlords::ALL.to_vec(),
});

impl Target {
    /// Whether the rows are kept in memory only, so that every session loads them at its start.
    pub(crate) fn is_in_memory(self) -> bool {
        match self {
            Target::Documents(_) => false,
            Target::LandlordSignals | Target::DocumentSignal(_) => true,
        }
    }
}

impl Table {
    /// The table of landlords, whose rows become signals.
    pub fn landlords() -> Table {
        Table(&LANDLORDS)
    }

    /// The table of a collection.
    fn of_documents(declared: Declared) -> Table {
        let declaration = declared.declaration;
        let columns = declaration.columns().map(|(_, column)| column);
        Table::new(declaration.table, Target::Documents(declared), columns)
    }

    /// The table of a signal of documents.
    fn of_signal(signal: DeclaredSignal) -> Table {
        let fields = signal.declaration.fields();
        let columns = fields.iter().flat_map(FieldDeclaration::columns);
        let target = Target::DocumentSignal(signal);
        Table::new(signal.declaration.table, target, columns)
    }

    /// A table whose description stays in memory until the program ends.
    fn new(
        name: &'static str,
        target: Target,
        columns: impl Iterator<Item = &'static str>,
    ) -> Table {
        let columns = columns.enumerate();
        Table(Box::leak(Box::new(Description {
            name,
            target,
            columns: columns
                .map(|(index, name)| Column { index, name })
                .collect(),
        })))
    }

    /// The table's name as it is declared: in the database, and possibly with its schema before it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The name as SQL.
    pub(crate) fn sql(self) -> String {
        table_identifier(self.name())
    }

    /// What an operator can do about a table or column that is missing: `change` the table, if its
    /// collection is configured.
    pub(crate) fn remedy(self, change: &str) -> String {
        match self.0.target {
            Target::Documents(configured) if !declared().contains(&configured) => format!(
                "{change}, or correct collection {} in the configuration",
                configured.declaration.name
            ),
            _ => "run `roost migrate`".to_owned(),
        }
    }

    /// Where the table's rows go.
    pub fn target(self) -> Target {
        self.0.target
    }

    /// The columns that are read, the key first. The table may have others.
    pub(crate) fn columns(self) -> &'static [Column] {
        &self.0.columns
    }

    /// The column with the key of each row.
    pub(crate) fn key(self) -> Column {
        self.0.columns[0]
    }

    /// The fields that are declared for the columns, each with its column; none if the columns are
    /// constants.
    pub(crate) fn fields(self) -> Vec<(FieldDeclaration, Column)> {
        let fields = match self.0.target {
            Target::Documents(declared) => declared.declaration.fields.to_vec(),
            Target::DocumentSignal(signal) => signal.declaration.fields(),
            Target::LandlordSignals => Vec::new(),
        };
        let fields = fields.into_iter();
        let by_column = fields.flat_map(|field| field.columns().map(move |_| field));
        by_column.zip(self.0.columns.iter().copied()).collect()
    }

    /// The column with the places of documents.
    pub(crate) fn place(self) -> Option<Column> {
        let Target::Documents(declared) = self.0.target else {
            return None;
        };
        let columns = declared.declaration.columns().zip(&self.0.columns);
        let mut places = columns.filter(|((field, _), _)| field.source == Source::Place);
        places.next().map(|(_, column)| *column)
    }

    /// The statement that copies the columns of the rows that `clause` selects. COPY writes the
    /// same text format as the stream, so rows of both are converted by the same code.
    pub(crate) fn copy_statement(self, clause: &str) -> String {
        let columns: Vec<String> = self.columns().iter().map(|column| column.sql()).collect();
        format!(
            "COPY (SELECT {} FROM {} {clause}) TO STDOUT",
            columns.join(", "),
            self.sql()
        )
    }
}

impl Tables {
    /// The tables of some collections, in their order, and those that are kept in memory: of
    /// landlords, and of the signals of documents. Call it once, since the descriptions of tables
    /// stay in memory until the program ends.
    pub fn of(collections: &[Declared]) -> Tables {
        let documents = collections.iter().map(|&it| Table::of_documents(it));
        let signals = collections.iter().flat_map(|it| it.signals());
        let in_memory = std::iter::once(Table::landlords()).chain(signals.map(Table::of_signal));
        Tables(documents.chain(in_memory).collect())
    }

    /// The tables of the collections that are always indexed.
    pub fn built_in() -> Tables {
        static BUILT_IN: LazyLock<Tables> = LazyLock::new(|| Tables::of(&declared()));
        BUILT_IN.clone()
    }

    /// Every table.
    pub fn iter(&self) -> impl Iterator<Item = Table> {
        self.0.iter().copied()
    }

    /// The tables whose rows become documents, each with its collection.
    pub(crate) fn of_documents(&self) -> impl DoubleEndedIterator<Item = (Table, Collection)> {
        self.0.iter().filter_map(|&table| match table.target() {
            Target::Documents(declared) => Some((table, declared.collection)),
            Target::LandlordSignals | Target::DocumentSignal(_) => None,
        })
    }

    /// The tables whose rows are kept in memory.
    pub(crate) fn in_memory(&self) -> impl Iterator<Item = Table> {
        self.iter().filter(|table| table.target().is_in_memory())
    }

    /// The signals of documents.
    pub(crate) fn signals(&self) -> impl Iterator<Item = DeclaredSignal> {
        self.iter().filter_map(|table| match table.target() {
            Target::DocumentSignal(signal) => Some(signal),
            Target::Documents(_) | Target::LandlordSignals => None,
        })
    }

    /// The table with that name; `None` if it is not followed.
    pub(crate) fn named(&self, name: &str) -> Option<Table> {
        self.iter().find(|table| table.name() == name)
    }

    /// The names of all tables as SQL, separated by commas.
    pub(crate) fn sql(&self) -> String {
        let names: Vec<String> = self.iter().map(Table::sql).collect();
        names.join(", ")
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Table {}

impl Hash for Table {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.name().hash(hasher);
    }
}

impl PartialOrd for Table {
    fn partial_cmp(&self, other: &Table) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Table {
    fn cmp(&self, other: &Table) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_stands_at_its_index_with_the_key_first() {
        for table in Tables::built_in().iter() {
            let columns = table.columns();
            assert_eq!(table.key(), columns[0]);
            for (index, column) in columns.iter().enumerate() {
                assert_eq!(column.index, index, "{table:?} {column:?}");
            }
        }
    }

    #[test]
    fn a_table_of_documents_has_one_column_of_places() {
        for (table, _) in Tables::built_in().of_documents() {
            assert_eq!(table.place().unwrap().name, "location");
        }
        assert_eq!(Table::landlords().place(), None);
    }

    #[test]
    fn a_table_of_a_signal_has_the_declared_columns() {
        let names = |table: &str| {
            let table = Tables::built_in().named(table).unwrap();
            let columns = table.columns().iter();
            columns.map(|column| column.name).collect::<Vec<_>>()
        };
        let bookings = ["id", "room_id", "check_in", "check_out", "status"];
        assert_eq!(names("bookings"), bookings);
        assert_eq!(names("request_exposure"), ["request_id", "drawn"]);
    }
}
