//! Which rows could not be converted, and is that written down?
//!
//! What a search can't find must not be missing in silence. A row that is refused becomes a letter
//! in a table beside the rows, before Postgres may forget the change that brought it, and the letter
//! goes when the row is well again or gone. Past a limit the follower pauses: something is wrong
//! then that concerns more than single rows.

use std::collections::{HashMap, HashSet};

use roost_engine::{Key, Position};
use sqlx::PgConnection;

use crate::config::FollowConfig;
use crate::copy::copy_some;
use crate::dead_letters::table as letter_table;
use crate::error::SessionError;
use crate::wal::convert::convert;
use crate::wal::table::{RowError, Table};

/// The rows that are left out.
pub(crate) struct DeadLetters {
    slot: String,
    most: usize,
    /// Why letters can't be written, for an operator to mend.
    trouble: Option<String>,
    /// Whose letters the table has.
    known: HashSet<Id>,
    /// What has yet to be written; `None` is for a row that is well again or gone.
    changes: HashMap<Id, Option<Letter>>,
    /// Where the change stands that is being applied.
    position: Position,
    /// Another index is being followed meanwhile, and its letters are in the table. Those of this one
    /// are kept here until it takes the other's place.
    is_put_off: bool,
    /// While a copy is made: how many of its rows are refused. It keeps no more letters than are worth
    /// writing down, but counts all.
    copied: Option<usize>,
}

/// Table and key of a row.
pub(crate) type Id = (Table, String);

/// Why a row is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) error: RowError,
    pub(crate) position: Position,
}

/// So many changes are held at most while a transaction arrives, however many of its rows are refused.
const CHANGES_MAX: usize = 1000;

impl DeadLetters {
    pub(crate) fn new(config: &FollowConfig) -> DeadLetters {
        DeadLetters {
            slot: config.slot.to_string(),
            most: config.dead_letters_max,
            trouble: None,
            known: HashSet::new(),
            changes: HashMap::new(),
            position: Position(0),
            is_put_off: false,
            copied: None,
        }
    }

    /// How many rows are left out as far as the table knows.
    pub(crate) fn count(&self) -> usize {
        self.known.len()
    }

    /// Keeps all letters back until [`DeadLetters::write_put_off`].
    pub(crate) fn put_off(&mut self) {
        self.is_put_off = true;
    }

    /// Makes the table say what was kept back, in place of what it says.
    pub(crate) async fn write_put_off(
        &mut self,
        sql: &mut PgConnection,
    ) -> Result<(), SessionError> {
        self.trouble = letter_table::trouble(sql).await?;
        if self.trouble.is_none() {
            self.known = letter_table::ids(sql, &self.slot).await?;
        }
        self.is_put_off = false;
        self.settle(&Table::ALL, true);
        self.write(sql).await
    }

    /// Begins a session: forgets what was not written, as its changes come again.
    pub(crate) async fn open(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        self.changes.clear();
        self.copied = None;
        self.trouble = letter_table::trouble(sql).await?;
        self.known = match &self.trouble {
            None => letter_table::ids(sql, &self.slot).await?,
            Some(trouble) => {
                tracing::warn!(
                    reason = trouble,
                    "a row that cannot be converted could not be kept, and would stop the index"
                );
                HashSet::new()
            }
        };
        if self.check().is_err() {
            self.review(sql).await?;
        }
        self.check()
    }

    /// Says where the changes stand that come now.
    pub(crate) fn at(&mut self, position: Position) {
        self.position = position;
    }

