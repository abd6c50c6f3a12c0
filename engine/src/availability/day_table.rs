//! The busy days of a collection's documents, in memory.
//!
//! Days are signals of a document, like those of its owner: the next search sees a change, and a
//! change costs no commit. Only documents with a busy day get a row, of one bit per day, and
//! searches read it without a lock.
//!
//! A row is a ring of [`RING_DAYS`] bits. From the first day on, the table stores the first
//! [`STORED_DAYS`] days, and searches see the first [`SEARCHABLE_DAYS`] of these. The first
//! day advances by at most [`STEP_DAYS`] at a time: the bits of days that are over become those
//! of the days that enter at the far end. Searches cannot see these yet, so there is time to fill
//! them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::date::Date;
use super::date_range::DateRange;
use super::day_set::{AtomicDaySet, DaySet, RING_DAYS};
use crate::schema::Key;

/// The busy days of a collection's documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyDays {
    /// The days for which the index knows whether they are busy.
    pub window: DateRange,
    /// Each document with a busy day in the window, with its busy days in order, as the
    /// fewest ranges.
    pub documents: Vec<(Key, Vec<DateRange>)>,
}

/// The days that a row stores. Its other bits are unused until the next step.
const STORED_DAYS: i32 = RING_DAYS - STEP_DAYS;
/// The days that searches can see.
const SEARCHABLE_DAYS: i32 = STORED_DAYS - STEP_DAYS;
/// The largest step of the first day.
const STEP_DAYS: i32 = 32;

/// The number of a document's row in a [`DayTable`]; 0 is no row.
pub(crate) type DayRow = u32;

/// The busy days of one collection's documents. One writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct DayTable {
    rows: Mutex<HashMap<Key, DayRow>>,
    /// Each twice as long as the one before, so that no row ever moves.
    blocks: [OnceLock<Box<[AtomicDaySet]>>; BLOCKS],
    /// The first day, or [`NO_DAY`].
    first_day: AtomicI64,
}

const FIRST_BLOCK_ROWS: u32 = 256;
/// Together they have a row for each of 2^32 documents.
const BLOCKS: usize = 25;
const NO_DAY: i64 = i64::MIN;

impl DayTable {
    pub(crate) fn new() -> DayTable {
        DayTable {
            rows: Mutex::default(),
            blocks: [const { OnceLock::new() }; BLOCKS],
            first_day: AtomicI64::new(NO_DAY),
        }
    }

    /// The days that searches can see; all others count as free.
    pub(crate) fn searchable_window(&self) -> Option<DateRange> {
        self.window(SEARCHABLE_DAYS)
    }

    /// The days of a range that searches can see.
    pub(crate) fn searchable_days(&self, range: &DateRange) -> DaySet {
        days_within(std::slice::from_ref(range), self.searchable_window())
    }

    /// The busy days of a document that searches can see, as the fewest ranges.
    pub(crate) fn searchable_busy_days(&self, key: Key) -> Vec<DateRange> {
        let days = self.row(key).and_then(|row| self.days(row));
        let ranges = self.searchable_window().zip(days);
        ranges.map_or_else(Vec::new, |(window, days)| {
            days.load().ranges_within(&window)
        })
    }

    /// The days of some ranges that are stored.
    pub(crate) fn stored_days(&self, ranges: &[DateRange]) -> DaySet {
        days_within(ranges, self.window(STORED_DAYS))
    }

    /// The stored window, and the busy days in it.
    pub(crate) fn busy_days(&self) -> Option<BusyDays> {
        let window = self.window(STORED_DAYS)?;
        let ranges = |(&key, &row): (&Key, &DayRow)| {
            let ranges = self.days(row)?.load().ranges_within(&window);
            (!ranges.is_empty()).then_some((key, ranges))
        };
        let documents = self.lock().iter().filter_map(ranges).collect();
        Some(BusyDays { window, documents })
    }

