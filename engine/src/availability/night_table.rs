//! The booked nights of a collection's documents, in memory.
//!
//! Nights are signals of a document, like those of its owner: the next search sees a change, and a
//! change costs no commit. Only documents with a booking get a row, of one bit per night, and
//! searches read it without a lock.
//!
//! A row is a ring of [`RING_NIGHTS`] bits. From the first day on, the table stores the first
//! [`STORED_NIGHTS`] nights, and searches see the first [`SEARCHABLE_NIGHTS`] of these. The first
//! day advances by at most [`STEP_DAYS`] at a time: the bits of nights that are over become those
//! of the nights that enter at the far end. Searches cannot see these yet, so there is time to book
//! them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::date::Date;
use super::night_set::{AtomicNightSet, NightSet, RING_NIGHTS};
use super::stay::Stay;
use crate::document::Key;

/// The booked nights of a collection's documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedNights {
    /// The nights for which the index knows whether they are booked.
    pub window: Stay,
    /// Each document with a booked night in the window, with its booked nights in order, as the
    /// fewest stays.
    pub documents: Vec<(Key, Vec<Stay>)>,
}

/// The nights that a row stores. Its other bits are unused until the next step.
const STORED_NIGHTS: i32 = RING_NIGHTS - STEP_DAYS;
/// The nights that searches can see.
const SEARCHABLE_NIGHTS: i32 = STORED_NIGHTS - STEP_DAYS;
/// The largest step of the first day.
const STEP_DAYS: i32 = 32;

/// The number of a document's row in a [`NightTable`]; 0 is no row.
pub(crate) type NightRow = u32;

/// The booked nights of one collection's documents. One writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct NightTable {
    rows: Mutex<HashMap<Key, NightRow>>,
    /// Each twice as long as the one before, so that no row ever moves.
    blocks: [OnceLock<Box<[AtomicNightSet]>>; BLOCKS],
    /// The first day, or [`NO_DAY`].
    first_day: AtomicI64,
}

const FIRST_BLOCK_ROWS: u32 = 256;
/// Together they have a row for each of 2^32 documents.
const BLOCKS: usize = 25;
const NO_DAY: i64 = i64::MIN;

impl NightTable {
    pub(crate) fn new() -> NightTable {
        NightTable {
            rows: Mutex::default(),
            blocks: [const { OnceLock::new() }; BLOCKS],
            first_day: AtomicI64::new(NO_DAY),
        }
    }

    /// The nights that searches can see; all others count as free.
    pub(crate) fn searchable_window(&self) -> Option<Stay> {
        self.window(SEARCHABLE_NIGHTS)
    }

    /// The nights of a stay that searches can see.
    pub(crate) fn searchable_nights(&self, stay: &Stay) -> NightSet {
        nights_within(std::slice::from_ref(stay), self.searchable_window())
    }

    /// The nights of some stays that are stored.
    pub(crate) fn stored_nights(&self, stays: &[Stay]) -> NightSet {
        nights_within(stays, self.window(STORED_NIGHTS))
    }

    /// The stored window, and the booked nights in it.
    pub(crate) fn booked_nights(&self) -> Option<BookedNights> {
        let window = self.window(STORED_NIGHTS)?;
        let stays = |(&key, &row): (&Key, &NightRow)| {
            let stays = self.nights(row)?.load().stays_within(&window);
            (!stays.is_empty()).then_some((key, stays))
        };
        let documents = self.lock().iter().filter_map(stays).collect();
        Some(BookedNights { window, documents })
    }

    /// The next first day on the way to `first`, and the nights that enter with it.
    pub(crate) fn next_step(&self, first: Date) -> Option<(Date, Stay)> {
        let Some(stored) = self.window(STORED_NIGHTS) else {
            let all = Stay::new(first, first.plus_days(STORED_NIGHTS));
            return Some((first, all.ok()?));
        };
        let first = first.min(stored.check_in().plus_days(STEP_DAYS));
        let entering = Stay::new(stored.check_out(), first.plus_days(STORED_NIGHTS)).ok()?;
        Some((first, entering))
    }

