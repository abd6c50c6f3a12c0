//! The oracle: every document scored by formulas written out anew, sorted, and cut.
//!
//! Only what a collection's deleted documents still count for (document frequencies, the average
//! length, the mean rating) is taken from the index; [`statistics_are_those_of_the_documents`]
//! holds that to the documents where nothing was deleted.

mod expected;
mod random;

use std::collections::BTreeMap;

use expected::{Expected, all_words, assert_same};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use random::{WORDS, random_document, random_query};
use tantivy::Term;

use crate::index::Snapshot;
use crate::*;

const NOW_S: i64 = 1_800_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_answer_equals_brute_force(
        seed in any::<u64>(),
        documents in 1usize..1_200,
        commits in 1usize..6,
    ) {
        let mut world = World::new(seed, documents, commits);
        for _ in 0..12 {
            let query = random_query(&mut world.random);
            world.check(&query);
        }
    }

    #[test]
    fn the_answer_equals_brute_force_after_deletes_updates_and_new_signals(
        seed in any::<u64>(),
        documents in 1usize..800,
        commits in 1usize..4,
    ) {
        let mut world = World::new(seed, documents, commits);
        for _ in 0..3 {
            world.delete_some();
            (0..10).for_each(|_| world.put_one());
            world.commit();
            world.change_signals();
            for _ in 0..5 {
                let query = random_query(&mut world.random);
                world.check(&query);
            }
        }
    }
}

#[test]
fn statistics_are_those_of_the_documents() {
    let world = World::new(7, 90, 3);
    // Documents that replaced one of the same key leave a deleted one behind; this seed has none.
    let snapshot = world.snapshot();
    assert_eq!(snapshot.statistics.documents, world.documents.len() as u64);
    let words: usize = world.documents.values().map(|d| all_words(d).len()).sum();
    assert_eq!(
        snapshot.statistics.words_average,
        words as f64 / world.documents.len() as f64
    );
    for word in WORDS {
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
    writer: Writer,
    reader: Reader,
    random: ChaCha8Rng,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(seed: u64, documents: usize, commits: usize) -> World {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            writer_threads: 1,
            writer_memory_bytes: 15_000_000,
            ..StoreOptions::default()
        };
        let (writer, reader) = Store::open(folder.path(), &options).unwrap();
        let mut world = World {
            documents: BTreeMap::new(),
            signals: BTreeMap::new(),
            writer,
            reader,
            random: ChaCha8Rng::seed_from_u64(seed),
            _folder: folder,
        };
        world.change_signals();
        for _ in 0..commits {
            for _ in 0..documents / commits {
                world.put_one();
            }
            world.commit();
        }
        world
    }

    fn put_one(&mut self) {
        let document = random_document(&mut self.random);
        self.documents.insert(document.key, document.clone());
        self.writer.put(Collection::Rooms, document).unwrap();
    }

    fn delete_some(&mut self) {
        let keys: Vec<Key> = self.documents.keys().copied().collect();
        for key in keys {
            if self.random.random_bool(0.2) {
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
            let total = self.random.random_range(1..5);
            let signals = Signals {
                capacity_total: total,
                capacity_used: self.random.random_range(0..=total),
                active_at_s: NOW_S - self.random.random_range(0..14) * 86_400,
                accepts_most: self.random.random_bool(0.5),
                answers_fast: self.random.random_bool(0.5),
                available: !self.random.random_bool(away),
            };
            self.signals.insert(owner, signals);
            self.writer.set_signals(owner, signals);
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

    fn check(&self, query: &Query) {
        let expected = self.expected(query);
        let page = self.reader.search(Collection::Rooms, query).unwrap();
        let total = expected.len() as u64;
        match (query.count, page.total) {
            (Count::None, None) => {}
            (Count::Exact, Some(found)) => {
                assert_eq!(
                    found,
                    Total {
                        value: total,
                        is_exact: true
                    }
                );
            }
            (Count::UpTo(limit), Some(found)) => {
                let is_exact = total <= limit;
                assert_eq!(
                    found,
                    Total {
                        value: total.min(limit),
                        is_exact
                    }
                );
            }
            other => panic!("{other:?}"),
        }
        assert_same(&expected, &page.hits, query);
        assert_eq!(
            page.next.is_some(),
            expected.len() > page.hits.len(),
            "{query:?}"
        );
        for hit in &page.hits {
            let explained = hit.explanation.as_ref().unwrap();
            assert_eq!(explained.score(), hit.score);
            let scored = self
                .reader
                .score(Collection::Rooms, hit.document.key, query)
                .unwrap();
            assert_eq!(scored.unwrap().score, hit.score);
        }
        self.check_pages(query, &expected);
    }

    /// Walks the whole answer by cursor.
    fn check_pages(&self, query: &Query, expected: &[Expected]) {
        let mut query = Query {
            limit: 7,
            ..query.clone()
        };
        let mut hits = Vec::new();
        loop {
            let page = self.reader.search(Collection::Rooms, &query).unwrap();
            hits.extend(page.hits);
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(hits.len(), expected.len(), "{query:?}");
        assert_same(expected, &hits, &query);
    }
}
