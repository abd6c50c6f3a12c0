//! Dispatches changes of rows to the document and signal appliers, and rejects rows that cannot be
//! converted.

use roost_engine::{Checkpoint, Date, Key, Position, StoreError, Writer};

use super::documents::DocumentApplier;
use super::row_change::{RowChange, SignalChange};
use super::signal_rows::SignalRows;
use super::signals::SignalApplier;
use super::verify_responder::VerifyResponder;
use crate::config::FollowConfig;
use crate::dead_letters::DeadLetters;
use crate::status::Status;
use crate::wal::convert::{Converted, convert};
use crate::wal::row::{Row, RowError};
use crate::wal::table::{Table, Tables, Target};

/// Everything that changes when a row changes. It outlives every session with Postgres.
pub(crate) struct Applier {
    documents: DocumentApplier,
    signals: SignalApplier,
    dead_letters: DeadLetters,
    verify: VerifyResponder,
    status: Status,
    tables: Tables,
    /// Rows that were copied or changed since the start.
    rows: u64,
}

impl Applier {
    pub(crate) fn new(
        config: &FollowConfig,
        writer: Writer,
        status: Status,
        verify: VerifyResponder,
    ) -> Applier {
        Applier {
            documents: DocumentApplier::new(writer),
            signals: SignalApplier::new(&config.tables),
            dead_letters: DeadLetters::new(config, status.clone()),
            verify,
            status,
            tables: config.tables.clone(),
            rows: 0,
        }
    }

    /// An applier of a new index, which is to replace the index of this one.
    pub(crate) fn for_new_index(&self, config: &FollowConfig) -> Result<Applier, StoreError> {
        let writer = Writer::of_new_index(&self.documents.generations())?;
        let status = self.status.clone();
        let mut next = Applier::new(config, writer, status, VerifyResponder::disabled());
        next.rows = self.rows;
        Ok(next)
    }

    /// Lets searches use the index of another applier instead of this one's.
    pub(crate) fn replace_with(&mut self, mut next: Applier) -> Result<(), StoreError> {
        next.documents.writer().make_current()?;
        next.verify = std::mem::replace(&mut self.verify, VerifyResponder::disabled());
        let old = std::mem::replace(self, next);
        old.documents.retire();
        Ok(())
    }

    /// Does the same with an index that was rebuilt in the background, under a status of its own.
    pub(crate) fn replace_with_rebuilt(&mut self, mut next: Applier) -> Result<(), StoreError> {
        next.status = self.status.clone();
        next.dead_letters.report_to(self.status.clone());
        next.rows += self.rows;
        self.replace_with(next)
    }

    /// Applies a row as it is now. A row that cannot be converted is removed, as a copy would leave
    /// it out, and rejected.
    pub(crate) fn put(
        &mut self,
        row: Row,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        let (table, key) = (row.table, row.key());
        self.rows += 1;
        let converted = convert(row);
        if let (Ok(_), Ok(key)) = (&converted, &key) {
            self.dead_letters.resolve(table, *key);
        }
        match converted {
            Ok(Converted::Document(collection, document)) => {
                self.documents.put(collection, *document)?;
            }
            Ok(converted) => signals.extend(SignalChange::of(converted)),
            Err(error) => {
                if let Ok(key) = key {
                    self.remove(table, key, signals)?;
                }
                self.reject(error);
            }
        }
        Ok(())
    }

    /// Applies the deletion of a row.
    pub(crate) fn delete(
        &mut self,
        table: Table,
        key: Key,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        self.rows += 1;
        self.remove(table, key, signals)
    }

    /// Removes the document or signals of a row.
    pub(crate) fn remove(
        &mut self,
        table: Table,
        key: Key,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        self.dead_letters.resolve(table, key);
        match table.target() {
            Target::Documents(declared) => self.documents.delete(declared.collection, key)?,
            Target::LandlordSignals => {
                signals.push(SignalChange::Landlords(RowChange::Remove(key)));
            }
            Target::DocumentSignal(signal) => signals.push(SignalChange::remove(signal, key)),
        }
        Ok(())
    }

