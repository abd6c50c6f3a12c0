//! Wishes and offers, in an index and in memory for the oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::collections::{OFFERS, WISHES, matching};
use crate::control::tuning::Tuning;
use crate::search::against_brute_force::random::{
    first_day, random_numbers, random_place, random_range_of_days, random_signals, random_text,
};
use crate::*;

/// Documents of both collections, and what changes without a commit.
pub(super) struct World {
    pub(super) wishes: BTreeMap<Key, Document>,
    pub(super) offers: BTreeMap<Key, Document>,
    pub(super) signals: BTreeMap<Key, Signals>,
    /// The busy days of each offer, since 1970.
    pub(super) busy: BTreeMap<Key, BTreeSet<i32>>,
    /// How often each wish was drawn.
    pub(super) drawn: BTreeMap<Key, f64>,
    pub(super) matching: Arc<Matching>,
    pub(super) writer: Writer,
    pub(super) reader: Reader,
    pub(super) random: ChaCha8Rng,
    _folder: tempfile::TempDir,
}

/// The keys of the owners of offers.
pub(super) const OWNERS: std::ops::RangeInclusive<u128> = 1..=6;

impl World {
    pub(super) fn new(seed: u64, wishes: usize, commits: usize, tuning: Tuning) -> World {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            writer_threads: 1,
            writer_memory_bytes: 15_000_000,
            ..StoreOptions::default()
        };
        let collections = [WISHES.collection, OFFERS.collection];
        let (writer, reader) =
            Store::open_tuned(folder.path(), &collections, &options, tuning).unwrap();
        writer.advance_availability_window(OFFERS.collection, first_day());
        let mut world = World {
            wishes: BTreeMap::new(),
            offers: BTreeMap::new(),
            signals: BTreeMap::new(),
            busy: BTreeMap::new(),
            drawn: BTreeMap::new(),
            matching: matching(),
            writer,
            reader,
            random: ChaCha8Rng::seed_from_u64(seed),
            _folder: folder,
        };
        world.change_signals();
        for _ in 0..commits {
            (0..wishes.div_ceil(commits)).for_each(|_| world.put_wish());
            (0..30).for_each(|_| world.put_offer());
            world.draw_some();
            world.commit();
            world.book_some();
            world.draw_some();
        }
        world
    }

    pub(super) fn put_wish(&mut self) {
        let wish = random_wish(&mut self.random);
        self.wishes.insert(wish.key, wish.clone());
        self.writer.put(WISHES.collection, wish).unwrap();
    }

    pub(super) fn delete_some_wishes(&mut self) {
        let keys: Vec<Key> = self.wishes.keys().copied().collect();
        for key in keys {
            if self.random.random_bool(0.2) {
                self.wishes.remove(&key);
                self.writer.delete(WISHES.collection, key).unwrap();
            }
        }
    }

    fn put_offer(&mut self) {
        let offer = random_offer(&mut self.random);
        self.offers.insert(offer.key, offer.clone());
        self.writer.put(OFFERS.collection, offer).unwrap();
    }

    pub(super) fn change_signals(&mut self) {
        for owner in OWNERS {
            let owner = Key::from_u128(owner);
            let signals = random_signals(&mut self.random, 0.15);
            self.signals.insert(owner, signals);
            self.writer.set_signals(owner, signals);
        }
    }

    pub(super) fn book_some(&mut self) {
        for key in self.offers.keys().copied() {
            if self.random.random_bool(0.3) {
                let range = random_range_of_days(&mut self.random);
                let days = range.start().days()..range.end().days();
                self.busy.entry(key).or_default().extend(days);
                let change = DaysChange {
                    key,
                    freed: Vec::new(),
                    busy: vec![range],
                };
                self.writer
                    .change_days(OFFERS.collection, &[change])
                    .unwrap();
            }
        }
    }

    pub(super) fn draw_some(&mut self) {
        let wishes: Vec<Key> = self.wishes.keys().copied().collect();
        let changes = random_numbers(&mut self.random, &wishes);
        let new = changes.iter().map(|change| (change.key, change.value));
        self.drawn.extend(new);
        let changed = self
            .writer
            .change_numbers(WISHES.collection, WISHES.drawn, &changes);
        changed.unwrap();
    }

    pub(super) fn commit(&mut self) {
        let checkpoint = Checkpoint {
            position: Position(1),
            source: serde_json::Value::Null,
        };
        self.writer.commit(checkpoint).unwrap();
    }

    /// Some offers, of which a few are not in the index.
    pub(super) fn random_probes(&mut self) -> Vec<Document> {
        let indexed: Vec<&Document> = self.offers.values().collect();
        let count = *[1, 1, 2, 5, 60].choose(&mut self.random).unwrap();
        let probe = |random: &mut ChaCha8Rng| match random.random_bool(0.9) {
            true => (*indexed.choose(random).unwrap()).clone(),
            false => random_offer(random),
        };
        (0..count).map(|_| probe(&mut self.random)).collect()
    }
}