    /// A row is left out.
    pub(crate) fn refuse(&mut self, error: RowError) {
        let Some(table) = Table::named(error.table) else {
            return;
        };
        if let Some(refused) = &mut self.copied {
            *refused += 1;
            if *refused > self.most + 1 {
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

    /// A row is well, or gone.
    pub(crate) fn mended(&mut self, table: Table, key: Key) {
        if self.known.is_empty() && self.changes.is_empty() {
            return;
        }
        self.forget((table, key.to_string()));
    }

    /// All rows of a table are gone.
    pub(crate) fn emptied(&mut self, table: Table) {
        self.settle(&[table], false);
    }

    /// A copy begins. Nothing can be written before it ends.
    pub(crate) fn begin_copy(&mut self) {
        self.copied = Some(0);
    }

    /// A copy of these tables has ended: rows of theirs that it did not refuse are well.
    pub(crate) async fn end_copy(
        &mut self,
        sql: &mut PgConnection,
        tables: &[Table],
    ) -> Result<(), SessionError> {
        let refused = self.copied.take().unwrap_or_default();
        if refused <= self.most {
            self.settle(tables, true);
        }
        self.write(sql).await?;
        self.within(refused)
    }

    /// Whether there is more to write than should be held.
    pub(crate) fn are_many(&self) -> bool {
        self.changes.len() >= CHANGES_MAX && !self.is_put_off
    }

    /// Writes down what is known by now. To be called before a position is acknowledged.
    pub(crate) async fn write(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        if self.changes.is_empty() || self.is_put_off {
            return Ok(());
        }
        if let Some(trouble) = &self.trouble {
            return Err(SessionError::Setup(trouble.clone()));
        }
        let (mut refused, mut mended) = (Vec::new(), Vec::new());
        for (id, letter) in &self.changes {
            match letter {
                Some(letter) => refused.push(letter),
                None => mended.push(id),
            }
        }
        letter_table::put(sql, &self.slot, &refused).await?;
        letter_table::remove(sql, &self.slot, &mended).await?;
        for (id, letter) in self.changes.drain() {
            match letter {
                Some(_) => self.known.insert(id),
                None => self.known.remove(&id),
            };
        }
        Ok(())
    }

    /// Takes in what an operator has dropped.
    pub(crate) async fn refresh(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        if !self.known.is_empty() && letter_table::count(sql, &self.slot).await? != self.known.len()
        {
            self.known = letter_table::ids(sql, &self.slot).await?;
        }
        Ok(())
    }

    /// Whether the follower may go on.
    pub(crate) fn check(&self) -> Result<(), SessionError> {
        self.within(match self.is_put_off {
            true => self.changes.len(),
            false => self.known.len(),
        })
    }

    fn within(&self, found: usize) -> Result<(), SessionError> {
        if found <= self.most {
            return Ok(());
        }
        Err(SessionError::TooManyDeadLetters {
            found,
            most: self.most,
        })
    }

    /// Looks at the rows again, since they may have been mended while nobody followed. The change
    /// that mended a row is then still to come, so that nothing is lost with its letter.
    async fn review(&mut self, sql: &mut PgConnection) -> Result<(), SessionError> {
        let mut bad = HashSet::new();
        let mut keys: HashMap<Table, Vec<Key>> = HashMap::new();
        for (table, text) in &self.known {
            match text.parse() {
                Ok(key) => keys.entry(*table).or_default().push(key),
                Err(_) => drop(bad.insert((*table, text.clone()))),
            }
        }
        for (table, keys) in keys {
            for keys in keys.chunks(CHANGES_MAX) {
                copy_some(sql, table, keys, |row| {
                    if let Err(error) = convert(row) {
                        bad.insert((table, error.key));
                    }
                    Ok(())
                })
                .await?;
                if bad.len() > self.most {
                    return Ok(());
                }
            }
        }
        let well: Vec<Id> = self.known.difference(&bad).cloned().collect();
        well.into_iter().for_each(|id| self.forget(id));
        self.write(sql).await
    }

    fn forget(&mut self, id: Id) {
        if self.known.contains(&id) {
            self.changes.insert(id, None);
        } else {
            self.changes.remove(&id);
        }
    }

    /// Forgets the rows of these tables, but for those refused since the last writing if they are to
    /// stay.
    fn settle(&mut self, tables: &[Table], keep_refused: bool) {
        let is_of = |id: &Id| tables.contains(&id.0);
        if !keep_refused {
            self.changes.retain(|id, _| !is_of(id));
        }
        for id in self.known.iter().filter(|id| is_of(id)) {
            self.changes.entry(id.clone()).or_insert(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wal::table::row_error;

    fn key(n: u128) -> Key {
        Key::from_u128(n)
    }

    fn id(n: u128) -> Id {
        (Table::Rooms, key(n).to_string())
    }

    fn letters() -> DeadLetters {
        let url = "postgres://nobody@localhost/none".parse().unwrap();
        DeadLetters::new(&FollowConfig {
            dead_letters_max: 2,
            ..FollowConfig::new(url)
        })
    }

    fn error(n: u128) -> RowError {
        let reason = "is bad".to_owned();
        row_error(Table::Rooms, &key(n).to_string(), "title", "x", reason)
    }

    #[test]
    fn the_last_state_of_a_row_counts() {
        let mut letters = letters();
        letters.known.insert(id(1));
        letters.mended(Table::Rooms, key(1));
        letters.refuse(error(2));
        letters.mended(Table::Rooms, key(2));
        letters.mended(Table::Rooms, key(3));
        letters.refuse(error(4));
        assert_eq!(letters.changes.len(), 2);
        assert_eq!(letters.changes[&id(1)], None);
        assert!(letters.changes[&id(4)].is_some());
        letters.emptied(Table::Landlords);
        assert_eq!(letters.changes.len(), 2);
        letters.emptied(Table::Rooms);
        assert_eq!(letters.changes, HashMap::from([(id(1), None)]));
    }

    #[test]
    fn what_a_copy_does_not_refuse_is_well() {
        let mut letters = letters();
        letters.known.extend([id(1), id(2)]);
        letters.refuse(error(2));
        letters.settle(&[Table::Rooms], true);
        assert_eq!(letters.changes[&id(1)], None);
        assert!(letters.changes[&id(2)].is_some());
    }

    #[test]
    fn a_copy_keeps_one_letter_past_the_limit_and_counts_the_rest() {
        let mut letters = letters();
        letters.begin_copy();
        (0..9).for_each(|n| letters.refuse(error(n)));
        assert_eq!(letters.changes.len(), 3);
        assert_eq!(letters.copied, Some(9));
    }
}
