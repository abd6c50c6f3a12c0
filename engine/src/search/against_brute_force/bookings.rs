//! The bookings of all documents, as the oracle remembers them.

use std::collections::{BTreeMap, BTreeSet};

use crate::*;

/// The booked nights of each document, as days since 1970.
#[derive(Clone, Debug, Default)]
pub(super) struct BookedNights(BTreeMap<Key, BTreeSet<i32>>);

impl BookedNights {
    pub(super) fn follow(&mut self, change: &NightsChange) {
        let nights = self.0.entry(change.key).or_default();
        for night in change.freed.iter().flat_map(nights_of) {
            nights.remove(&night);
        }
        nights.extend(change.booked.iter().flat_map(nights_of));
    }

    pub(super) fn holds(&self, key: Key, night: i32) -> bool {
        let nights = self.0.get(&key);
        nights.is_some_and(|nights| nights.contains(&night))
    }
}

pub(super) fn nights_of(stay: &Stay) -> std::ops::Range<i32> {
    stay.check_in().days()..stay.check_out().days()
}
