//! Random changes of the numbers of documents.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::*;

/// Changes of the numbers of some documents: sometimes none, sometimes a few, sometimes half of
/// them. Few different numbers, so that scores are often equal.
pub(in super::super) fn random_numbers(random: &mut impl Rng, keys: &[Key]) -> Vec<NumberChange> {
    let share = *[0.0, 0.02, 0.5].choose(random).unwrap();
    let changed = keys.iter().filter(|_| random.random_bool(share));
    let changed: Vec<Key> = changed.copied().collect();
    let mut value = || *[0.0, 0.0, 0.5, 1.0, 2.0, 7.0, 1e9].choose(random).unwrap();
    let change = |key| NumberChange {
        key,
        value: value(),
    };
    changed.into_iter().map(change).collect()
}
