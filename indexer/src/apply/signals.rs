//! Applies landlord signals and bookings in memory, where searches see them without a commit.

use std::collections::HashSet;
use std::time::SystemTime;

use roost_collections::rooms;
use roost_engine::{Date, DaysChange, Key, Position, Signals, StoreError, Writer};

use super::bookings::{BookingChange, Bookings};
use super::pg_snapshot::PgSnapshot;
use super::signal_rows::SignalRows;

/// The signals and booked nights of one index. The index itself is a parameter of each method.
pub(crate) struct SignalApplier {
    /// The landlords that have signals.
    landlords: HashSet<Key>,
    bookings: Bookings,
    /// The first night of the availability window.
    first_night: Option<Date>,
    /// The end of the WAL when the signals were loaded. Before this position they may be newer than
    /// the stream.
    loaded_at: Position,
    /// The snapshot that the signals were loaded from, if the stream has been applied from there to
    /// the checkpoint. The next session then need not load them.
    current_since: Option<PgSnapshot>,
}

/// A change of a landlord's signals or of a booking. It takes effect at the end of its transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SignalChange {
    Set(Key, Signals),
    Remove(Key),
    Clear,
    Booking(BookingChange),
}

/// The first night of the availability window now: yesterday's, which is still today's in the west
/// of the Pacific.
pub(crate) fn first_night() -> Date {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now_s = since_1970.unwrap_or_default().as_secs();
    Date::of_moment(i64::try_from(now_s).unwrap_or(i64::MAX)).plus_days(-1)
}

impl SignalApplier {
    pub(crate) fn new() -> SignalApplier {
        SignalApplier {
            landlords: HashSet::new(),
            bookings: Bookings::default(),
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
        let mut bookings = Vec::new();
        for change in changes {
            match change {
                SignalChange::Set(key, signals) => {
                    self.landlords.insert(key);
                    index.set_signals(key, signals);
                }
                SignalChange::Remove(key) => {
                    self.landlords.remove(&key);
                    index.remove_signals(key);
                }
                SignalChange::Clear => {
                    self.landlords.clear();
                    index.clear_signals();
                }
                SignalChange::Booking(change) => bookings.push(change),
            }
        }
        change_nights(index, &self.bookings.apply(bookings))
    }

    /// Replaces the signals of all landlords, and all bookings. Landlords that no longer exist are
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
        change_nights(index, &self.bookings.replace(rows.bookings))
    }

    /// Moves the start of the availability window forward to a day. If the clock was put back, the
    /// window is emptied, and the bookings have to be loaded again.
    pub(crate) fn keep_nights(&mut self, index: &Writer, first: Date) -> Result<(), StoreError> {
        if self.clock_was_put_back(first) {
            index.reset_availability_window(rooms::collection());
            self.bookings = Bookings::default();
            self.first_night = None;
        }
        self.first_night = self.first_night.max(Some(first));
        while let Some(entering) = index.advance_availability_window(rooms::collection(), first) {
            self.bookings.forget_before(first);
            change_nights(index, &self.bookings.reserved_within(&entering))?;
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
}

fn change_nights(index: &Writer, changes: &[DaysChange]) -> Result<(), StoreError> {
    index.change_days(rooms::collection(), changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{DateRange, Store, StoreOptions};

    use crate::wal::convert::Booking;

    fn day(n: i32) -> Date {
        Date::of_days(n)
    }

    #[test]
    fn a_clock_that_is_put_back_returns_the_bookings_of_those_days() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Store::open(
            folder.path(),
            &roost_collections::built_in(),
            &StoreOptions::default(),
        )
        .unwrap();
        let mut applier = SignalApplier::new();
        let (key, room) = (Key::from_u128(1), Key::from_u128(7));
        let stay = DateRange::new(day(1003), day(1005)).unwrap();
        let booked = || SignalRows {
            landlords: Vec::new(),
            bookings: vec![(key, Booking { room, stay })],
            rejected: Vec::new(),
            snapshot: "1:1:".parse().unwrap(),
        };
        for first in [1000, 5000, 1001] {
            applier.keep_nights(&writer, day(first)).unwrap();
            applier.replace(&writer, booked()).unwrap();
            let taken = writer.busy_days(rooms::collection()).unwrap();
            assert_eq!(taken.window.start(), day(first));
            let expected = if first == 5000 {
                vec![]
            } else {
                vec![(room, vec![stay])]
            };
            assert_eq!(taken.documents, expected, "kept from {first} on");
        }
        // A small correction around midnight.
        assert!(!applier.clock_was_put_back(day(1000)));
        assert!(applier.clock_was_put_back(day(999)));
    }
}
