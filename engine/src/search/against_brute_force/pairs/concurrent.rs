//! Checks reverse searches that run while the signals of the probes' owner change.
//!
//! A search reads the signals of each probe's owner once, when it starts. So its hits are right if
//! brute force returns the same for one of the states that the signals had while the search ran.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::collections::WISHES;
use super::expected::expected;
use super::world::World;
use super::{is_same, random_query, worlds};
use crate::search::against_brute_force::random::random_signals;
use crate::search::against_brute_force::world::tunings;
use crate::*;

const SEARCHES: usize = 60;

/// Changes that each search allows to happen during it or a later search.
const CHANGES: usize = 3;

proptest! {
    #![proptest_config(worlds(8))]

    #[test]
    fn a_reverse_search_equals_brute_force_for_one_state_while_signals_change(
        seed in any::<u64>(),
        wishes in 100usize..600,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, wishes, 3, tuning);
        let owner = Key::from_u128(1);
        let mut random = ChaCha8Rng::seed_from_u64(!seed);
        let states: Vec<Signals> =
            (0..=SEARCHES * CHANGES).map(|_| random_signals(&mut random, 0.1)).collect();
        let (started, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (allow, allowed) = mpsc::channel();
        world.writer.set_signals(owner, states[0]);
        let probes = probes(&world, owner);
        std::thread::scope(|scope| {
            let (writer, states, started, done) = (&world.writer, &states, &started, &done);
            scope.spawn(move || {
                for at in allowed {
                    started.store(at, Ordering::Release);
                    writer.set_signals(owner, states[at]);
                    done.store(at, Ordering::Release);
                }
            });
            for search in 0..SEARCHES {
                let query = Query {
                    offset: 0,
                    ..random_query(&mut world.random, &world.matching, probes.clone())
                };
                (1..=CHANGES).for_each(|change| allow.send(search * CHANGES + change).unwrap());
                let first = done.load(Ordering::Acquire);
                let found = world.reader.rank(WISHES.collection, &query).unwrap();
                let last = started.load(Ordering::Acquire);
                let mut is_explained = false;
                for state in &states[first..=last] {
                    world.signals.insert(owner, *state);
                    let expected = expected(&world, &query);
                    let page = &expected[..query.limit.min(expected.len())];
                    is_explained |= is_same(page, &found.ranked);
                }
                assert!(is_explained, "{query:?}: {first} to {last}: {:?}", found.ranked);
            }
            drop(allow);
        });
    }
}

/// All offers of an owner.
fn probes(world: &World, owner: Key) -> Vec<Document> {
    let offers = world.offers.values();
    let of_owner = offers.filter(|offer| offer.owner == Some(owner));
    of_owner.cloned().collect()
}