    /// The next first day on the way to `first`, and the days that enter with it.
    pub(crate) fn next_step(&self, first: Date) -> Option<(Date, DateRange)> {
        let Some(stored) = self.window(STORED_DAYS) else {
            let all = DateRange::new(first, first.plus_days(STORED_DAYS));
            return Some((first, all.ok()?));
        };
        let first = first.min(stored.start().plus_days(STEP_DAYS));
        let entering = DateRange::new(stored.end(), first.plus_days(STORED_DAYS)).ok()?;
        Some((first, entering))
    }

    /// Frees the days that enter, and moves the windows to the new first day.
    pub(crate) fn advance(&self, first: Date, entering: &DateRange) {
        let entering = DaySet::of(entering);
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&row.load().difference(&entering));
        }
        self.first_day
            .store(i64::from(first.days()), Ordering::Release);
    }

    /// Frees all days, and leaves the table without a window.
    pub(crate) fn reset(&self) {
        self.first_day.store(NO_DAY, Ordering::Release);
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&DaySet::EMPTY);
        }
    }

    pub(crate) fn row(&self, key: Key) -> Option<DayRow> {
        self.lock().get(&key).copied()
    }

    /// The rows of all these keys, 0 for a key without one; `None` if none has one.
    pub(crate) fn rows(&self, keys: &[u128]) -> Option<Vec<DayRow>> {
        let rows = self.lock();
        if rows.is_empty() {
            return None;
        }
        let row = |&key: &u128| rows.get(&Key::from_u128(key)).copied().unwrap_or(0);
        let rows: Vec<DayRow> = keys.iter().map(row).collect();
        rows.iter().any(|&row| row != 0).then_some(rows)
    }

    /// The row of a key; a new one, without a busy day, for an unknown key.
    pub(crate) fn row_or_new(&self, key: Key) -> DayRow {
        let mut rows = self.lock();
        let next = DayRow::try_from(rows.len() + 1).unwrap_or(DayRow::MAX);
        let row = *rows.entry(key).or_insert(next);
        let (block, _) = block_and_index(row);
        self.blocks[block].get_or_init(|| {
            let rows = 0..u64::from(FIRST_BLOCK_ROWS) << block;
            rows.map(|_| AtomicDaySet::default()).collect()
        });
        row
    }

    /// The busy days of a row; `None` for row 0.
    pub(crate) fn days(&self, row: DayRow) -> Option<&AtomicDaySet> {
        if row == 0 {
            return None;
        }
        let (block, at) = block_and_index(row);
        self.blocks[block].get()?.get(at)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A hash table keeps a byte beside each entry.
        let rows_bytes = self.lock().capacity() * (size_of::<(Key, DayRow)>() + 1);
        let blocks = self.blocks.iter().filter_map(OnceLock::get);
        rows_bytes + blocks.map(|block| size_of_val(&block[..])).sum::<usize>()
    }

    /// The first days, beginning with the first day.
    fn window(&self, days: i32) -> Option<DateRange> {
        let first = self.first_day.load(Ordering::Acquire);
        let first = Date::of_days(i32::try_from(first).ok()?);
        DateRange::new(first, first.plus_days(days)).ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, DayRow>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn days_within(ranges: &[DateRange], window: Option<DateRange>) -> DaySet {
    let Some(window) = window else {
        return DaySet::EMPTY;
    };
    let within = ranges
        .iter()
        .filter_map(|range| range.intersection(&window));
    within.fold(DaySet::EMPTY, |set, range| set.union(&DaySet::of(&range)))
}

/// The block of a row, and its index there.
fn block_and_index(row: DayRow) -> (usize, usize) {
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

    fn range(from: i32, to: i32) -> DateRange {
        DateRange::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    fn days(from: i32, to: i32) -> DaySet {
        DaySet::of(&range(from, to))
    }

    #[test]
    fn every_row_has_days_of_its_own() {
        let table = DayTable::new();
        assert!(table.days(0).is_none());
        let mut indexes = std::collections::HashSet::new();
        for n in 1..3_000 {
            let row = table.row_or_new(Key::from_u128(n));
            assert_eq!(table.row(Key::from_u128(n)), Some(row));
            assert!(indexes.insert(block_and_index(row)), "{row}");
            let busy = days(row as i32, row as i32 + 3);
            table.days(row).unwrap().store(&busy);
        }
        for row in 1..3_000 {
            let busy = days(row as i32, row as i32 + 3);
            assert_eq!(table.days(row).unwrap().load(), busy);
        }
        assert_eq!(block_and_index(DayRow::MAX).0, BLOCKS - 1);
    }

    #[test]
    fn nights_outside_of_the_window_are_not_stored() {
        let table = DayTable::new();
        assert_eq!(table.stored_days(&[range(0, 10)]), DaySet::EMPTY);
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        assert_eq!(entering, range(100, 100 + STORED_DAYS));
        table.advance(first, &entering);
        assert_eq!(
            table.searchable_window(),
            Some(range(100, 100 + SEARCHABLE_DAYS))
        );
        assert_eq!(table.stored_days(&[range(90, 101)]), days(100, 101));
        let far = 100 + STORED_DAYS;
        assert_eq!(
            table.stored_days(&[range(far - 1, far + 5)]),
            days(far - 1, far)
        );
        assert_eq!(
            table.searchable_days(&range(100 + SEARCHABLE_DAYS, far)),
            DaySet::EMPTY
        );
    }

    #[test]
    fn busy_days_are_the_fewest_ranges_and_within_the_window() {
        let table = DayTable::new();
        assert_eq!(table.busy_days(), None);
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        table.advance(first, &entering);
        let keys: Vec<Key> = (1..=3).map(Key::from_u128).collect();
        let [adjacent, apart, outside] = [0, 1, 2].map(|at| table.row_or_new(keys[at]));
        let book = |row, ranges: &[DateRange]| {
            let days = table.stored_days(ranges);
            table.days(row).unwrap().store(&days);
        };
        book(adjacent, &[range(90, 103), range(103, 105)]);
        book(apart, &[range(100, 101), range(102, 103), range(570, 900)]);
        book(outside, &[range(0, 100)]);
        let mut busy = table.busy_days().unwrap();
        busy.documents.sort();
        assert_eq!(busy.window, range(100, 100 + STORED_DAYS));
        let expected = [
            (keys[0], vec![range(100, 105)]),
            (
                keys[1],
                vec![range(100, 101), range(102, 103), range(570, 580)],
            ),
        ];
        assert_eq!(busy.documents, expected);
    }

    #[test]
    fn the_first_day_advances_in_steps_and_never_goes_back() {
        let table = DayTable::new();
        let (first, entering) = table.next_step(Date::of_days(100)).unwrap();
        table.advance(first, &entering);
        assert_eq!(table.next_step(Date::of_days(100)), None);
        assert_eq!(table.next_step(Date::of_days(20)), None);
        let row = table.row_or_new(Key::from_u128(1));
        let row = table.days(row).unwrap();
        row.store(&days(100, 100 + STORED_DAYS));
        let mut steps = 0;
        while let Some((first, entering)) = table.next_step(Date::of_days(180)) {
            let searchable = table.searchable_window().unwrap();
            table.advance(first, &entering);
            // Searches see what they saw before, except days that are over, and the days that
            // enter are free.
            let still = table.searchable_days(&searchable);
            assert_eq!(row.load().intersection(&still), still);
            let entering = table.stored_days(&[entering]);
            assert!(!row.intersects(&entering));
            row.store(&row.load().union(&entering));
            steps += 1;
        }
        assert_eq!(
            (steps, table.searchable_window()),
            (3, Some(range(180, 180 + SEARCHABLE_DAYS)))
        );
    }
}
