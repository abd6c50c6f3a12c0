//! Signals of documents: values by document key in memory, which change without a commit and are
//! read without a lock.
//!
//! Every kind of signal is stored in the same way, in a [`DocumentTable`]. A [`Signal`] says what
//! the values of a kind are, and what a tree node knows of those below it.

mod days;
mod signal;
mod table;

pub use days::BusyDays;
pub(crate) use days::{DayTable, Days};
pub(crate) use signal::{AtomicCell, Signal};
pub(crate) use table::{DocumentTable, Row};

use crate::schema::Collection;

/// The signals of the documents of one collection, as its schema declares them.
#[derive(Debug)]
pub(crate) struct DocumentSignals {
    days: Option<DayTable>,
}

impl DocumentSignals {
    pub(crate) fn of(collection: Collection) -> DocumentSignals {
        DocumentSignals {
            days: collection.days().map(|_| DayTable::new()),
        }
    }

    /// The busy days; `None` if the schema declares none.
    pub(crate) fn days(&self) -> Option<&DayTable> {
        self.days.as_ref()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.days.iter().map(DayTable::memory_bytes).sum()
    }
}
