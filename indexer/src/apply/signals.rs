//! Applies the signals of landlords and documents in memory, where searches see them without a
//! commit.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use roost_collections::DeclaredSignal;
use roost_engine::{Date, Key, NumberChange, Position, StoreError, Writer};

use super::busy_rows::BusyRows;
use super::pg_snapshot::PgSnapshot;
use super::row_change::{RowChange, SignalChange};
use super::signal_rows::SignalRows;
use crate::wal::convert::BusyRow;
use crate::wal::table::Tables;

/// The signals of one index. The index itself is a parameter of each method.
pub(crate) struct SignalApplier {
    /// The landlords that have signals.
    landlords: HashSet<Key>,
    /// The signals of days, with their rows.
    days: Vec<(DeclaredSignal, BusyRows)>,
    /// The signals of numbers, whose values the index has.
    numbers: Vec<DeclaredSignal>,
    /// The first night of the availability window.
    first_night: Option<Date>,
    /// The end of the WAL when the signals were loaded. Before this position they may be newer than
    /// the stream.
    loaded_at: Position,
    /// The snapshot that the signals were loaded from, if the stream has been applied from there to
    /// the checkpoint. The next session then need not load them.
    current_since: Option<PgSnapshot>,
}

/// The first night of the availability window now: yesterday's, which is still today's in the west
/// of the Pacific.
pub(crate) fn first_night() -> Date {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now_s = since_1970.unwrap_or_default().as_secs();
    Date::of_moment(i64::try_from(now_s).unwrap_or(i64::MAX)).plus_days(-1)
}

impl SignalApplier {
    pub(crate) fn new(tables: &Tables) -> SignalApplier {
        let (days, numbers): (Vec<_>, Vec<_>) =
            tables.signals().partition(|it| it.declaration.is_of_days());
        let days = days.into_iter().map(|it| (it, BusyRows::default()));
        SignalApplier {
            landlords: HashSet::new(),
            days: days.collect(),
            numbers,
            first_night: None,
            loaded_at: Position(0),
            current_since: None,
        }
    }

