//! The busy days of a collection's documents, in memory.
//!
//! The value of a document is a ring of [`RING_DAYS`] bits, one for each day. From the first day
//! on, the table stores the first [`STORED_DAYS`] days, and searches see the first
//! [`SEARCHABLE_DAYS`] of these. The first day advances by at most [`STEP_DAYS`] at a time: the
//! bits of days that are over become those of the days that enter at the far end. Searches cannot
//! see these yet, so there is time to fill them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::signal::{AtomicCell, Signal};
use super::table::DocumentTable;
use crate::availability::{AtomicDaySet, Date, DateRange, DaySet, DaysChange, RING_DAYS};
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

/// The signal of busy days.
#[derive(Debug)]
pub(crate) struct Days;

/// The busy days of the documents below a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DayBounds {
    of_all: DaySet,
    of_some: DaySet,
}

/// The bounds of a node, while searches read them.
#[derive(Debug)]
pub(crate) struct AtomicDayBounds {
    /// Days that are busy of every document below the node, so that a search can skip it.
    pub(crate) of_all: AtomicDaySet,
    /// All days that are busy of some document below the node. On other days a search need not test
    /// the documents.
    pub(crate) of_some: AtomicDaySet,
}

/// The busy days of one collection's documents, and the days that are stored. One writer and any
/// number of readers at a time.
#[derive(Debug)]
pub(crate) struct DayTable {
    documents: Arc<DocumentTable<Days>>,
    /// The first day, or [`NO_DAY`].
    first_day: AtomicI64,
}

const NO_DAY: i64 = i64::MIN;

impl DayTable {
    pub(crate) fn new() -> DayTable {
        DayTable {
            documents: Arc::new(DocumentTable::new(DaySet::EMPTY)),
            first_day: AtomicI64::new(NO_DAY),
        }
    }

    /// The busy days of each document, of which only those in the window count.
    pub(crate) fn documents(&self) -> &Arc<DocumentTable<Days>> {
        &self.documents
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
        let window = self.searchable_window();
        window.map_or_else(Vec::new, |window| {
            self.documents.value(key).ranges_within(&window)
        })
    }

    /// The busy days of a document after a change, if it had these before.
    pub(crate) fn changed(&self, before: &DaySet, change: &DaysChange) -> DaySet {
        let freed = self.stored_days(&change.freed);
        before
            .difference(&freed)
            .union(&self.stored_days(&change.busy))
    }

    /// The stored window, and the busy days in it.
    pub(crate) fn busy_days(&self) -> Option<BusyDays> {
        let window = self.window(STORED_DAYS)?;
        let documents = self.documents.filter_map(|key, days| {
            let ranges = days.ranges_within(&window);
            (!ranges.is_empty()).then_some((key, ranges))
        });
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
        self.documents.update_all(|days| days.difference(&entering));
        self.first_day
            .store(i64::from(first.days()), Ordering::Release);
    }

    /// Frees all days, and leaves the table without a window.
    pub(crate) fn reset(&self) {
        self.first_day.store(NO_DAY, Ordering::Release);
        self.documents.update_all(|_| DaySet::EMPTY);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.documents.memory_bytes()
    }

    /// The days of some ranges that are stored.
    fn stored_days(&self, ranges: &[DateRange]) -> DaySet {
        days_within(ranges, self.window(STORED_DAYS))
    }

    /// The first days, beginning with the first day.
    fn window(&self, days: i32) -> Option<DateRange> {
        let first = self.first_day.load(Ordering::Acquire);
        let first = Date::of_days(i32::try_from(first).ok()?);
        DateRange::new(first, first.plus_days(days)).ok()
    }
}

impl Signal for Days {
    type Value = DaySet;
    type Cell = AtomicDaySet;
    type Bounds = DayBounds;
    type BoundsCell = AtomicDayBounds;

    const OF_NONE: DayBounds = DayBounds {
        of_all: DaySet::ALL,
        of_some: DaySet::EMPTY,
    };
    const OF_ANY: DayBounds = DayBounds {
        of_all: DaySet::EMPTY,
        of_some: DaySet::ALL,
    };

    fn bounds(days: &DaySet) -> DayBounds {
        DayBounds {
            of_all: *days,
            of_some: *days,
        }
    }

    fn merge(a: &DayBounds, b: &DayBounds) -> DayBounds {
        DayBounds {
            of_all: a.of_all.intersection(&b.of_all),
            of_some: a.of_some.union(&b.of_some),
        }
    }
}

impl AtomicCell<DaySet> for AtomicDaySet {
    fn new(days: &DaySet) -> AtomicDaySet {
        AtomicDaySet::of(days)
    }

    fn load(&self) -> DaySet {
        AtomicDaySet::load(self)
    }

    fn store(&self, days: &DaySet) {
        AtomicDaySet::store(self, days);
    }
}

impl AtomicCell<DayBounds> for AtomicDayBounds {
    fn new(bounds: &DayBounds) -> AtomicDayBounds {
        AtomicDayBounds {
            of_all: AtomicDaySet::of(&bounds.of_all),
            of_some: AtomicDaySet::of(&bounds.of_some),
        }
    }

    fn load(&self) -> DayBounds {
        DayBounds {
            of_all: self.of_all.load(),
            of_some: self.of_some.load(),
        }
    }

    fn store(&self, bounds: &DayBounds) {
        self.of_all.store(&bounds.of_all);
        self.of_some.store(&bounds.of_some);
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
        let book = |key, ranges: &[DateRange]| {
            let change = DaysChange {
                key,
                freed: Vec::new(),
                busy: ranges.to_vec(),
            };
            let row = table.documents.row_or_new(key);
            let days = table.changed(&DaySet::EMPTY, &change);
            table.documents.cell(row).unwrap().store(&days);
        };
        book(keys[0], &[range(90, 103), range(103, 105)]);
        book(
            keys[1],
            &[range(100, 101), range(102, 103), range(570, 900)],
        );
        book(keys[2], &[range(0, 100)]);
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
        let row = table.documents.row_or_new(Key::from_u128(1));
        let row = table.documents.cell(row).unwrap();
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
