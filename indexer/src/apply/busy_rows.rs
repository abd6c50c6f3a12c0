//! Tracks the rows that make days of documents busy, such as bookings, and turns their changes into
//! changes of busy days.
//!
//! A change names its row, but not the days that the row made busy before. So all rows that are not
//! over are kept here. Postgres sees to it that no two rows of a document have a day in common. The
//! days that one row frees are therefore free, unless another row makes them busy in the same
//! transaction.

use std::collections::HashMap;

use roost_engine::{Date, DateRange, DaysChange, Key};

use super::row_change::RowChange;
use crate::wal::convert::BusyRow;

/// The rows that make days busy, by their keys.
#[derive(Debug, Default)]
pub(crate) struct BusyRows(HashMap<Key, BusyRow>);

impl BusyRows {
    /// Applies the changes of a whole transaction. Returns the resulting change of each document's
    /// days.
    pub(crate) fn apply(
        &mut self,
        changes: impl IntoIterator<Item = RowChange<BusyRow>>,
    ) -> Vec<DaysChange> {
        let mut before = HashMap::new();
        for change in changes {
            match change {
                RowChange::Put(key, row) => {
                    let old = self.0.insert(key, row);
                    before.entry(key).or_insert(old);
                }
                RowChange::Remove(key) => {
                    let old = self.0.remove(&key);
                    before.entry(key).or_insert(old);
                }
                RowChange::Clear => {
                    for (key, old) in self.0.drain() {
                        before.entry(key).or_insert(Some(old));
                    }
                }
            }
        }
        let mut documents = Documents::default();
        for (key, old) in before {
            let new = self.0.get(&key);
            if old.as_ref() != new {
                old.iter()
                    .for_each(|old| documents.change(old.document).freed.push(old.days));
                new.iter()
                    .for_each(|new| documents.change(new.document).busy.push(new.days));
            }
        }
        documents.into_changes()
    }

    /// The days that are busy within a range that has just entered the availability window.
    pub(crate) fn busy_within(&self, range: &DateRange) -> Vec<DaysChange> {
        let mut documents = Documents::default();
        for row in self.0.values() {
            if let Some(days) = row.days.intersection(range) {
                documents.change(row.document).busy.push(days);
            }
        }
        documents.into_changes()
    }

    /// Forgets the rows that are over on a day.
    pub(crate) fn forget_before(&mut self, first: Date) {
        self.0.retain(|_, row| row.days.end() > first);
    }
}

/// The changes of days, by document.
#[derive(Default)]
struct Documents(HashMap<Key, DaysChange>);

impl Documents {
    fn change(&mut self, key: Key) -> &mut DaysChange {
        self.0.entry(key).or_insert_with(|| DaysChange {
            key,
            freed: Vec::new(),
            busy: Vec::new(),
        })
    }

    fn into_changes(self) -> Vec<DaysChange> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u128) -> Key {
        Key::from_u128(n)
    }

    fn stay(from: i32, to: i32) -> DateRange {
        DateRange::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    fn booking(room: u128, from: i32, to: i32) -> BusyRow {
        BusyRow {
            document: key(room),
            days: stay(from, to),
        }
    }

    fn put(n: u128, booking: BusyRow) -> RowChange<BusyRow> {
        RowChange::Put(key(n), booking)
    }

    fn change(room: u128, freed: &[DateRange], taken: &[DateRange]) -> DaysChange {
        DaysChange {
            key: key(room),
            freed: freed.to_vec(),
            busy: taken.to_vec(),
        }
    }

    #[test]
    fn a_changed_booking_frees_its_old_nights_and_reserves_its_new_ones() {
        let mut bookings = BusyRows::default();
        let made = bookings.apply([put(1, booking(7, 3, 5))]);
        assert_eq!(made, [change(7, &[], &[stay(3, 5)])]);
        // A repeated change has no effect.
        assert_eq!(bookings.apply([put(1, booking(7, 3, 5))]), []);
        let longer = bookings.apply([put(1, booking(7, 3, 6))]);
        assert_eq!(longer, [change(7, &[stay(3, 5)], &[stay(3, 6)])]);
        let mut moved = bookings.apply([put(1, booking(8, 3, 6))]);
        moved.sort_by_key(|change| change.key);
        assert_eq!(
            moved,
            [change(7, &[stay(3, 6)], &[]), change(8, &[], &[stay(3, 6)])]
        );
        let cancelled = bookings.apply([RowChange::Remove(key(1))]);
        assert_eq!(cancelled, [change(8, &[stay(3, 6)], &[])]);
        assert_eq!(bookings.apply([RowChange::Remove(key(1))]), []);
    }

    #[test]
    fn a_cancellation_and_a_new_booking_in_one_transaction_are_one_change() {
        let mut bookings = BusyRows::default();
        bookings.apply([put(1, booking(7, 3, 5))]);
        let swapped = bookings.apply([
            RowChange::Remove(key(1)),
            put(2, booking(7, 9, 11)),
            put(2, booking(7, 4, 6)),
        ]);
        assert_eq!(swapped, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
    }

    #[test]
    fn reloaded_bookings_replace_all_earlier_ones() {
        let mut bookings = BusyRows::default();
        bookings.apply([put(1, booking(7, 3, 5)), put(2, booking(8, 3, 5))]);
        let same = [put(1, booking(7, 3, 5)), put(2, booking(8, 3, 5))];
        let replace = |with: [RowChange<BusyRow>; 2]| [&[RowChange::Clear], &with[..]].concat();
        assert_eq!(bookings.apply(replace(same)), []);
        let other = [put(3, booking(7, 4, 6)), put(2, booking(8, 3, 5))];
        let changes = bookings.apply(replace(other));
        assert_eq!(changes, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
        let emptied = bookings.apply([RowChange::Clear]);
        assert_eq!(emptied.len(), 2);
        assert_eq!(bookings.busy_within(&stay(0, 100)), []);
    }

    #[test]
    fn past_bookings_are_forgotten_and_others_reserve_nights_that_enter_the_window() {
        let mut bookings = BusyRows::default();
        bookings.apply([put(1, booking(7, 3, 5)), put(2, booking(8, 9, 20))]);
        bookings.forget_before(Date::of_days(5));
        assert_eq!(bookings.busy_within(&stay(0, 9)), []);
        assert_eq!(
            bookings.busy_within(&stay(15, 40)),
            [change(8, &[], &[stay(15, 20)])]
        );
    }
}