    /// Applies the changes of a whole transaction at once.
    pub(crate) fn apply(
        &mut self,
        index: &Writer,
        changes: Vec<SignalChange>,
    ) -> Result<(), StoreError> {
        let (mut days, mut numbers) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                SignalChange::Landlords(RowChange::Put(key, signals)) => {
                    self.landlords.insert(key);
                    index.set_signals(key, signals);
                }
                SignalChange::Landlords(RowChange::Remove(key)) => {
                    self.landlords.remove(&key);
                    index.remove_signals(key);
                }
                SignalChange::Landlords(RowChange::Clear) => {
                    self.landlords.clear();
                    index.clear_signals();
                }
                SignalChange::Days(signal, change) => days.push((signal, change)),
                SignalChange::Numbers(signal, change) => numbers.push((signal, change)),
            }
        }
        self.change_days(index, &days)?;
        self.change_numbers(index, &numbers)
    }

    /// Replaces the signals of all landlords and documents. Landlords that no longer exist are
    /// removed one by one, so that no search sees the others without signals.
    pub(crate) fn replace(&mut self, index: &Writer, rows: SignalRows) -> Result<(), StoreError> {
        let mut gone = std::mem::take(&mut self.landlords);
        for (key, signals) in rows.landlords {
            gone.remove(&key);
            self.landlords.insert(key);
            index.set_signals(key, signals);
        }
        for key in gone {
            index.remove_signals(key);
        }
        self.apply(index, rows.documents)
    }

    /// Moves the start of the availability window forward to a day. If the clock was put back, the
    /// window is emptied, and the rows have to be loaded again.
    pub(crate) fn keep_nights(&mut self, index: &Writer, first: Date) -> Result<(), StoreError> {
        if self.clock_was_put_back(first) {
            for (signal, rows) in &mut self.days {
                index.reset_availability_window(signal.collection);
                *rows = BusyRows::default();
            }
            self.first_night = None;
        }
        self.first_night = self.first_night.max(Some(first));
        for (signal, rows) in &mut self.days {
            let collection = signal.collection;
            while let Some(entering) = index.advance_availability_window(collection, first) {
                rows.forget_before(first);
                index.change_days(collection, &rows.busy_within(&entering))?;
            }
        }
        Ok(())
    }

    /// Whether the window starts after this day, because the clock was ahead. One day does not
    /// count: a clock that is corrected around midnight makes no difference to future nights.
    pub(crate) fn clock_was_put_back(&self, first: Date) -> bool {
        self.first_night
            .is_some_and(|kept| kept > first.plus_days(1))
    }

    /// Records the end of the WAL at the moment when the signals were loaded.
    pub(crate) fn set_loaded_at(&mut self, wal_end: Position) {
        self.loaded_at = wal_end;
    }

    /// Whether the signals are as of this position, and not as of the later moment of their load.
    pub(crate) fn are_as_of(&self, position: Position) -> bool {
        position >= self.loaded_at
    }

    /// Lets the next session continue with these signals, which were loaded from a snapshot.
    pub(crate) fn set_current_since(&mut self, snapshot: Option<PgSnapshot>) {
        self.current_since = snapshot;
    }

    /// The snapshot from which the stream has been applied without a gap, for one session.
    pub(crate) fn take_current_since(&mut self) -> Option<PgSnapshot> {
        self.current_since.take()
    }

    fn change_days(
        &mut self,
        index: &Writer,
        changes: &[(DeclaredSignal, RowChange<BusyRow>)],
    ) -> Result<(), StoreError> {
        for (signal, rows) in &mut self.days {
            let of_signal = changes.iter().filter(|(of, _)| of == signal);
            let changes = rows.apply(of_signal.map(|(_, change)| *change));
            if !changes.is_empty() {
                index.change_days(signal.collection, &changes)?;
            }
        }
        Ok(())
    }

    fn change_numbers(
        &self,
        index: &Writer,
        changes: &[(DeclaredSignal, RowChange<f64>)],
    ) -> Result<(), StoreError> {
        for &signal in &self.numbers {
            let of_signal = changes.iter().filter(|(of, _)| *of == signal);
            let default = signal.declaration.default_number();
            // The last change of a document counts.
            let mut numbers: BTreeMap<Key, f64> = BTreeMap::new();
            for (_, change) in of_signal {
                match *change {
                    RowChange::Put(key, number) => drop(numbers.insert(key, number)),
                    RowChange::Remove(key) => drop(numbers.insert(key, default)),
                    RowChange::Clear => {
                        let known = index.numbers(signal.collection, signal.id)?;
                        let known = known.into_iter().map(|(key, _)| key);
                        let known: Vec<Key> = known.chain(numbers.into_keys()).collect();
                        numbers = known.into_iter().map(|key| (key, default)).collect();
                    }
                }
            }
            let changes = numbers.into_iter();
            let changes = changes.map(|(key, value)| NumberChange { key, value });
            let changes: Vec<NumberChange> = changes.collect();
            if !changes.is_empty() {
                index.change_numbers(signal.collection, signal.id, &changes)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_collections::{requests, rooms};
    use roost_engine::{DateRange, Store, StoreOptions};

    fn day(n: i32) -> Date {
        Date::of_days(n)
    }

    fn key(n: u128) -> Key {
        Key::from_u128(n)
    }

    fn signal(name: &str) -> DeclaredSignal {
        let tables = Tables::built_in();
        let mut signals = tables.signals();
        signals.find(|it| it.declaration.name == name).unwrap()
    }

    fn index() -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Store::open(
            folder.path(),
            &roost_collections::built_in(),
            &StoreOptions::default(),
        )
        .unwrap();
        (folder, writer)
    }

    fn rows(documents: Vec<SignalChange>) -> SignalRows {
        let tables = Tables::built_in();
        let cleared = tables.signals().map(SignalChange::clear);
        SignalRows {
            landlords: Vec::new(),
            documents: cleared.chain(documents).collect(),
            rejected: Vec::new(),
            snapshot: "1:1:".parse().unwrap(),
        }
    }

    #[test]
    fn a_clock_that_is_put_back_returns_the_bookings_of_those_days() {
        let (_folder, writer) = index();
        let mut applier = SignalApplier::new(&Tables::built_in());
        let (document, nights) = (key(7), signal("nights"));
        let days = DateRange::new(day(1003), day(1005)).unwrap();
        let row = RowChange::Put(key(1), BusyRow { document, days });
        for first in [1000, 5000, 1001] {
            applier.keep_nights(&writer, day(first)).unwrap();
            let booked = rows(vec![SignalChange::Days(nights, row)]);
            applier.replace(&writer, booked).unwrap();
            let taken = writer.busy_days(rooms::collection()).unwrap();
            assert_eq!(taken.window.start(), day(first));
            let expected = if first == 5000 {
                vec![]
            } else {
                vec![(document, vec![days])]
            };
            assert_eq!(taken.documents, expected, "kept from {first} on");
        }
        // A small correction around midnight.
        assert!(!applier.clock_was_put_back(day(1000)));
        assert!(applier.clock_was_put_back(day(999)));
    }

    #[test]
    fn the_last_change_of_a_number_in_a_transaction_counts() {
        let (_folder, writer) = index();
        let mut applier = SignalApplier::new(&Tables::built_in());
        let exposure = signal("exposure");
        let mut apply = |changes: &[RowChange<f64>]| {
            let changes = changes.iter();
            let changes = changes.map(|change| SignalChange::Numbers(exposure, *change));
            applier.apply(&writer, changes.collect()).unwrap();
            let mut numbers = writer.numbers(requests::collection(), exposure.id).unwrap();
            numbers.sort_by_key(|(key, _)| *key);
            numbers
        };
        let put = |n, number| RowChange::Put(key(n), number);
        let numbers = apply(&[put(1, 3.0), put(2, 5.0), put(1, 4.0)]);
        assert_eq!(numbers, [(key(1), 4.0), (key(2), 5.0)]);
        let numbers = apply(&[put(3, 1.0), RowChange::Clear, put(2, 6.0)]);
        assert_eq!(numbers, [(key(2), 6.0)]);
        assert_eq!(apply(&[put(2, 7.0), RowChange::Remove(key(2))]), []);
        // A document without a row has the same number as with one of the default.
        assert_eq!(apply(&[put(4, 0.0)]), []);
    }

    #[test]
    fn numbers_that_were_loaded_again_replace_all_earlier_ones() {
        let (_folder, writer) = index();
        let mut applier = SignalApplier::new(&Tables::built_in());
        let exposure = signal("exposure");
        let put = |n, number| SignalChange::Numbers(exposure, RowChange::Put(key(n), number));
        for loaded in [vec![put(1, 3.0), put(2, 5.0)], vec![put(2, 6.0)]] {
            applier.replace(&writer, rows(loaded)).unwrap();
        }
        let numbers = writer.numbers(requests::collection(), exposure.id).unwrap();
        assert_eq!(numbers, [(key(2), 6.0)]);
    }
}
