//! The oracle: every document scored by formulas written out anew, sorted, and cut.
//!
//! Only what a collection's deleted documents still count for (document frequencies, the average
//! length, the mean rating) is taken from the index; [`statistics_are_those_of_the_documents`]
//! holds that to the documents where nothing was deleted.

mod concurrent;
mod conditions;
mod expected;
mod facets;
mod groups;
mod heat_map;
mod meanings;
mod random;

use std::collections::BTreeMap;

use expected::{BookedNights, Expected, all_words, assert_same, length, near};
use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use random::{VOCABULARY, first_day, random_document, random_nights, random_query, random_signals};
use tantivy::Term;

use crate::index::Snapshot;
use crate::tuning::Tuning;
use crate::*;

const NOW_S: i64 = 1_800_000_000;

proptest! {
    #![proptest_config(worlds(32))]

    #[test]
    fn the_answer_equals_brute_force(
        seed in any::<u64>(),
        documents in 1usize..1_200,
        commits in 1usize..6,
        tuning in tunings(),
    ) {
        World::new(seed, documents, commits, tuning).check_some(12);
    }

    #[test]
    fn the_answer_equals_brute_force_after_deletes_updates_and_new_signals(
        seed in any::<u64>(),
        documents in 1usize..800,
        commits in 1usize..4,
        tuning in tunings(),
    ) {
        World::new(seed, documents, commits, tuning).change_and_check();
    }
}

proptest! {
    #![proptest_config(worlds(800))]

    #[test]
    #[ignore = "asks 21,600 queries by every plan, which takes a quarter of an hour"]
    fn the_answer_equals_brute_force_in_a_great_many_worlds(
        seed in any::<u64>(),
        documents in 1usize..1_200,
        commits in 1usize..6,
        tuning in tunings(),
    ) {
        World::new(seed, documents, commits, tuning).check_some(12);
        World::new(!seed, documents, commits, tuning).change_and_check();
    }
}

#[test]
fn statistics_are_those_of_the_documents() {
    let world = World::new(7, 90, 3, Tuning::SHIPPED);
    // Documents that replaced one of the same key leave a deleted one behind; this seed has none.
    let snapshot = world.snapshot();
    assert_eq!(snapshot.statistics.documents, world.documents.len() as u64);
    let words: u32 = world.documents.values().map(length).sum();
    assert_eq!(
        snapshot.statistics.words_average,
        f64::from(words) / world.documents.len() as f64
    );
    for word in VOCABULARY {
        let with_word = world
            .documents
            .values()
            .filter(|d| all_words(d).contains(&word.to_owned()));
        let term = Term::from_field_text(snapshot.fields.text, word);
        assert_eq!(snapshot.doc_freq(&term), with_word.count() as u64);
    }
}

