//! Checks reverse searches that run while the numbers of documents change.
//!
//! A search reads the number of a document when it visits the document, and its bounds when it
//! visits a node. Its hits are right if brute force returns the same for some choice, per document,
//! of the numbers that it had while the search ran.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::collections::WISHES;
use super::expected::expected;
use super::world::World;
use super::{random_query, worlds};
use crate::search::Ranking;
use crate::search::against_brute_force::expected::{assert_in_order, near};
use crate::search::against_brute_force::random::random_numbers;
use crate::search::against_brute_force::world::tunings;
use crate::*;

const SEARCHES: usize = 60;

/// Changes that each search allows to happen during it or a later search.
const CHANGES: usize = 3;

proptest! {
    #![proptest_config(worlds(8))]

    #[test]
    fn a_reverse_search_equals_brute_force_over_the_numbers_that_it_read(
        seed in any::<u64>(),
        wishes in 100usize..600,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, wishes, 3, tuning);
        let mut random = ChaCha8Rng::seed_from_u64(!seed);
        let keys: Vec<Key> = world.wishes.keys().copied().collect();
        let changes: Vec<Vec<NumberChange>> =
            (0..SEARCHES * CHANGES).map(|_| few_numbers(&mut random, &keys)).collect();
        let (started, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (allow, allowed) = mpsc::channel();
        let queries: Vec<Query> = (0..SEARCHES).map(|_| query(&mut world)).collect();
        let mut followed = 0;
        std::thread::scope(|scope| {
            let (writer, all, started, done) = (&world.writer, &changes, &started, &done);
            scope.spawn(move || {
                for at in allowed {
                    let changes: &Vec<NumberChange> = &all[at];
                    started.store(at + 1, Ordering::Release);
                    writer.change_numbers(WISHES.collection, WISHES.drawn, changes).unwrap();
                    done.store(at + 1, Ordering::Release);
                }
            });
            for (search, query) in queries.iter().enumerate() {
                (0..CHANGES).for_each(|change| allow.send(search * CHANGES + change).unwrap());
                let first = done.load(Ordering::Acquire);
                let found = world.reader.rank(WISHES.collection, query).unwrap();
                let last = started.load(Ordering::Acquire);
                follow(&mut world.drawn, &all[followed..first]);
                followed = first;
                // The changes after `first` are followed one by one, and undone afterwards.
                let settled = world.drawn.clone();
                let mut possible: BTreeMap<Key, Vec<f64>> = BTreeMap::new();
                for state in first..=last {
                    follow(&mut world.drawn, &all[first..state]);
                    for wish in expected(&world, query) {
                        possible.entry(wish.key).or_default().push(wish.rank_value);
                    }
                }
                world.drawn = settled;
                check(&found, query, &possible);
            }
            drop(allow);
        });
    }
}

/// Changes of few documents, so that most have a single number during a search: a document with all
/// possible numbers proves nothing.
fn few_numbers(random: &mut ChaCha8Rng, keys: &[Key]) -> Vec<NumberChange> {
    match random.random_bool(0.05) {
        true => random_numbers(random, keys),
        false => {
            let from = random.random_range(0..keys.len());
            random_numbers(random, &keys[from..keys.len().min(from + 6)])
        }
    }
}

fn query(world: &mut World) -> Query {
    let probes = world.random_probes();
    Query {
        sort: Sort::Match,
        offset: 0,
        count: Count::None,
        plan: PlanName::ALL.choose(&mut world.random).copied(),
        ..random_query(&mut world.random, &world.matching, probes)
    }
}

fn follow(drawn: &mut BTreeMap<Key, f64>, changes: &[Vec<NumberChange>]) {
    let changes = changes.iter().flatten();
    drawn.extend(changes.map(|change| (change.key, change.value)));
}

/// Compares the hits with the rank values that each match can have had.
fn check(found: &Ranking, query: &Query, possible: &BTreeMap<Key, Vec<f64>>) {
    for hit in &found.ranked {
        let values = possible.get(&hit.key);
        let is_possible = |values: &Vec<f64>| values.iter().any(|&it| near(it, hit.rank_value));
        assert!(
            values.is_some_and(is_possible),
            "{query:?}: {hit:?} is none of {values:?}"
        );
    }
    assert_in_order(&found.ranked, query);
    // Without a next page, all matches were found.
    let last = found.next.map(|next| next.rank_value);
    for (key, values) in possible {
        let comes_later = |last: f64| values.iter().any(|&it| it < last || near(it, last));
        assert!(
            found.ranked.iter().any(|hit| hit.key == *key) || last.is_some_and(comes_later),
            "{query:?}: {key} is missing, with {values:?}; the last is {last:?}"
        );
    }
}