    /// Frees the nights that enter, and moves the windows to the new first day.
    pub(crate) fn advance(&self, first: Date, entering: &Stay) {
        let entering = NightSet::of(entering);
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&row.load().difference(&entering));
        }
        self.first_day
            .store(i64::from(first.days()), Ordering::Release);
    }

    /// Frees all nights, and leaves the table without a window.
    pub(crate) fn reset(&self) {
        self.first_day.store(NO_DAY, Ordering::Release);
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&NightSet::EMPTY);
        }
    }

    pub(crate) fn row(&self, key: Key) -> Option<NightRow> {
        self.lock().get(&key).copied()
    }

    /// The rows of all these keys, 0 for a key without one; `None` if none has one.
    pub(crate) fn rows(&self, keys: &[u128]) -> Option<Vec<NightRow>> {
        let rows = self.lock();
        if rows.is_empty() {
            return None;
        }
        let row = |&key: &u128| rows.get(&Key::from_u128(key)).copied().unwrap_or(0);
        let rows: Vec<NightRow> = keys.iter().map(row).collect();
        rows.iter().any(|&row| row != 0).then_some(rows)
    }

    /// The row of a key; a new one, without a booked night, for an unknown key.
    pub(crate) fn row_or_new(&self, key: Key) -> NightRow {
        let mut rows = self.lock();
        let next = NightRow::try_from(rows.len() + 1).unwrap_or(NightRow::MAX);
        let row = *rows.entry(key).or_insert(next);
        let (block, _) = block_and_index(row);
        self.blocks[block].get_or_init(|| {
            let rows = 0..u64::from(FIRST_BLOCK_ROWS) << block;
            rows.map(|_| AtomicNightSet::default()).collect()
        });
        row
    }

    /// The booked nights of a row; `None` for row 0.
    pub(crate) fn nights(&self, row: NightRow) -> Option<&AtomicNightSet> {
        if row == 0 {
            return None;
        }
        let (block, at) = block_and_index(row);
        self.blocks[block].get()?.get(at)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A hash table keeps a byte beside each entry.
        let rows_bytes = self.lock().capacity() * (size_of::<(Key, NightRow)>() + 1);
        let blocks = self.blocks.iter().filter_map(OnceLock::get);
        rows_bytes + blocks.map(|block| size_of_val(&block[..])).sum::<usize>()
    }

    /// The first nights, beginning with the first day.
    fn window(&self, nights: i32) -> Option<Stay> {
        let first = self.first_day.load(Ordering::Acquire);
        let first = Date::of_days(i32::try_from(first).ok()?);
        Stay::new(first, first.plus_days(nights)).ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, NightRow>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nights_within(stays: &[Stay], window: Option<Stay>) -> NightSet {
    let Some(window) = window else {
        return NightSet::EMPTY;
    };
    let within = stays.iter().filter_map(|stay| stay.intersection(&window));
    within.fold(NightSet::EMPTY, |set, stay| set.union(&NightSet::of(&stay)))
}

/// The block of a row, and its index there.
fn block_and_index(row: NightRow) -> (usize, usize) {
    let at = u64::from(row) + u64::from(FIRST_BLOCK_ROWS);
    let block = at.ilog2() - FIRST_BLOCK_ROWS.ilog2();
    (
        block as usize,
        (at - (u64::from(FIRST_BLOCK_ROWS) << block)) as usize,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: i32, to: i32) -> Stay {
        Stay::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    fn nights(from: i32, to: i32) -> NightSet {
        NightSet::of(&stay(from, to))
    }

    #[test]
    fn every_row_has_nights_of_its_own() {
        let table = NightTable::new();
        assert!(table.nights(0).is_none());
        let mut indexes = std::collections::HashSet::new();
        for n in 1..3_000 {
            let row = table.row_or_new(Key::from_u128(n));
            assert_eq!(table.row(Key::from_u128(n)), Some(row));
            assert!(indexes.insert(block_and_index(row)), "{row}");
            let booked = nights(row as i32, row as i32 + 3);
            table.nights(row).unwrap().store(&booked);
        }
        for row in 1..3_000 {
            let booked = nights(row as i32, row as i32 + 3);
            assert_eq!(table.nights(row).unwrap().load(), booked);
        }
        assert_eq!(block_and_index(NightRow::MAX).0, BLOCKS - 1);
    }

    #[test]
    fn nights_outside_of_the_window_are_not_stored() {
        let table = NightTable::new();
        assert_eq!(table.stored_nights(&[stay(0, 10)]), NightSet::EMPTY);
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        assert_eq!(entering, stay(100, 100 + STORED_NIGHTS));
        table.advance(first, &entering);
        assert_eq!(
            table.searchable_window(),
            Some(stay(100, 100 + SEARCHABLE_NIGHTS))
        );
        assert_eq!(table.stored_nights(&[stay(90, 101)]), nights(100, 101));
        let far = 100 + STORED_NIGHTS;
        assert_eq!(
            table.stored_nights(&[stay(far - 1, far + 5)]),
            nights(far - 1, far)
        );
        assert_eq!(
            table.searchable_nights(&stay(100 + SEARCHABLE_NIGHTS, far)),
            NightSet::EMPTY
        );
    }

    #[test]
    fn booked_nights_are_the_fewest_stays_and_within_the_window() {
        let table = NightTable::new();
        assert_eq!(table.booked_nights(), None);
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        table.advance(first, &entering);
        let keys: Vec<Key> = (1..=3).map(Key::from_u128).collect();
        let [adjacent, apart, outside] = [0, 1, 2].map(|at| table.row_or_new(keys[at]));
        let book = |row, stays: &[Stay]| {
            let nights = table.stored_nights(stays);
            table.nights(row).unwrap().store(&nights);
        };
        book(adjacent, &[stay(90, 103), stay(103, 105)]);
        book(apart, &[stay(100, 101), stay(102, 103), stay(570, 900)]);
        book(outside, &[stay(0, 100)]);
        let mut booked = table.booked_nights().unwrap();
        booked.documents.sort();
        assert_eq!(booked.window, stay(100, 100 + STORED_NIGHTS));
        let expected = [
            (keys[0], vec![stay(100, 105)]),
            (
                keys[1],
                vec![stay(100, 101), stay(102, 103), stay(570, 580)],
            ),
        ];
        assert_eq!(booked.documents, expected);
    }

    #[test]
    fn the_first_day_advances_in_steps_and_never_goes_back() {
        let table = NightTable::new();
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        table.advance(first, &entering);
        assert_eq!(table.next_step(Date::of_days(100)), None);
        assert_eq!(table.next_step(Date::of_days(20)), None);
        let row = table.row_or_new(Key::from_u128(1));
        let row = table.nights(row).unwrap();
        row.store(&nights(100, 100 + STORED_NIGHTS));
        let mut steps = 0;
        while let Some((first, entering)) = table.next_step(Date::of_days(180)) {
            let searchable = table.searchable_window().unwrap();
            table.advance(first, &entering);
            // Searches see what they saw before, except nights that are over, and the nights that
            // enter are free.
            let still = table.searchable_nights(&searchable);
            assert_eq!(row.load().intersection(&still), still);
            let entering = table.stored_nights(&[entering]);
            assert!(!row.intersects(&entering));
            row.store(&row.load().union(&entering));
            steps += 1;
        }
        assert_eq!(
            (steps, table.searchable_window()),
            (3, Some(stay(180, 180 + SEARCHABLE_NIGHTS)))
        );
    }
}
