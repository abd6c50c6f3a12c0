//! Tracks the bookings that reserve nights, and turns their changes into changes of booked nights.
//!
//! A change names its booking, but not the nights that the booking reserved before. So all bookings
//! that are not over are kept here. Postgres sees to it that no two bookings of a room share a
//! night. The nights that one booking frees are therefore free, unless another booking reserves
//! them in the same transaction.

use std::collections::HashMap;

use roost_engine::{Date, DateRange, DaysChange, Key};

use crate::wal::convert::Booking;

/// A change of one booking, by the booking's key, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BookingChange {
    Put(Key, Booking),
    Remove(Key),
    Clear,
}

/// The bookings that reserve nights.
#[derive(Debug, Default)]
pub(crate) struct Bookings(HashMap<Key, Booking>);

impl Bookings {
    /// Applies the changes of a whole transaction. Returns the resulting change of each room's
    /// nights.
    pub(crate) fn apply(
        &mut self,
        changes: impl IntoIterator<Item = BookingChange>,
    ) -> Vec<DaysChange> {
        let mut before = HashMap::new();
        for change in changes {
            match change {
                BookingChange::Put(key, booking) => {
                    let old = self.0.insert(key, booking);
                    before.entry(key).or_insert(old);
                }
                BookingChange::Remove(key) => {
                    let old = self.0.remove(&key);
                    before.entry(key).or_insert(old);
                }
                BookingChange::Clear => {
                    for (key, old) in self.0.drain() {
                        before.entry(key).or_insert(Some(old));
                    }
                }
            }
        }
        let mut rooms = Rooms::default();
        for (key, old) in before {
            let new = self.0.get(&key);
            if old.as_ref() != new {
                old.iter()
                    .for_each(|old| rooms.change(old.room).freed.push(old.stay));
                new.iter()
                    .for_each(|new| rooms.change(new.room).busy.push(new.stay));
            }
        }
        rooms.into_changes()
    }

    /// Replaces all bookings. Returns the resulting change of each room's nights.
    pub(crate) fn replace(&mut self, all: Vec<(Key, Booking)>) -> Vec<DaysChange> {
        let put = |(key, booking)| BookingChange::Put(key, booking);
        self.apply(std::iter::once(BookingChange::Clear).chain(all.into_iter().map(put)))
    }

    /// The nights that are reserved within a range that has just entered the availability window.
    pub(crate) fn reserved_within(&self, nights: &DateRange) -> Vec<DaysChange> {
        let mut rooms = Rooms::default();
        for booking in self.0.values() {
            if let Some(stay) = booking.stay.intersection(nights) {
                rooms.change(booking.room).busy.push(stay);
            }
        }
        rooms.into_changes()
    }

    /// Forgets the bookings that are over on a day.
    pub(crate) fn forget_before(&mut self, first_night: Date) {
        self.0.retain(|_, booking| booking.stay.end() > first_night);
    }
}

/// The changes of nights, by room.
#[derive(Default)]
struct Rooms(HashMap<Key, DaysChange>);

impl Rooms {
    fn change(&mut self, room: Key) -> &mut DaysChange {
        self.0.entry(room).or_insert_with(|| DaysChange {
            key: room,
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

    fn booking(room: u128, from: i32, to: i32) -> Booking {
        Booking {
            room: key(room),
            stay: stay(from, to),
        }
    }

    fn put(n: u128, booking: Booking) -> BookingChange {
        BookingChange::Put(key(n), booking)
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
        let mut bookings = Bookings::default();
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
        let cancelled = bookings.apply([BookingChange::Remove(key(1))]);
        assert_eq!(cancelled, [change(8, &[stay(3, 6)], &[])]);
        assert_eq!(bookings.apply([BookingChange::Remove(key(1))]), []);
    }

    #[test]
    fn a_cancellation_and_a_new_booking_in_one_transaction_are_one_change() {
        let mut bookings = Bookings::default();
        bookings.apply([put(1, booking(7, 3, 5))]);
        let swapped = bookings.apply([
            BookingChange::Remove(key(1)),
            put(2, booking(7, 9, 11)),
            put(2, booking(7, 4, 6)),
        ]);
        assert_eq!(swapped, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
    }

    #[test]
    fn reloaded_bookings_replace_all_earlier_ones() {
        let mut bookings = Bookings::default();
        bookings.apply([put(1, booking(7, 3, 5)), put(2, booking(8, 3, 5))]);
        let same = vec![(key(1), booking(7, 3, 5)), (key(2), booking(8, 3, 5))];
        assert_eq!(bookings.replace(same), []);
        let other = vec![(key(3), booking(7, 4, 6)), (key(2), booking(8, 3, 5))];
        let changes = bookings.replace(other);
        assert_eq!(changes, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
        let emptied = bookings.apply([BookingChange::Clear]);
        assert_eq!(emptied.len(), 2);
        assert_eq!(bookings.reserved_within(&stay(0, 100)), []);
    }

    #[test]
    fn past_bookings_are_forgotten_and_others_reserve_nights_that_enter_the_window() {
        let mut bookings = Bookings::default();
        bookings.apply([put(1, booking(7, 3, 5)), put(2, booking(8, 9, 20))]);
        bookings.forget_before(Date::of_days(5));
        assert_eq!(bookings.reserved_within(&stay(0, 9)), []);
        assert_eq!(
            bookings.reserved_within(&stay(15, 40)),
            [change(8, &[], &[stay(15, 20)])]
        );
    }
}
