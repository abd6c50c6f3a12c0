//! Changes of rows that become signals, and of the whole tables.

use roost_collections::DeclaredSignal;
use roost_engine::{Key, Signals};

use crate::wal::convert::{BusyRow, Converted};

/// A change of one row, by its key, or of all rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowChange<T> {
    Put(Key, T),
    Remove(Key),
    Clear,
}

/// A change of a table that signals are read from. It takes effect at the end of its transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SignalChange {
    /// Of landlords, whose rows are the signals of owners.
    Landlords(RowChange<Signals>),
    /// Of a signal of days, each row by its own key.
    Days(DeclaredSignal, RowChange<BusyRow>),
    /// Of a signal of numbers, each row by the key of its document.
    Numbers(DeclaredSignal, RowChange<f64>),
}

impl SignalChange {
    /// The change by a converted row; `None` by a row that becomes a document.
    pub(crate) fn of(converted: Converted) -> Option<SignalChange> {
        Some(match converted {
            Converted::Document(..) => return None,
            Converted::Signals(key, signals) => {
                SignalChange::Landlords(RowChange::Put(key, signals))
            }
            Converted::Days(signal, key, Some(row)) => {
                SignalChange::Days(signal, RowChange::Put(key, row))
            }
            Converted::Days(signal, key, None) => {
                SignalChange::Days(signal, RowChange::Remove(key))
            }
            Converted::Number(signal, key, number) => {
                SignalChange::Numbers(signal, RowChange::Put(key, number))
            }
        })
    }

    /// The change that removes the values of all rows of a signal.
    pub(crate) fn clear(signal: DeclaredSignal) -> SignalChange {
        SignalChange::of_signal(signal, RowChange::Clear, RowChange::Clear)
    }

    /// The change that removes the value of a row of a signal.
    pub(crate) fn remove(signal: DeclaredSignal, key: Key) -> SignalChange {
        SignalChange::of_signal(signal, RowChange::Remove(key), RowChange::Remove(key))
    }

    fn of_signal(
        signal: DeclaredSignal,
        days: RowChange<BusyRow>,
        numbers: RowChange<f64>,
    ) -> SignalChange {
        match signal.declaration.is_of_days() {
            true => SignalChange::Days(signal, days),
            false => SignalChange::Numbers(signal, numbers),
        }
    }
}