pub(super) fn random_wish(random: &mut impl Rng) -> Document {
    let key = Key::from_u128(random.random_range(0..100_000));
    let mut wish = Document::empty(WISHES.collection, key, random_place(random));
    // Wishers have keys of their own, and no signals.
    wish.owner = Some(Key::from_u128(random.random_range(1_000..1_100)));
    let words = random.random_range(1..5);
    wish.set(WISHES.title, random_text(random, words));
    if random.random_bool(0.1) {
        wish.set(WISHES.status, Category(1));
    }
    let mut known = |chance| random.random_bool(chance);
    let (reach, budget, people, days) = (known(0.9), known(0.85), known(0.9), known(0.85));
    let reach_m = *[500.0, 2_000.0, 5_000.0, 20_000.0, 200_000.0]
        .choose(random)
        .unwrap();
    wish.set(WISHES.reach, reach.then_some(reach_m));
    let steps = random.random_range(1_u32..8);
    wish.set(WISHES.budget, budget.then(|| f64::from(steps) * 250.0));
    wish.set(WISHES.people, people.then(|| random.random_range(1_u32..4)));
    wish.set(WISHES.required, random_tags(random, 0.12, 5));
    wish.set(WISHES.preferred, random_tags(random, 0.3, 5));
    wish.set(WISHES.kinds, random_tags(random, 0.3, 3));
    wish.set(WISHES.days, days.then(|| random_range_of_days(random)));
    wish
}

fn random_offer(random: &mut impl Rng) -> Document {
    let key = Key::from_u128(random.random_range(0..100_000));
    let mut offer = Document::empty(OFFERS.collection, key, random_place(random));
    let owner = random.random_range(OWNERS);
    offer.owner = random.random_bool(0.9).then(|| Key::from_u128(owner));
    let mut known = |chance| random.random_bool(chance);
    let (price, beds, kind, rating) = (known(0.9), known(0.95), known(0.95), known(0.7));
    let steps = random.random_range(1_u32..8);
    offer.set(OFFERS.price, price.then(|| f64::from(steps) * 250.0));
    offer.set(OFFERS.beds, beds.then(|| random.random_range(1_u32..5)));
    offer.set(OFFERS.tags, random_tags(random, 0.6, 5));
    offer.set(
        OFFERS.kind,
        kind.then(|| Category(random.random_range(0..3))),
    );
    let days_min = *[1_u32, 1, 1, 2, 4].choose(random).unwrap();
    offer.set(
        OFFERS.days_min,
        random.random_bool(0.95).then_some(days_min),
    );
    let halves = random.random_range(0_u32..=10);
    offer.set(OFFERS.rating, rating.then(|| f64::from(halves) / 2.0));
    offer.set(
        OFFERS.reviews,
        rating.then(|| random.random_range(1_u32..20)),
    );
    offer
}

fn random_tags(random: &mut impl Rng, share: f64, count: u32) -> Tags {
    let tags = (0..count).filter(|_| random.random_bool(share));
    tags.fold(Tags::NONE, |tags, tag| tags.with(Tags(1 << tag)))
}
