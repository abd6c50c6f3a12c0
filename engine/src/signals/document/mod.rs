//! Signals of documents: values by document key in memory, which change without a commit and are
//! read without a lock.
//!
//! Every kind of signal is stored in the same way, in a [`DocumentTable`]. A [`Signal`] says what
//! the values of a kind are, and what a tree node knows of those below it.

mod days;
mod numbers;
mod signal;
mod table;

use std::sync::Arc;

pub use days::BusyDays;
pub(crate) use days::{DayTable, Days};
pub use numbers::NumberChange;
pub(crate) use numbers::Numbers;
pub(crate) use signal::{AtomicCell, Signal};
pub(crate) use table::{DocumentTable, Row};

use crate::schema::{Collection, SignalKind};

/// The signals of the documents of one collection, as its schema declares them.
#[derive(Debug)]
pub(crate) struct DocumentSignals {
    days: Option<DayTable>,
    /// In the order of the schema.
    numbers: Vec<Arc<DocumentTable<Numbers>>>,
}

impl DocumentSignals {
    pub(crate) fn of(collection: Collection) -> DocumentSignals {
        let numbers = collection
            .signals()
            .iter()
            .filter_map(|it| match it.kind() {
                SignalKind::Days => None,
                SignalKind::Number { default } => Some(Arc::new(DocumentTable::new(default))),
            });
        DocumentSignals {
            days: collection.days().map(|_| DayTable::new()),
            numbers: numbers.collect(),
        }
    }

    /// The busy days; `None` if the schema declares none.
    pub(crate) fn days(&self) -> Option<&DayTable> {
        self.days.as_ref()
    }

    /// The numbers, in the order of the schema.
    pub(crate) fn numbers(&self) -> &[Arc<DocumentTable<Numbers>>] {
        &self.numbers
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let days = self.days.iter().map(DayTable::memory_bytes);
        let numbers = self.numbers.iter().map(|numbers| numbers.memory_bytes());
        days.chain(numbers).sum()
    }
}
