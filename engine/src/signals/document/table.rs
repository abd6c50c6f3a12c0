//! The values of one signal, by document key.
//!
//! Only documents with another value than the default get a row. A row never moves, so segments
//! store its number for each of their documents, and searches read it without a lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::signal::{AtomicCell, Signal};
use crate::schema::Key;

/// The number of a document's row in a [`DocumentTable`]; 0 is no row.
pub(crate) type Row = u32;

/// The values of one signal of a collection's documents. A document need not be in the index. One
/// writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct DocumentTable<S: Signal> {
    rows: Mutex<HashMap<Key, Row>>,
    /// Each twice as long as the one before, so that no row ever moves.
    blocks: [OnceLock<Box<[S::Cell]>>; BLOCKS],
    /// The value of documents without a row.
    default: S::Value,
}

const FIRST_BLOCK_ROWS: u32 = 256;
/// Together they have a row for each of 2^32 documents.
const BLOCKS: usize = 25;

impl<S: Signal> DocumentTable<S> {
    pub(crate) fn new(default: S::Value) -> DocumentTable<S> {
        DocumentTable {
            rows: Mutex::default(),
            blocks: [const { OnceLock::new() }; BLOCKS],
            default,
        }
    }

    /// The value of documents without a row.
    pub(crate) fn default(&self) -> &S::Value {
        &self.default
    }

    /// The value of a document.
    pub(crate) fn value(&self, key: Key) -> S::Value {
        let row = self.lock().get(&key).copied();
        let cell = row.and_then(|row| self.cell(row));
        cell.map_or(self.default, AtomicCell::load)
    }

    /// What `convert` makes of every document that has a row, and of its value.
    pub(crate) fn filter_map<T>(&self, convert: impl Fn(Key, S::Value) -> Option<T>) -> Vec<T> {
        let rows = self.lock();
        let values = rows
            .iter()
            .filter_map(|(&key, &row)| convert(key, self.cell(row)?.load()));
        values.collect()
    }

    /// Changes the value of every row.
    pub(crate) fn update_all(&self, update: impl Fn(S::Value) -> S::Value) {
        for cell in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            cell.store(&update(cell.load()));
        }
    }

    /// The rows of all these keys, 0 for a key without one; `None` if none has one.
    pub(crate) fn rows(&self, keys: &[u128]) -> Option<Vec<Row>> {
        let rows = self.lock();
        if rows.is_empty() {
            return None;
        }
        let row = |&key: &u128| rows.get(&Key::from_u128(key)).copied().unwrap_or(0);
        let rows: Vec<Row> = keys.iter().map(row).collect();
        rows.iter().any(|&row| row != 0).then_some(rows)
    }

    /// The row of a key; a new one, with the default, for an unknown key.
    pub(crate) fn row_or_new(&self, key: Key) -> Row {
        let mut rows = self.lock();
        let next = Row::try_from(rows.len() + 1).unwrap_or(Row::MAX);
        let row = *rows.entry(key).or_insert(next);
        let (block, _) = block_and_index(row);
        self.blocks[block].get_or_init(|| {
            let rows = 0..u64::from(FIRST_BLOCK_ROWS) << block;
            rows.map(|_| S::Cell::new(&self.default)).collect()
        });
        row
    }

    /// The value of a row; `None` for row 0.
    #[inline]
    pub(crate) fn cell(&self, row: Row) -> Option<&S::Cell> {
        if row == 0 {
            return None;
        }
        let (block, at) = block_and_index(row);
        self.blocks[block].get()?.get(at)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A hash table keeps a byte beside each entry.
        let rows_bytes = self.lock().capacity() * (size_of::<(Key, Row)>() + 1);
        let blocks = self.blocks.iter().filter_map(OnceLock::get);
        rows_bytes + blocks.map(|block| size_of_val(&block[..])).sum::<usize>()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The block of a row, and its index there.
fn block_and_index(row: Row) -> (usize, usize) {
    let at = u64::from(row) + u64::from(FIRST_BLOCK_ROWS);
    let block = at.ilog2() - FIRST_BLOCK_ROWS.ilog2();
    (
        block as usize,
        (at - (u64::from(FIRST_BLOCK_ROWS) << block)) as usize,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::availability::{Date, DateRange, DaySet};
    use crate::signals::document::days::Days;

    fn days(from: u32) -> DaySet {
        let from = Date::of_days(from.cast_signed());
        DaySet::of(&DateRange::new(from, from.plus_days(3)).unwrap())
    }

    #[test]
    fn every_row_has_a_value_of_its_own() {
        let table = DocumentTable::<Days>::new(DaySet::EMPTY);
        assert!(table.cell(0).is_none());
        let mut indexes = HashSet::new();
        for n in 1..3_000 {
            let key = Key::from_u128(n);
            assert_eq!(table.value(key), DaySet::EMPTY);
            let row = table.row_or_new(key);
            assert_eq!(table.row_or_new(key), row);
            assert!(indexes.insert(block_and_index(row)), "{row}");
            table.cell(row).unwrap().store(&days(row));
        }
        for row in 1..3_000 {
            assert_eq!(table.cell(row).unwrap().load(), days(row));
        }
        let values = table.filter_map(|key, value| Some((key, value)));
        assert_eq!(values.len(), 2_999);
        for (key, value) in values {
            assert_eq!(table.value(key), value);
        }
        assert_eq!(block_and_index(Row::MAX).0, BLOCKS - 1);
    }
}