    /// Removes the documents or signals of all rows of a table.
    pub(crate) fn truncate(
        &mut self,
        table: Table,
        signals: &mut Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        self.dead_letters.resolve_table(table);
        match table.target() {
            Target::Documents(declared) => self.documents.clear(declared.collection)?,
            Target::LandlordSignals => signals.push(SignalChange::Landlords(RowChange::Clear)),
            Target::DocumentSignal(signal) => signals.push(SignalChange::clear(signal)),
        }
        Ok(())
    }

    /// Reports a row that cannot be converted, and keeps it as a dead letter.
    pub(crate) fn reject(&mut self, error: RowError) {
        tracing::error!(
            table = error.table,
            key = error.key,
            column = error.column,
            value = error.value,
            reason = error.reason,
            "rejected a row that cannot be converted"
        );
        self.status.update(|progress| {
            progress.rows_rejected += 1;
            progress.last_rejected_row = Some(error.clone());
        });
        self.dead_letters.reject(error);
    }

    /// Applies the signal changes of a whole transaction at once.
    pub(crate) fn apply_signals(&mut self, changes: Vec<SignalChange>) -> Result<(), StoreError> {
        self.signals.apply(self.documents.writer(), changes)
    }

    /// Replaces all signals with those that were loaded while the WAL ended at `wal_end`.
    pub(crate) fn replace_signals(
        &mut self,
        mut rows: SignalRows,
        first_night: Date,
        wal_end: Position,
    ) -> Result<(), StoreError> {
        self.signals.set_loaded_at(wal_end);
        self.keep_nights(first_night)?;
        for error in std::mem::take(&mut rows.rejected) {
            self.reject(error);
        }
        self.signals.replace(self.documents.writer(), rows)
    }

    /// Moves the start of the availability window forward to a day.
    pub(crate) fn keep_nights(&mut self, first: Date) -> Result<(), StoreError> {
        self.signals.keep_nights(self.documents.writer(), first)
    }

    /// Deletes every document with the next commit.
    pub(crate) fn clear_documents(&mut self) -> Result<(), StoreError> {
        let mut tables = self.tables.of_documents();
        tables.try_for_each(|(_, collection)| self.documents.clear(collection))
    }

