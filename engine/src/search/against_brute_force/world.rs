//! Documents and all of their signals, in an index and in memory for the oracle.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::busy_days::BusyDays;
use super::random::{first_day, random_days, random_document, random_numbers, random_signals};
use super::things::THINGS;
use crate::control::tuning::Tuning;
use crate::index::Snapshot;
use crate::*;

/// Documents with their signals and those of their owners, in an index and in memory.
pub(super) struct World {
    pub(super) documents: BTreeMap<Key, Document>,
    pub(super) signals: BTreeMap<Key, Signals>,
    pub(super) days: BusyDays,
    pub(super) numbers: BTreeMap<Key, f64>,
    pub(super) writer: Writer,
    pub(super) reader: Reader,
    pub(super) random: ChaCha8Rng,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) fn new(seed: u64, documents: usize, commits: usize, tuning: Tuning) -> World {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            writer_threads: 1,
            writer_memory_bytes: 15_000_000,
            ..StoreOptions::default()
        };
        let (writer, reader) =
            Store::open_tuned(folder.path(), &[THINGS.collection], &options, tuning).unwrap();
        let mut world = World {
            documents: BTreeMap::new(),
            signals: BTreeMap::new(),
            days: BusyDays::default(),
            numbers: BTreeMap::new(),
            writer,
            reader,
            random: ChaCha8Rng::seed_from_u64(seed),
            _folder: folder,
        };
        world.change_signals();
        world
            .writer
            .advance_availability_window(THINGS.collection, first_day());
        for _ in 0..commits {
            for _ in 0..documents / commits {
                world.put_one();
            }
            // Their signals change before and after the documents are committed.
            world.change_days();
            world.change_numbers();
            world.commit();
        }
        world.change_days();
        world.change_numbers();
        world
    }

    pub(super) fn put_one(&mut self) {
        let document = random_document(&mut self.random);
        self.documents.insert(document.key, document.clone());
        self.writer.put(THINGS.collection, document).unwrap();
    }

    /// Deletes a fifth of all documents, or sometimes all.
    pub(super) fn delete_some(&mut self) {
        let share = if self.random.random_bool(0.1) {
            1.0
        } else {
            0.2
        };
        let keys: Vec<Key> = self.documents.keys().copied().collect();
        for key in keys {
            if self.random.random_bool(share) {
                self.documents.remove(&key);
                self.writer.delete(THINGS.collection, key).unwrap();
            }
        }
    }

    pub(super) fn change_signals(&mut self) {
        // Nodes with an unavailable owner are never counted as a whole, so sometimes all are
        // available.
        let unavailable = if self.random.random_bool(0.5) {
            0.2
        } else {
            0.0
        };
        for owner in 1..=9 {
            let owner = Key::from_u128(owner);
            let signals = random_signals(&mut self.random, unavailable);
            self.signals.insert(owner, signals);
            self.writer.set_signals(owner, signals);
        }
    }

    pub(super) fn change_days(&mut self) {
        let keys: Vec<Key> = self.documents.keys().copied().collect();
        let places = self.documents.values().map(|document| document.place);
        let of_all: Vec<(Key, LatLng)> = keys.into_iter().zip(places).collect();
        let changes = random_days(&mut self.random, &of_all);
        for change in &changes {
            self.days.follow(change);
        }
        let writer = &self.writer;
        let change = |changes| writer.change_days(THINGS.collection, changes);
        if self.random.random_bool(0.5) {
            change(&changes).unwrap();
        } else {
            changes.chunks(1).for_each(|one| change(one).unwrap());
        }
    }

    /// Changes the numbers of documents, also of some that are not in the index.
    pub(super) fn change_numbers(&mut self) {
        let known = self.documents.keys().copied();
        let keys: Vec<Key> = known.chain((0..50).map(Key::from_u128)).collect();
        let changes = random_numbers(&mut self.random, &keys);
        let new = changes.iter().map(|change| (change.key, change.value));
        self.numbers.extend(new);
        let writer = &self.writer;
        let change = |changes| {
            let (things, drawn) = (THINGS.collection, THINGS.drawn);
            writer.change_numbers(things, drawn, changes).unwrap();
        };
        match self.random.random_bool(0.5) {
            true => change(&changes),
            false => changes.chunks(1).for_each(change),
        }
    }

    pub(super) fn commit(&mut self) {
        let source = serde_json::Value::Null;
        self.writer
            .commit(Checkpoint {
                position: Position(1),
                source,
            })
            .unwrap();
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.reader.snapshot(THINGS.collection)
    }

    pub(super) fn rank(&self, query: &Query) -> Ranking {
        self.reader.rank(THINGS.collection, query).unwrap()
    }
}

/// The shipped values, and small ones with which worlds of this size take every branch.
pub(super) fn tunings() -> impl Strategy<Value = Tuning> {
    prop_oneof![Just(Tuning::SMALL), Just(Tuning::SHIPPED)]
}

/// The keys and the bits of the rank values.
pub(super) fn bits(ranked: &[Ranked]) -> Vec<(Key, u64)> {
    let ranked = ranked.iter();
    ranked
        .map(|ranked| (ranked.key, ranked.rank_value.to_bits()))
        .collect()
}

/// The configuration of a property test with this many worlds. Failures are not saved, since the
/// seed is printed.
pub(super) fn worlds(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}
