//! The oracle: every document scored by formulas written out anew, sorted, and cut.
//!
//! Only what a collection's deleted documents still count for (document frequencies, the average
//! length, the mean rating) is taken from the index; [`statistics_are_those_of_the_documents`]
//! holds that to the documents where nothing was deleted.

use std::collections::BTreeMap;

use geo::{Distance, HaversineMeasure, Point};
use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tantivy::Term;
use tantivy::fieldnorm::FieldNormReader;

use crate::index::Snapshot;
use crate::*;

const NOW_S: i64 = 1_800_000_000;
const WORDS: [&str; 8] = [
    "quiet", "room", "garden", "desk", "wifi", "near", "campus", "rare",
];

/// Some documents with their owners' signals, in an index and beside it.
struct World {
    documents: BTreeMap<Key, Document>,
    signals: BTreeMap<Key, Signals>,
    writer: Writer,
    reader: Reader,
    random: ChaCha8Rng,
    _folder: tempfile::TempDir,
}

/// What the oracle says of one document.
#[derive(Clone, Debug)]
struct Expected {
    key: Key,
    rank_value: f64,
    score: f64,
}

impl World {
    fn new(seed: u64, documents: usize, commits: usize) -> World {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            writer_threads: 1,
            writer_memory_bytes: 15_000_000,
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
        for owner in 1..=9 {
            let owner = Key::from_u128(owner);
            let total = self.random.random_range(1..5);
            let signals = Signals {
                capacity_total: total,
                capacity_used: self.random.random_range(0..=total),
                active_at_s: NOW_S - self.random.random_range(0..14) * 86_400,
                accepts_most: self.random.random_bool(0.5),
                answers_fast: self.random.random_bool(0.5),
                available: self.random.random_bool(0.8),
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

    /// All matches, the best first.
    fn expected(&self, query: &Query) -> Vec<Expected> {
        let snapshot = self.snapshot();
        let mut matches: Vec<Expected> = self
            .documents
            .values()
            .filter(|document| self.matches(document, query))
            .map(|document| self.rank(document, query, &snapshot))
            .collect();
        matches.sort_by(|a, b| {
            b.rank_value
                .total_cmp(&a.rank_value)
                .then(a.key.cmp(&b.key))
        });
        matches
    }

    fn matches(&self, document: &Document, query: &Query) -> bool {
        let filters = &query.filters;
        let owner = document.owner.and_then(|owner| self.signals.get(&owner));
        let words: Vec<String> = all_words(document);
        let has = |word: &str| words.iter().any(|found| found == word);
        document.listed
            && owner.is_none_or(|signals| signals.available)
            && query
                .text
                .as_ref()
                .is_none_or(|text| text.iter().all(|(word, _)| has(word)))
            && query.center.is_none_or(|center| {
                query
                    .radius
                    .is_none_or(|r| distance_m(center, document.place) <= r.metres())
            })
            && filters
                .price_min
                .is_none_or(|min| document.price.is_some_and(|p| p >= min))
            && filters
                .price_max
                .is_none_or(|max| document.price.is_some_and(|p| p <= max))
            && filters
                .occupants
                .is_none_or(|occupants| document.occupancy >= occupants)
            && (filters.categories.is_empty() || filters.categories.contains(&document.category))
            && document.tags.contains(filters.tags)
    }

    fn rank(&self, document: &Document, query: &Query, snapshot: &Snapshot) -> Expected {
        let profile = &query.profile;
        let signals = document
            .owner
            .and_then(|owner| self.signals.get(&owner))
            .copied()
            .unwrap_or_default();
        let mean = snapshot.statistics.rating_mean;
        let review = document.rating.map_or(mean, |rating| {
            let reviews = f64::from(document.reviews);
            (5.0 * mean + reviews * rating) / (5.0 + reviews)
        }) / 5.0;
        let distance = query
            .center
            .map(|center| distance_m(center, document.place));
        let decay = |d: f64| {
            if d >= 80_000.0 {
                0.0
            } else {
                0.5f64.powf(d / 2_000.0)
            }
        };
        let wanted = f64::from(query.wanted.len());
        let has = f64::from(query.wanted.shared_with(document.tags).len());
        let performance = if signals.accepts_most { 10.0 } else { 0.0 }
            + if signals.answers_fast { 5.0 } else { 0.0 };
        let values = [
            query
                .text
                .as_ref()
                .map(|words| text(document, words, snapshot)),
            distance.map(decay),
            Some(match signals.capacity_total {
                0 => 0.0,
                total => 1.0 - f64::from(signals.capacity_used) / f64::from(total),
            }),
            Some(match NOW_S - signals.active_at_s {
                age_s if age_s <= 86_400 => 1.0,
                age_s if age_s <= 7 * 86_400 => 2.0 / 3.0,
                _ => 0.0,
            }),
            Some(performance / 15.0),
            (wanted > 0.0).then_some(has / wanted),
            Some(review),
            query.budget.map(|budget| match document.price {
                None => 0.0,
                Some(price) if price <= budget => 1.0 - 0.5 * price / budget,
                Some(price) => 0.5 * 0.25f64.powf(price / budget - 1.0),
            }),
        ];
        let weighted = Component::ALL.into_iter().zip(values);
        let (mut sum, mut total) = (0.0, 0.0);
        for (component, value) in weighted {
            if let Some(value) = value {
                sum += profile.weight(component) * value;
                total += profile.weight(component);
            }
        }
        let share = if total > 0.0 { sum / total } else { 0.0 };
        let score = profile.base() + (100.0 - profile.base()) * share;
        let rank_value = match query.sort {
            Sort::Match => score,
            Sort::Distance => -distance.unwrap_or(0.0),
            Sort::Price => -document.price.unwrap_or(f64::INFINITY),
            Sort::Rating => review,
        };
        Expected {
            key: document.key,
            rank_value,
            score,
        }
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

/// The same documents in the same order. Two whose values differ by no more than rounding may trade
/// places, but what the engine itself calls a tie is in the order of keys.
fn assert_same(expected: &[Expected], hits: &[Hit], query: &Query) {
    assert!(hits.len() >= expected.len().min(query.limit), "{query:?}");
    let near = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    let by_key: BTreeMap<Key, &Expected> = expected.iter().map(|e| (e.key, e)).collect();
    for (at_this_rank, hit) in expected.iter().zip(hits) {
        let same = by_key[&hit.document.key];
        assert!(
            near(at_this_rank.rank_value, hit.rank_value),
            "{query:?}: {at_this_rank:?}"
        );
        assert!(near(same.rank_value, hit.rank_value), "{query:?}: {same:?}");
        assert!(near(same.score, hit.score), "{query:?}: {same:?}");
    }
    assert!(
        hits.is_sorted_by(|a, b| {
            a.rank_value > b.rank_value
                || a.rank_value == b.rank_value && a.document.key < b.document.key
        }),
        "{query:?}: out of order, or twice the same"
    );
}

fn distance_m(a: LatLng, b: LatLng) -> f64 {
    let sphere = HaversineMeasure::new(EARTH_RADIUS_M);
    sphere.distance(Point::new(a.lng(), a.lat()), Point::new(b.lng(), b.lat()))
}

fn all_words(document: &Document) -> Vec<String> {
    let texts = document.weighted_texts(Collection::Rooms);
    let repeated = texts
        .iter()
        .flat_map(|(weight, text)| (0..*weight).flat_map(move |_| words(text)));
    repeated.collect()
}

/// BM25 by the book, with tantivy's rounding of lengths.
fn text(document: &Document, query: &Words, snapshot: &Snapshot) -> f64 {
    let statistics = snapshot.statistics;
    let found = all_words(document);
    let length = u32::try_from(found.len()).unwrap();
    let length = FieldNormReader::id_to_fieldnorm(FieldNormReader::fieldnorm_to_id(length));
    let k = 1.2 * (0.25 + 0.75 * f64::from(length) / statistics.words_average.max(1.0));
    let (mut sum, mut largest) = (0.0, 0.0);
    for (word, _) in query.iter() {
        let term = Term::from_field_text(snapshot.fields.text, word);
        let with_word = snapshot.doc_freq(&term) as f64;
        let all = statistics.documents as f64;
        let idf = (1.0 + (all - with_word + 0.5) / (with_word + 0.5)).ln();
        let tf = found.iter().filter(|other| *other == word).count() as f64;
        sum += idf * tf / (tf + k);
        largest += idf;
    }
    sum / largest
}

fn random_text(random: &mut impl Rng, words: usize) -> String {
    let mut text = String::new();
    for _ in 0..words {
        // The last word is rare.
        let word = if random.random_bool(0.02) {
            "rare"
        } else {
            WORDS[..7].choose(random).unwrap()
        };
        text.push_str(word);
        text.push(' ');
    }
    text
}

/// A place in one of four clusters, on a coarse grid so that places coincide: two in a town, one
/// across the antimeridian, one at the pole.
fn random_place(random: &mut impl Rng) -> LatLng {
    let (lat, lng) = *[(19.13, 72.91), (19.2, 72.95), (-17.0, 180.0), (89.99, 30.0)]
        .choose(random)
        .unwrap();
    let mut step = || f64::from(random.random_range(-8..=8)) * 0.01;
    let (lat, lng) = (f64::min(lat + step(), 90.0), lng + step());
    LatLng::new(lat, if lng > 180.0 { lng - 360.0 } else { lng }).unwrap()
}

fn random_document(random: &mut impl Rng) -> Document {
    let reviews = random.random_range(0..20);
    let title_words = random.random_range(1..4);
    let description_words = random.random_range(0..30);
    let tag_names = ["wifi", "desk", "garden", "tv"];
    let tags = tag_names.iter().filter(|_| random.random_bool(0.5));
    let tags = tags.fold(Tags::NONE, |tags, name| {
        tags.with(Collection::Rooms.tag(name).unwrap())
    });
    Document {
        owner: random
            .random_bool(0.9)
            .then(|| Key::from_u128(random.random_range(1..=9))),
        listed: random.random_bool(0.9),
        title: random_text(random, title_words),
        description: random_text(random, description_words),
        category: Category(random.random_range(0..4)),
        tags,
        price: random
            .random_bool(0.9)
            .then(|| f64::from(random.random_range(1..=8)) * 250.0),
        occupancy: random.random_range(1..5),
        rating: (reviews > 0).then(|| f64::from(random.random_range(0..=10)) / 2.0),
        reviews,
        ..Document::empty(
            Key::from_u128(random.random_range(0..100_000)),
            random_place(random),
        )
    }
}

fn random_query(random: &mut impl Rng) -> Query {
    let mut profile = if random.random_bool(0.5) {
        Profile::room()
    } else {
        Profile::landlord()
    };
    if random.random_bool(0.5) {
        for component in Component::ALL {
            let weight = f64::from(random.random_range(0..4)) * 10.0;
            profile = profile.with_weight(component, weight).unwrap();
        }
    }
    let text_words = random.random_range(1..3);
    let text = random
        .random_bool(0.5)
        .then(|| Words::new(&random_text(random, text_words)));
    let center = random.random_bool(0.8).then(|| random_place(random));
    let radius = random
        .random_bool(0.7)
        .then(|| random.random_range(100.0..20_000.0));
    let some = |random: &mut _| Rng::next_u32(random) % 4 == 0;
    let filters = Filters {
        price_min: some(random).then(|| f64::from(random.random_range(0..4)) * 250.0),
        price_max: some(random).then(|| f64::from(random.random_range(3..9)) * 250.0),
        occupants: some(random).then(|| random.random_range(1..4)),
        categories: if some(random) {
            vec![Category(1), Category(2)]
        } else {
            Vec::new()
        },
        tags: if some(random) {
            Collection::Rooms.tag("wifi").unwrap()
        } else {
            Tags::NONE
        },
    };
    let sorts = [
        Sort::Match,
        Sort::Match,
        Sort::Distance,
        Sort::Price,
        Sort::Rating,
    ];
    let counts = [
        Count::Exact,
        Count::None,
        Count::UpTo(10),
        Count::UpTo(10_000),
    ];
    Query {
        text: text.transpose().unwrap(),
        center,
        radius: radius.map(|radius_m| Radius::new(radius_m).unwrap()),
        filters,
        wanted: if some(random) {
            Tags(u64::MAX >> 30)
        } else {
            Tags::NONE
        },
        budget: some(random).then_some(1_000.0),
        sort: *sorts.choose(random).unwrap(),
        limit: random.random_range(1..40),
        count: *counts.choose(random).unwrap(),
        explain: true,
        ..Query::all(profile, NOW_S)
    }
}

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