/// Some documents with their owners' signals, in an index and beside it.
struct World {
    documents: BTreeMap<Key, Document>,
    signals: BTreeMap<Key, Signals>,
    nights: BookedNights,
    writer: Writer,
    reader: Reader,
    random: ChaCha8Rng,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(seed: u64, documents: usize, commits: usize, tuning: Tuning) -> World {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            writer_threads: 1,
            writer_memory_bytes: 15_000_000,
            ..StoreOptions::default()
        };
        let (writer, reader) = Store::open_tuned(folder.path(), &options, tuning).unwrap();
        let mut world = World {
            documents: BTreeMap::new(),
            signals: BTreeMap::new(),
            nights: BookedNights::default(),
            writer,
            reader,
            random: ChaCha8Rng::seed_from_u64(seed),
            _folder: folder,
        };
        world.change_signals();
        world
            .writer
            .keep_nights_from(Collection::Rooms, first_day());
        for _ in 0..commits {
            for _ in 0..documents / commits {
                world.put_one();
            }
            // Before and after the documents are there.
            world.change_nights();
            world.commit();
        }
        world.change_nights();
        world
    }

    fn put_one(&mut self) {
        let document = random_document(&mut self.random);
        self.documents.insert(document.key, document.clone());
        self.writer.put(Collection::Rooms, document).unwrap();
    }

    /// Often a fifth of all, at times every one.
    fn delete_some(&mut self) {
        let share = if self.random.random_bool(0.1) {
            1.0
        } else {
            0.2
        };
        let keys: Vec<Key> = self.documents.keys().copied().collect();
        for key in keys {
            if self.random.random_bool(share) {
                self.documents.remove(&key);
                self.writer.delete(Collection::Rooms, key).unwrap();
            }
        }
    }

    fn change_signals(&mut self) {
        // Nodes with an owner who is away are never counted as a whole, so at times nobody is.
        let away = if self.random.random_bool(0.5) {
            0.2
        } else {
            0.0
        };
        for owner in 1..=9 {
            let owner = Key::from_u128(owner);
            let signals = random_signals(&mut self.random, away);
            self.signals.insert(owner, signals);
            self.writer.set_signals(owner, signals);
        }
    }

    fn change_nights(&mut self) {
        let keys: Vec<Key> = self.documents.keys().copied().collect();
        let places = self.documents.values().map(|document| document.place);
        let of_all: Vec<(Key, LatLng)> = keys.into_iter().zip(places).collect();
        let changes = random_nights(&mut self.random, &of_all);
        for change in &changes {
            self.nights.follow(change);
        }
        let writer = &self.writer;
        let change = |changes| writer.change_nights(Collection::Rooms, changes);
        if self.random.random_bool(0.5) {
            change(&changes).unwrap();
        } else {
            changes.chunks(1).for_each(|one| change(one).unwrap());
        }
    }

    fn commit(&mut self) {
        let source = serde_json::Value::Null;
        self.writer
            .commit(Checkpoint {
                position: Position(1),
                source,
            })
            .unwrap();
    }

    fn snapshot(&self) -> std::sync::Arc<Snapshot> {
        self.reader.snapshot(Collection::Rooms)
    }

    fn check_some(&mut self, queries: usize) {
        for _ in 0..queries {
            let query = random_query(&mut self.random);
            self.check(&query);
        }
    }

    fn change_and_check(&mut self) {
        for _ in 0..3 {
            self.delete_some();
            (0..10).for_each(|_| self.put_one());
            self.commit();
            self.change_signals();
            self.change_nights();
            self.check_some(5);
        }
    }

    /// Every plan gives the same answer to the last bit, and that of the oracle but for rounding.
    fn check(&mut self, query: &Query) {
        let expected = self.expected(query);
        let all = self.ask(&Query {
            plan: Some(PlanName::Scan),
            offset: 0,
            limit: usize::MAX,
            count: Count::Exact,
            ..query.clone()
        });
        assert_same(&expected, &all.ranked, query);
        let plans = PlanName::ALL.into_iter().map(Some);
        for plan in plans.chain([None]) {
            let query = Query {
                plan,
                ..query.clone()
            };
            self.check_plan(&query, &all.ranked);
        }
        self.check_hits(query, &expected);
        if self.random.random_bool(0.3) {
            self.check_groups(query, &all.ranked);
        }
        if self.random.random_bool(0.3) {
            self.check_facets(query);
        }
        if self.random.random_bool(0.3) {
            self.check_heat_map(query);
        }
        if self.random.random_bool(0.3) {
            let plan = *PlanName::ALL.choose(&mut self.random).unwrap();
            self.check_pages(query, plan, &all.ranked);
        }
    }

    fn ask(&self, query: &Query) -> Ranking {
        self.reader.rank(Collection::Rooms, query).unwrap()
    }

    fn check_plan(&self, query: &Query, all: &[Ranked]) {
        let found = self.ask(query);
        let matching = all.len() as u64;
        let total = match query.count {
            Count::None => None,
            Count::Exact => Some((matching, true)),
            Count::UpTo(limit) => Some((matching.min(limit), matching <= limit)),
        };
        let total = total.map(|(value, is_exact)| Total { value, is_exact });
        assert_eq!(found.total, total, "{query:?}");
        let rest = &all[query.offset.min(all.len())..];
        assert_eq!(
            bits(&found.ranked),
            bits(&rest[..query.limit.min(rest.len())]),
            "{query:?}"
        );
        assert_eq!(found.next.is_some(), rest.len() > query.limit, "{query:?}");
        assert!(!found.trace.is_partial);
    }

    fn check_hits(&self, query: &Query, expected: &[Expected]) {
        let page = self.reader.search(Collection::Rooms, query).unwrap();
        for (place, hit) in page.hits.iter().enumerate() {
            let explained = hit.explanation.as_ref().unwrap();
            assert_eq!(explained.score(), hit.score);
            let key = hit.document.key;
            let scored = self.reader.score(Collection::Rooms, key, query).unwrap();
            assert_eq!(scored.unwrap().score, hit.score);
            let same = expected
                .iter()
                .find(|expected| expected.key == key)
                .unwrap();
            assert!(near(same.score, hit.score), "{query:?}: {place}, {same:?}");
        }
    }

    /// Walks the whole answer by cursor.
    fn check_pages(&self, query: &Query, plan: PlanName, all: &[Ranked]) {
        let mut query = Query {
            plan: Some(plan),
            offset: 0,
            limit: 7,
            ..query.clone()
        };
        let mut ranked = Vec::new();
        loop {
            let page = self.ask(&query);
            ranked.extend(page.ranked);
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(bits(&ranked), bits(all), "{query:?}");
    }
}

/// The values that ship, and small ones by which worlds of this size take every branch.
fn tunings() -> impl Strategy<Value = Tuning> {
    prop_oneof![Just(Tuning::SMALL), Just(Tuning::SHIPPED)]
}

fn bits(ranked: &[Ranked]) -> Vec<(Key, u64)> {
    let ranked = ranked.iter();
    ranked
        .map(|ranked| (ranked.key, ranked.rank_value.to_bits()))
        .collect()
}

/// Nothing is kept of a failure: its seed is told.
fn worlds(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}
