//! What does a change do to the index?

use std::collections::HashSet;
use std::time::{Duration, Instant};

use roost_engine::{Checkpoint, Collection, Key, Position, Signals, StoreError, Writer};

use crate::convert::{Converted, convert};
use crate::landlords::Landlords;
use crate::status::Status;
use crate::table::{Row, RowError, Table};

/// The writing side of the index. It outlives every session with Postgres.
pub(crate) struct Applier {
    pub(crate) writer: Writer,
    pub(crate) status: Status,
    /// Whose signals are set.
    landlords: HashSet<Key>,
    /// Before this position the writer may hold what belongs to a later moment, so that a commit
    /// would show a mixture of two.
    hold_until: Position,
    /// When the first change after the last commit was applied.
    changed_at: Option<Instant>,
}

/// A change of signals, held back until its transaction is whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SignalChange {
    Set(Key, Signals),
    Remove(Key),
    Clear,
}

impl Applier {
    pub(crate) fn new(writer: Writer, status: Status) -> Applier {
        Applier {
            writer,
            status,
            landlords: HashSet::new(),
            hold_until: Position(0),
            changed_at: None,
        }
    }

    /// Applies a row as it is now. One that cannot be converted is removed, just as a first copy
    /// would leave it out, and reported.
    pub(crate) fn put(
        &mut self,
        row: Row,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        let (table, key) = (row.table, row.key());
        match convert(row) {
            Ok(Converted::Document(collection, document)) => {
                self.touch();
                self.writer.put(collection, *document)?;
            }
            Ok(Converted::Signals(key, found)) => signals.push(SignalChange::Set(key, found)),
            Err(error) => {
                self.refuse(error);
                if let Ok(key) = key {
                    self.remove(table, key, signals)?;
                }
            }
        }
        Ok(())
    }

    /// Removes what a row became.
    pub(crate) fn remove(
        &mut self,
        table: Table,
        key: Key,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        match table.collection() {
            Some(collection) => {
                self.touch();
                self.writer.delete(collection, key)?;
            }
            None => signals.push(SignalChange::Remove(key)),
        }
        Ok(())
    }

    /// Removes what all rows of a table became.
    pub(crate) fn truncate(
        &mut self,
        table: Table,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        match table.collection() {
            Some(collection) => {
                self.touch();
                self.writer.clear(collection)?;
            }
            None => signals.push(SignalChange::Clear),
        }
        Ok(())
    }

    /// Reports a row that the index cannot take.
    pub(crate) fn refuse(&mut self, error: RowError) {
        tracing::error!(
            table = error.table,
            key = error.key,
            column = error.column,
            value = error.value,
            reason = error.reason,
            "left out a row that cannot be converted"
        );
        self.status.update(|progress| {
            progress.rows_refused += 1;
            progress.row_refused = Some(error);
        });
    }

    /// Makes the changes of a whole transaction visible, at once.
    pub(crate) fn apply_signals(&mut self, changes: Vec<SignalChange>) {
        for change in changes {
            match change {
                SignalChange::Set(key, signals) => {
                    self.landlords.insert(key);
                    self.writer.set_signals(key, signals);
                }
                SignalChange::Remove(key) => {
                    self.landlords.remove(&key);
                    self.writer.remove_signals(key);
                }
                SignalChange::Clear => {
                    self.landlords.clear();
                    self.writer.clear_signals();
                }
            }
        }
    }

    /// Takes over the signals of all landlords. Those that are no longer there are forgotten one
    /// by one, so that no search sees the others without theirs.
    pub(crate) fn adopt(&mut self, landlords: Landlords) {
        let mut gone = std::mem::take(&mut self.landlords);
        for (key, signals) in landlords.signals {
            gone.remove(&key);
            self.landlords.insert(key);
            self.writer.set_signals(key, signals);
        }
        for key in gone {
            self.writer.remove_signals(key);
        }
        for error in landlords.refused {
            self.refuse(error);
        }
    }

    /// Goes back to the last commit, which may leave behind half of a transaction.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        self.hold_until = Position(0);
        self.changed_at = None;
        self.writer.rollback()
    }

    /// Drops every document with the next commit.
    pub(crate) fn clear(&mut self) -> Result<(), StoreError> {
        self.touch();
        Collection::ALL
            .into_iter()
            .try_for_each(|collection| self.writer.clear(collection))
    }

    /// Forbids commits before a position.
    pub(crate) fn hold(&mut self, until: Position) {
        self.hold_until = self.hold_until.max(until);
    }

    /// Whether the writer holds nothing that belongs to a moment after `position`.
    pub(crate) fn may_commit(&self, position: Position) -> bool {
        position >= self.hold_until
    }

    /// Whether there are changes that searches do not find yet.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed_at.is_some()
    }

    /// When the changes have waited long enough.
    pub(crate) fn due(&self, interval: Duration) -> Option<Instant> {
        self.changed_at.map(|at| at + interval)
    }

    /// Makes all changes durable and findable.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.writer.commit(checkpoint)?;
        self.changed_at = None;
        Ok(())
    }

    fn touch(&mut self) {
        self.changed_at.get_or_insert_with(Instant::now);
    }
}
