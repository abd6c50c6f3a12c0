//! The declaration of a signal of documents: the table and columns that it is read from.

use roost_engine::{Collection, SignalId, SignalKind};

use crate::field::{FieldDeclaration, Source};

/// A signal of the documents of a collection: a value that changes without a commit of the index.
/// It comes from the rows of a table of its own, which need not be in any order with the documents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalDeclaration {
    /// Its name, in reports too.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// The column with the key of each row, a `uuid`.
    pub key_column: &'static str,
    /// How the rows become values of documents.
    pub source: SignalSource,
}

/// How the rows of a table become the values of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SignalSource {
    /// Each row makes consecutive days of a document busy. No two rows of a document that do so
    /// have a day in common.
    Days {
        /// The column with the key of the document, a `uuid`.
        document_column: &'static str,
        /// The column with the first day, a `date`.
        start_column: &'static str,
        /// The column with the day after the last one, a `date`.
        end_column: &'static str,
        /// The column with the status of the row, a text that is one of the statuses.
        status_column: &'static str,
        /// The statuses. A row with one of the first `busy_statuses` makes its days busy.
        statuses: &'static [&'static str],
        /// The number of statuses that make days busy.
        busy_statuses: usize,
    },
    /// The key of each row is that of a document, and the row has the number of that document. A
    /// document without a row has the default.
    Number {
        /// The column with the number, which is finite and at least 0.
        column: &'static str,
        /// The number of a document without a row.
        default: f64,
        /// The name of the score component that is the higher, the lower the number is; `None` if
        /// the score does not depend on it.
        exposure: Option<&'static str>,
    },
}

/// A signal with the collection of its documents. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredSignal {
    /// Where its values come from.
    pub declaration: &'static SignalDeclaration,
    /// The collection of the documents.
    pub collection: Collection,
    /// The signal in the schema of the collection.
    pub id: SignalId,
}

impl SignalDeclaration {
    /// The columns that are read, as fields of their names, the key first.
    pub fn fields(&self) -> Vec<FieldDeclaration> {
        let key = FieldDeclaration::new(self.key_column, Source::Key);
        match self.source {
            SignalSource::Days {
                document_column,
                start_column,
                end_column,
                status_column,
                statuses,
                ..
            } => vec![
                key,
                FieldDeclaration::new(document_column, Source::Key),
                FieldDeclaration::date_range(start_column, start_column, end_column),
                FieldDeclaration::new(status_column, Source::Category(statuses)),
            ],
            SignalSource::Number { column, .. } => {
                vec![key, FieldDeclaration::decimal(column, f64::MAX)]
            }
        }
    }

    /// Whether the signal is of days, and not of numbers.
    pub fn is_of_days(&self) -> bool {
        matches!(self.source, SignalSource::Days { .. })
    }

    /// The number of a document without a row; 0 for a signal of days.
    pub fn default_number(&self) -> f64 {
        match self.source {
            SignalSource::Number { default, .. } => default,
            SignalSource::Days { .. } => 0.0,
        }
    }

    /// The kind of the engine's signal.
    pub(crate) fn kind(&self) -> SignalKind {
        match self.source {
            SignalSource::Days { .. } => SignalKind::Days,
            SignalSource::Number { default, .. } => SignalKind::Number { default },
        }
    }
}

/// Two signals are the same if they have the same id in the same collection.
impl PartialEq for DeclaredSignal {
    fn eq(&self, other: &DeclaredSignal) -> bool {
        (self.collection, self.id) == (other.collection, other.id)
    }
}

impl Eq for DeclaredSignal {}
