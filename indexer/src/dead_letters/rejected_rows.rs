//! Tracks rejected rows, and writes them to the table of dead letters.
//!
//! A row that searches cannot find must not be missing silently. A rejected row becomes a dead
//! letter in a table beside the rows before Postgres may forget the change that brought it. The
//! letter is removed when the row can be converted again or is deleted. Above a limit the follower
//! pauses, because the cause then concerns more than single rows.

use std::collections::{HashMap, HashSet};

use roost_engine::{Key, Position};
use sqlx::PgConnection;

use super::letter::{Id, Letter};
use super::table;
use crate::config::FollowConfig;
use crate::error::SessionError;
use crate::postgres::copy::copy_some;
use crate::status::Status;
use crate::wal::convert::convert;
use crate::wal::row::RowError;
use crate::wal::table::{Table, Tables};

/// The rejected rows of one index.
pub(crate) struct DeadLetters {
    slot: String,
    tables: Tables,
    max: usize,
    status: Status,
    /// Why the table cannot be written, and what an operator can do.
    write_problem: Option<String>,
    /// The rows that the table contains.
    written: HashSet<Id>,
    /// What must still be written; `None` removes the letter of a row.
    changes: HashMap<Id, Option<Letter>>,
    /// The position of the change that is being applied.
    position: Position,
    /// Whether another index is followed at the same time, whose dead letters the table contains.
    /// The dead letters of this index stay in memory until it replaces the other.
    is_deferred: bool,
    /// During a copy, the number of rejected rows. A copy keeps no more dead letters than the limit
    /// allows, but counts all.
    rejected_by_copy: Option<usize>,
}

/// The number of changes that are kept in memory while a transaction arrives.
const CHANGES_MAX: usize = 1000;

impl DeadLetters {
    pub(crate) fn new(config: &FollowConfig, status: Status) -> DeadLetters {
        DeadLetters {
            slot: config.slot.to_string(),
            tables: config.tables.clone(),
            max: config.dead_letters_max,
            status,
            write_problem: None,
            written: HashSet::new(),
            changes: HashMap::new(),
            position: Position(0),
            is_deferred: false,
            rejected_by_copy: None,
        }
    }

    /// Reports the number of dead letters to another status from now on.
    pub(crate) fn report_to(&mut self, status: Status) {
        self.status = status;
    }

    /// Keeps all dead letters in memory until [`DeadLetters::write_deferred`].
    pub(crate) fn defer(&mut self) {
        self.is_deferred = true;
    }

    /// Replaces the dead letters in the table by the deferred ones.
    pub(crate) async fn write_deferred(
        &mut self,
        sql: &mut PgConnection,
    ) -> Result<(), SessionError> {
        self.write_problem = table::write_problem(sql).await?;
        if self.write_problem.is_none() {
            self.written = table::ids(sql, &self.slot, &self.tables).await?;
        }
        self.is_deferred = false;
        let all: Vec<Table> = self.tables.iter().collect();
        self.resolve_tables(&all, true);
        self.write(sql).await
    }

    /// Starts a session. Discards what was not written, because its changes are sent again.
    pub(crate) async fn open(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        let opened = self.read_table(sql).await;
        self.report_count();
        opened
    }

    /// Sets the position of the changes that follow.
    pub(crate) fn set_position(&mut self, position: Position) {
        self.position = position;
    }

    /// Adds a row that cannot be converted.
    pub(crate) fn reject(&mut self, error: RowError) {
        let Some(table) = self.tables.named(error.table) else {
            return;
        };
        if let Some(rejected) = &mut self.rejected_by_copy {
            *rejected += 1;
            if *rejected > self.max + 1 {
                return;
            }
        }
        let letter = Letter {
            position: self.position,
            error,
        };
        let id = (table, letter.error.key.clone());
        self.changes.insert(id, Some(letter));
    }

    /// Removes the letter of a row that was converted or deleted.
    pub(crate) fn resolve(&mut self, table: Table, key: Key) {
        if self.written.is_empty() && self.changes.is_empty() {
            return;
        }
        self.resolve_id((table, key.to_string()));
    }

    /// Removes the dead letters of a truncated table.
    pub(crate) fn resolve_table(&mut self, table: Table) {
        self.resolve_tables(&[table], false);
    }

    /// Starts a copy as of a position. Nothing can be written before it ends.
    pub(crate) fn begin_copy(&mut self, position: Position) {
        self.position = position;
        self.rejected_by_copy = Some(0);
    }

    /// Ends a copy of these tables: rows that it did not reject have no letter any more.
    pub(crate) async fn end_copy(
        &mut self,
        sql: &mut PgConnection,
        tables: &[Table],
    ) -> Result<(), SessionError> {
        let rejected = self.rejected_by_copy.take().unwrap_or_default();
        if rejected <= self.max {
            self.resolve_tables(tables, true);
        }
        self.write(sql).await?;
        self.check_limit(rejected)
    }

    /// Whether the pending changes should be written now.
    pub(crate) fn is_full(&self) -> bool {
        self.changes.len() >= CHANGES_MAX && !self.is_deferred
    }

    /// Writes all changes to the table. Call it before a position is acknowledged.
    pub(crate) async fn write(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        let written = self.write_changes(sql).await;
        self.report_count();
        written
    }

    /// Reads the table again if an operator has dropped dead letters.
    pub(crate) async fn refresh(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        if !self.written.is_empty()
            && table::count(sql, &self.slot, &self.tables).await? != self.written.len()
        {
            self.written = table::ids(sql, &self.slot, &self.tables).await?;
        }
        self.report_count();
        Ok(())
    }

    /// Checks that no more rows are rejected than the limit allows.
    pub(crate) fn check(&self) -> Result<(), SessionError> {
        self.check_limit(match self.is_deferred {
            true => self.changes.len(),
            false => self.written.len(),
        })
    }