    /// Makes all document changes durable and searchable.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let position = checkpoint.position;
        let duration = self.documents.commit(checkpoint)?;
        self.status.update(|progress| {
            progress.committed = position;
            progress.commits.add(duration);
        });
        Ok(())
    }

    /// Returns to the last commit. Pending changes may be half of a transaction.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        self.documents.rollback()
    }

    /// Deletes replaced indexes that no search reads any more.
    pub(crate) fn delete_replaced_indexes(&self) {
        let count = self.documents.generations().sweep();
        if count > 0 {
            tracing::info!(count, "deleted replaced indexes");
        }
    }

    /// The followed tables.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(crate) fn documents(&self) -> &DocumentApplier {
        &self.documents
    }

    pub(crate) fn documents_mut(&mut self) -> &mut DocumentApplier {
        &mut self.documents
    }

    pub(crate) fn signals(&self) -> &SignalApplier {
        &self.signals
    }

    pub(crate) fn signals_mut(&mut self) -> &mut SignalApplier {
        &mut self.signals
    }

    pub(crate) fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }

    pub(crate) fn dead_letters_mut(&mut self) -> &mut DeadLetters {
        &mut self.dead_letters
    }

    pub(crate) fn verify(&mut self) -> &mut VerifyResponder {
        &mut self.verify
    }

    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    /// Rows that were copied or changed since the start.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_collections::built_in;
    use roost_engine::{Collection, Reader, Store, StoreOptions};
    use serde_json::Value as Json;

    use crate::apply::signals::first_night;
    use crate::wal::row::Value;
    use crate::wal::table::Column;

    const KEY: u128 = 7;
    const POINT: &str = "0101000020E6100000F5DBD781733A524052499D8026223340";
    const WHOLE: &str = "occupancy minimum_nights review_count reach_m occupants";
    const ARRAYS: &str = "amenities aliases room_types required_amenities preferred_amenities";
    const NULLABLE: &str =
        "university_id seats price floor rating_average verified_at venue_id budget";

    /// A valid row of a table. All rows have the same key, so that a change of the wrong target
    /// shows.
    fn row(table: Table) -> Row {
        let key = Key::from_u128(KEY).to_string();
        let check_in = first_night().plus_days(5);
        let text = |column: &Column| {
            Value::Text(match (table.name(), column.name) {
                (_, "id" | "landlord_id" | "room_id" | "student_id" | "request_id") => key.clone(),
                (_, "location") => POINT.to_owned(),
                (_, name) if lists(ARRAYS, name) => "{}".to_owned(),
                (_, "room_type") => "private_room".to_owned(),
                (_, "kind") => "school".to_owned(),
                ("rooms", "status") => "listed".to_owned(),
                ("requests" | "exam_venues", "status") => "active".to_owned(),
                ("bookings", "status") => "confirmed".to_owned(),
                (_, "check_in") => check_in.to_string(),
                (_, "check_out") => check_in.plus_days(2).to_string(),
                (_, "is_available") => "t".to_owned(),
                (_, "last_active_at" | "expires_at" | "created_at") => {
                    "2026-01-02 03:04:05+00".to_owned()
                }
                ("landlords" | "request_exposure", _) => "1".to_owned(),
                (_, name) if lists(WHOLE, name) => "1".to_owned(),
                (_, name) if lists(NULLABLE, name) => return Value::Null,
                _ => "text".to_owned(),
            })
        };
        Row {
            table,
            values: table.columns().iter().map(text).collect(),
        }
    }

    fn lists(names: &str, name: &str) -> bool {
        names.split(' ').any(|of_list| of_list == name)
    }

    /// The tables of whose rows the index contains anything.
    fn present(applier: &mut Applier, reader: &Reader) -> Vec<Table> {
        let checkpoint = Checkpoint {
            position: Position(1),
            source: Json::Null,
        };
        applier.commit(checkpoint).unwrap();
        reader.refresh().unwrap();
        let writer = applier.documents().writer();
        let is_present = |table: &Table| match table.target() {
            Target::Documents(declared) => has_document(reader, declared.collection),
            Target::LandlordSignals => !writer.signals().is_empty(),
            Target::DocumentSignal(signal) if signal.declaration.is_of_days() => {
                let days = writer.busy_days(signal.collection).unwrap();
                !days.documents.is_empty()
            }
            Target::DocumentSignal(signal) => {
                let numbers = writer.numbers(signal.collection, signal.id);
                !numbers.unwrap().is_empty()
            }
        };
        all().filter(is_present).collect()
    }

    fn all() -> impl Iterator<Item = Table> {
        Tables::built_in().iter().collect::<Vec<_>>().into_iter()
    }

    fn has_document(reader: &Reader, collection: Collection) -> bool {
        let document = reader.get(collection, Key::from_u128(KEY)).unwrap();
        document.is_some()
    }

    fn applied(change: impl FnOnce(&mut Applier, &mut Vec<SignalChange>)) -> Vec<Table> {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) =
            Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
        let config = FollowConfig::new("postgres://localhost/rooms".parse().unwrap());
        let verify = VerifyResponder::disabled();
        let mut applier = Applier::new(&config, writer, Status::new(), verify);
        applier.keep_nights(first_night()).unwrap();
        let mut signals = Vec::new();
        for table in all() {
            applier.put(row(table), &mut signals).unwrap();
        }
        change(&mut applier, &mut signals);
        applier.apply_signals(signals).unwrap();
        present(&mut applier, &reader)
    }

    #[test]
    fn a_row_of_every_table_is_applied_to_its_target() {
        assert_eq!(applied(|_, _| {}), all().collect::<Vec<_>>());
    }

    #[test]
    fn a_deleted_row_of_every_table_is_removed_from_its_own_target_only() {
        for deleted in all() {
            let left = applied(|applier, signals| {
                applier
                    .delete(deleted, Key::from_u128(KEY), signals)
                    .unwrap();
            });
            let expected = all().filter(|it| *it != deleted);
            assert_eq!(left, expected.collect::<Vec<_>>(), "{deleted:?} deleted");
        }
    }

    #[test]
    fn every_truncated_table_empties_its_own_target_only() {
        for truncated in all() {
            let left = applied(|applier, signals| applier.truncate(truncated, signals).unwrap());
            let expected = all().filter(|it| *it != truncated);
            assert_eq!(
                left,
                expected.collect::<Vec<_>>(),
                "{truncated:?} truncated"
            );
        }
    }
}
