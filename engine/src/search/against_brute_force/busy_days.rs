//! The busy days of all documents, as the oracle remembers them.

use std::collections::{BTreeMap, BTreeSet};

use crate::*;

/// The busy days of each document, as days since 1970.
#[derive(Clone, Debug, Default)]
pub(super) struct BusyDays(BTreeMap<Key, BTreeSet<i32>>);

impl BusyDays {
    pub(super) fn follow(&mut self, change: &DaysChange) {
        let days = self.0.entry(change.key).or_default();
        for day in change.freed.iter().flat_map(days_of) {
            days.remove(&day);
        }
        days.extend(change.busy.iter().flat_map(days_of));
    }

    pub(super) fn holds(&self, key: Key, day: i32) -> bool {
        let days = self.0.get(&key);
        days.is_some_and(|days| days.contains(&day))
    }
}

pub(super) fn days_of(range: &DateRange) -> std::ops::Range<i32> {
    range.start().days()..range.end().days()
}