    async fn read_table(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        self.changes.clear();
        self.rejected_by_copy = None;
        self.write_problem = table::write_problem(sql).await?;
        self.written = match &self.write_problem {
            None => table::ids(sql, &self.slot, &self.tables).await?,
            Some(reason) => {
                // No row is rejected yet. The first one pauses the index with the same reason.
                tracing::info!(reason, "a rejected row would pause this node");
                HashSet::new()
            }
        };
        if self.check().is_err() {
            self.recheck(sql).await?;
        }
        self.check()
    }

    async fn write_changes(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        if self.changes.is_empty() || self.is_deferred {
            return Ok(());
        }
        if let Some(reason) = &self.write_problem {
            return Err(SessionError::Setup(reason.clone()));
        }
        let (mut rejected, mut resolved) = (Vec::new(), Vec::new());
        for (id, letter) in &self.changes {
            match letter {
                Some(letter) => rejected.push(letter),
                None => resolved.push(id),
            }
        }
        table::put(sql, &self.slot, &rejected).await?;
        table::remove(sql, &self.slot, &resolved).await?;
        for (id, letter) in self.changes.drain() {
            match letter {
                Some(_) => self.written.insert(id),
                None => self.written.remove(&id),
            };
        }
        Ok(())
    }

    /// Removes the dead letters of rows that were corrected while the follower was paused. The
    /// change that corrected a row is still to come, so that nothing is lost with its letter.
    async fn recheck(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        let mut invalid = HashSet::new();
        let mut keys: HashMap<Table, Vec<Key>> = HashMap::new();
        for (table, text) in &self.written {
            match text.parse() {
                Ok(key) => keys.entry(*table).or_default().push(key),
                Err(_) => drop(invalid.insert((*table, text.clone()))),
            }
        }
        for (table, keys) in keys {
            for keys in keys.chunks(CHANGES_MAX) {
                copy_some(sql, table, keys, |row| {
                    if let Err(error) = convert(row) {
                        invalid.insert((table, error.key));
                    }
                    Ok(())
                })
                .await?;
                if invalid.len() > self.max {
                    return Ok(());
                }
            }
        }
        let corrected: Vec<Id> = self.written.difference(&invalid).cloned().collect();
        corrected.into_iter().for_each(|id| self.resolve_id(id));
        self.write(sql).await
    }

    fn resolve_id(&mut self, id: Id) {
        if self.written.contains(&id) {
            self.changes.insert(id, None);
        } else {
            self.changes.remove(&id);
        }
    }

    /// Removes the dead letters of all rows of these tables, except, if `keep_rejected`, of those
    /// rejected since the last write.
    fn resolve_tables(&mut self, tables: &[Table], keep_rejected: bool) {
        let is_of = |id: &Id| tables.contains(&id.0);
        if !keep_rejected {
            self.changes.retain(|id, _| !is_of(id));
        }
        for id in self.written.iter().filter(|id| is_of(id)) {
            self.changes.entry(id.clone()).or_insert(None);
        }
    }

    fn check_limit(&self, found: usize) -> Result<(), SessionError> {
        if found <= self.max {
            return Ok(());
        }
        Err(SessionError::TooManyDeadLetters {
            found,
            max: self.max,
        })
    }

    fn report_count(&self) {
        let count = self.written.len();
        self.status.update(|progress| progress.dead_letters = count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u128) -> Key {
        Key::from_u128(n)
    }

    fn rooms() -> Table {
        Tables::built_in().named("rooms").unwrap()
    }

    fn id(n: u128) -> Id {
        (rooms(), key(n).to_string())
    }

    fn dead_letters() -> DeadLetters {
        let url = "postgres://localhost/none".parse().unwrap();
        let config = FollowConfig {
            dead_letters_max: 2,
            ..FollowConfig::new(url)
        };
        DeadLetters::new(&config, Status::new())
    }

    fn error(n: u128) -> RowError {
        let reason = "is bad".to_owned();
        RowError::new(rooms(), &key(n).to_string(), "title", "x", reason)
    }

    #[test]
    fn only_the_last_state_of_a_row_is_written() {
        let mut dead_letters = dead_letters();
        dead_letters.written.insert(id(1));
        dead_letters.resolve(rooms(), key(1));
        dead_letters.reject(error(2));
        dead_letters.resolve(rooms(), key(2));
        dead_letters.resolve(rooms(), key(3));
        dead_letters.reject(error(4));
        assert_eq!(dead_letters.changes.len(), 2);
        assert_eq!(dead_letters.changes[&id(1)], None);
        assert!(dead_letters.changes[&id(4)].is_some());
        dead_letters.resolve_table(Table::landlords());
        assert_eq!(dead_letters.changes.len(), 2);
        dead_letters.resolve_table(rooms());
        assert_eq!(dead_letters.changes, HashMap::from([(id(1), None)]));
    }

    #[test]
    fn rows_that_a_copy_does_not_reject_are_no_dead_letters() {
        let mut dead_letters = dead_letters();
        dead_letters.written.extend([id(1), id(2)]);
        dead_letters.reject(error(2));
        dead_letters.resolve_tables(&[rooms()], true);
        assert_eq!(dead_letters.changes[&id(1)], None);
        assert!(dead_letters.changes[&id(2)].is_some());
    }

    #[test]
    fn a_copy_keeps_one_letter_past_the_limit_and_counts_the_rest() {
        let mut dead_letters = dead_letters();
        dead_letters.begin_copy(Position(7));
        (0..9).for_each(|n| dead_letters.reject(error(n)));
        assert_eq!(dead_letters.changes.len(), 3);
        assert_eq!(dead_letters.rejected_by_copy, Some(9));
    }
}
