//! Which nights do bookings take, and what becomes of them when bookings change?
//!
//! A change says which booking it is of, and only we know which nights it took until then: so the
//! bookings that are not over are kept here. No two of a room have a night in common, which Postgres
//! sees to, so the nights that one leaves are free unless another takes them in the same transaction.

use std::collections::HashMap;

use roost_engine::{Date, Key, NightsChange, Stay};

/// A booking that takes its nights, as it is held or confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) room: Key,
    pub(crate) stay: Stay,
}

/// What happens to bookings, each with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BookingChange {
    Put(Key, Booking),
    Remove(Key),
    Clear,
}

/// The bookings that take nights.
#[derive(Debug, Default)]
pub(crate) struct Bookings(HashMap<Key, Booking>);

impl Bookings {
    /// Takes over the changes of a whole transaction. Returns what becomes of each room's nights.
    pub(crate) fn follow(
        &mut self,
        changes: impl IntoIterator<Item = BookingChange>,
    ) -> Vec<NightsChange> {
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
                    .for_each(|new| rooms.change(new.room).taken.push(new.stay));
            }
        }
        rooms.into_changes()
    }

    /// Takes over all bookings as they are now. Returns what becomes of each room's nights.
    pub(crate) fn replace(&mut self, all: Vec<(Key, Booking)>) -> Vec<NightsChange> {
        let put = |(key, booking)| BookingChange::Put(key, booking);
        self.follow(std::iter::once(BookingChange::Clear).chain(all.into_iter().map(put)))
    }

    /// What is taken of nights of which nothing was known.
    pub(crate) fn taken_among(&self, nights: &Stay) -> Vec<NightsChange> {
        let mut rooms = Rooms::default();
        for booking in self.0.values() {
            if let Some(stay) = booking.stay.shared_with(nights) {
                rooms.change(booking.room).taken.push(stay);
            }
        }
        rooms.into_changes()
    }

    /// Forgets the bookings that are over on a day.
    pub(crate) fn forget_before(&mut self, first_day: Date) {
        self.0
            .retain(|_, booking| booking.stay.check_out() > first_day);
    }
}

/// What becomes of each room's nights.
#[derive(Default)]
struct Rooms(HashMap<Key, NightsChange>);

impl Rooms {
    fn change(&mut self, room: Key) -> &mut NightsChange {
        self.0.entry(room).or_insert_with(|| NightsChange {
            key: room,
            freed: Vec::new(),
            taken: Vec::new(),
        })
    }

    fn into_changes(self) -> Vec<NightsChange> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u128) -> Key {
        Key::from_u128(n)
    }

    fn stay(from: i32, to: i32) -> Stay {
        Stay::new(Date::of_days(from), Date::of_days(to)).unwrap()
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

    fn change(room: u128, freed: &[Stay], taken: &[Stay]) -> NightsChange {
        NightsChange {
            key: key(room),
            freed: freed.to_vec(),
            taken: taken.to_vec(),
        }
    }

    #[test]
    fn a_booking_frees_the_nights_that_it_had_and_takes_those_that_it_has() {
        let mut bookings = Bookings::default();
        let made = bookings.follow([put(1, booking(7, 3, 5))]);
        assert_eq!(made, [change(7, &[], &[stay(3, 5)])]);
        // Sent again, it changes nothing.
        assert_eq!(bookings.follow([put(1, booking(7, 3, 5))]), []);
        let longer = bookings.follow([put(1, booking(7, 3, 6))]);
        assert_eq!(longer, [change(7, &[stay(3, 5)], &[stay(3, 6)])]);
        let mut moved = bookings.follow([put(1, booking(8, 3, 6))]);
        moved.sort_by_key(|change| change.key);
        assert_eq!(
            moved,
            [change(7, &[stay(3, 6)], &[]), change(8, &[], &[stay(3, 6)])]
        );
        let cancelled = bookings.follow([BookingChange::Remove(key(1))]);
        assert_eq!(cancelled, [change(8, &[stay(3, 6)], &[])]);
        assert_eq!(bookings.follow([BookingChange::Remove(key(1))]), []);
    }

    #[test]
    fn what_is_cancelled_and_booked_anew_in_one_transaction_is_one_change() {
        let mut bookings = Bookings::default();
        bookings.follow([put(1, booking(7, 3, 5))]);
        let swapped = bookings.follow([
            BookingChange::Remove(key(1)),
            put(2, booking(7, 9, 11)),
            put(2, booking(7, 4, 6)),
        ]);
        assert_eq!(swapped, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
    }

    #[test]
    fn what_is_read_anew_replaces_what_was_known() {
        let mut bookings = Bookings::default();
        bookings.follow([put(1, booking(7, 3, 5)), put(2, booking(8, 3, 5))]);
        let same = vec![(key(1), booking(7, 3, 5)), (key(2), booking(8, 3, 5))];
        assert_eq!(bookings.replace(same), []);
        let other = vec![(key(3), booking(7, 4, 6)), (key(2), booking(8, 3, 5))];
        let changes = bookings.replace(other);
        assert_eq!(changes, [change(7, &[stay(3, 5)], &[stay(4, 6)])]);
        let emptied = bookings.follow([BookingChange::Clear]);
        assert_eq!(emptied.len(), 2);
        assert_eq!(bookings.taken_among(&stay(0, 100)), []);
    }

    #[test]
    fn bookings_that_are_over_are_forgotten_and_others_reach_nights_that_come_in() {
        let mut bookings = Bookings::default();
        bookings.follow([put(1, booking(7, 3, 5)), put(2, booking(8, 9, 20))]);
        bookings.forget_before(Date::of_days(5));
        assert_eq!(bookings.taken_among(&stay(0, 9)), []);
        assert_eq!(
            bookings.taken_among(&stay(15, 40)),
            [change(8, &[], &[stay(15, 20)])]
        );
    }
}
