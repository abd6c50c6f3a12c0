//! Is an answer right while signals and nights change under it?
//!
//! A search reads the nights of a document and the signals of its owner when it comes to the document,
//! and their bounds when it comes to a node: there is no one moment at which it reads everything. So an
//! answer is right if each document has a value and nights, out of those that it had between the
//! beginning and the end of the search, such that brute force over these gives the same answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::expected::{BookedNights, matches, near, nights_of, rank};
use super::meanings::optional;
use super::random::{random_nights, random_query, random_signals, random_stay};
use super::{World, tunings};
use crate::search::Ranking;
use crate::*;

const ROUNDS: usize = 2;

/// In a round, so many searches follow each other at once. The checks come after.
const SEARCHES: usize = 40;

/// A search allows so many changes, which may happen during it or a later one: few enough that most
/// owners have one value during a search, since what may have any value proves nothing.
const CHANGES: usize = 3;

const PLANS: [Option<PlanName>; 4] = [
    None,
    Some(PlanName::BestFirst),
    Some(PlanName::Postings),
    Some(PlanName::Scan),
];

proptest! {
    // What happens at the same time is another matter in each run, so that nothing can be shrunk.
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_equals_brute_force_over_what_was_read_while_signals_and_nights_changed(
        seed in any::<u64>(),
        documents in 100usize..500,
        commits in 1usize..5,
        tuning in tunings(),
    ) {
        let world = World::new(seed, documents, commits, tuning);
        let changes = Changes::default();
        let (allow, allowed) = mpsc::channel();
        std::thread::scope(|scope| {
            let (writer, changes) = (&world.writer, &changes);
            let documents: Vec<(Key, LatLng)> =
                world.documents.values().map(|it| (it.key, it.place)).collect();
            scope.spawn(move || changes.make(writer, &documents, seed, allowed));
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut settled = Settled {
                signals: world.signals.clone(),
                nights: world.nights.clone(),
                changes: 0,
            };
            for _ in 0..ROUNDS {
                let plans = PLANS.into_iter().cycle().take(SEARCHES);
                let queries: Vec<Query> = plans.map(|plan| query(&mut random, plan)).collect();
                // To check an answer takes far longer than to find it, and then nothing need change.
                let search = |query| {
                    allow.send(CHANGES).unwrap();
                    settled.follow(changes);
                    let ranking = world.reader.rank(Collection::Rooms, query).unwrap();
                    (query, ranking, settled.possible(changes))
                };
                let answers: Vec<_> = queries.iter().map(search).collect();
                for (query, ranking, possible) in &answers {
                    check(&world, query, ranking, possible);
                }
            }
            drop(allow);
        });
    }
}

/// The changes of signals and nights, in their order.
#[derive(Default)]
struct Changes {
    /// Those that a search may have seen.
    begun: Mutex<Vec<Change>>,
    /// How many of them every search sees that begins now.
    done: AtomicUsize,
}

#[derive(Clone)]
enum Change {
    Signals(Key, Signals),
    Nights(Vec<NightsChange>),
}

/// The signals and nights that a search sees at least, since they were set before it began.
struct Settled {
    signals: BTreeMap<Key, Signals>,
    nights: BookedNights,
    /// How many changes are in them.
    changes: usize,
}

/// What a search may have read.
struct Possible {
    owners: BTreeMap<Key, PossibleSignals>,
    /// What was taken when it began.
    nights: BookedNights,
    /// What was freed and taken since. Each night is read by itself.
    freed: BookedNights,
    taken: BookedNights,
}

/// What a search may have read of an owner. It reads signals as a whole, and by itself whether the
/// owner's documents are visible.
struct PossibleSignals {
    signals: Vec<Signals>,
    availabilities: BTreeSet<bool>,
}

impl Changes {
    /// Makes as many changes as are allowed at a time.
    fn make(
        &self,
        writer: &Writer,
        documents: &[(Key, LatLng)],
        seed: u64,
        allowed: mpsc::Receiver<usize>,
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(!seed);
        for count in allowed {
            (0..count).for_each(|_| self.make_one(writer, documents, &mut random));
        }
    }

    fn make_one(&self, writer: &Writer, documents: &[(Key, LatLng)], random: &mut ChaCha8Rng) {
        let owner = Key::from_u128(random.random_range(1..=9));
        let change = match random.random_range(0..20) {
            0..10 => Change::Signals(owner, random_signals(random, 0.2)),
            // Of all documents, and mostly of few.
            10 => Change::Nights(random_nights(random, documents)),
            _ => {
                let from = random.random_range(0..documents.len());
                let few = &documents[from..documents.len().min(from + 3)];
                Change::Nights(random_nights(random, few))
            }
        };
        self.begun.lock().unwrap().push(change.clone());
        match change {
            Change::Signals(owner, signals) => writer.set_signals(owner, signals),
            Change::Nights(changes) => {
                writer.change_nights(Collection::Rooms, &changes).unwrap();
            }
        }
        self.done.fetch_add(1, Ordering::AcqRel);
    }
}

impl Settled {
    /// Takes over what is done by now.
    fn follow(&mut self, changes: &Changes) {
        let done = changes.done.load(Ordering::Acquire);
        let begun = changes.begun.lock().unwrap();
        for change in &begun[self.changes..done] {
            match change {
                Change::Signals(owner, signals) => {
                    self.signals.insert(*owner, *signals);
                }
                Change::Nights(changes) => {
                    changes.iter().for_each(|change| self.nights.follow(change));
                }
            }
        }
        self.changes = done;
    }

    /// What a search may have read that began when this was settled and ends now.
    fn possible(&self, changes: &Changes) -> Possible {
        let mut possible = Possible {
            owners: BTreeMap::new(),
            nights: self.nights.clone(),
            freed: BookedNights::default(),
            taken: BookedNights::default(),
        };
        for (owner, signals) in &self.signals {
            possible.add(*owner, signals);
        }
        for change in &changes.begun.lock().unwrap()[self.changes..] {
            match change {
                Change::Signals(owner, signals) => possible.add(*owner, signals),
                Change::Nights(changes) => changes.iter().for_each(|it| possible.change(it)),
            }
        }
        possible
    }
}

impl Possible {
    fn add(&mut self, owner: Key, signals: &Signals) {
        let of_owner = self.owners.entry(owner);
        of_owner
            .or_insert_with(PossibleSignals::nothing)
            .add(signals);
    }

    fn change(&mut self, change: &NightsChange) {
        let only = |taken: &Vec<Stay>| NightsChange {
            key: change.key,
            freed: Vec::new(),
            taken: taken.clone(),
        };
        self.freed.follow(&only(&change.freed));
        self.taken.follow(&only(&change.taken));
    }

    /// Whether each night asked for may have been free when it was looked at.
    fn may_be_free(&self, document: &Document, query: &Query) -> bool {
        let key = document.key;
        let mut asked = query.filters.stay.iter().flat_map(nights_of);
        asked.all(|night| !self.nights.holds(key, night) || self.freed.holds(key, night))
    }

    /// Whether a night asked for may have been taken when it was looked at.
    fn may_be_taken(&self, document: &Document, query: &Query) -> bool {
        let key = document.key;
        let mut asked = query.filters.stay.iter().flat_map(nights_of);
        asked.any(|night| self.nights.holds(key, night) || self.taken.holds(key, night))
    }
}

impl PossibleSignals {
    fn nothing() -> PossibleSignals {
        PossibleSignals {
            signals: Vec::new(),
            availabilities: BTreeSet::new(),
        }
    }

    fn add(&mut self, signals: &Signals) {
        self.signals.push(*signals);
        self.availabilities.insert(signals.available);
    }

    fn signals(&self) -> impl Iterator<Item = Signals> {
        self.signals.iter().copied()
    }
}

/// Mostly by score, over many documents, and for few: that is when bounds matter.
fn query(random: &mut ChaCha8Rng, plan: Option<PlanName>) -> Query {
    let query = random_query(random);
    Query {
        sort: if random.random_bool(0.8) {
            Sort::Match
        } else {
            query.sort
        },
        filters: match random.random_range(0..10) {
            0..4 => Filters::default(),
            4..7 => Filters {
                stay: Some(random_stay(random)),
                ..Filters::default()
            },
            _ => query.filters,
        },
        radius: query.radius.filter(|_| random.random_bool(0.5)),
        radius_min: None,
        offset: 0,
        limit: random.random_range(1..10),
        count: Count::None,
        plan,
        // What changes under a count may end it sooner or later.
        text: query.text.map(|words| match words.mode() {
            MatchMode::Relaxed { .. } => words.match_mode(MatchMode::All),
            _ => words,
        }),
        ..query
    }
}

fn check(world: &World, query: &Query, ranking: &Ranking, possible: &Possible) {
    let snapshot = world.snapshot();
    let words = query.text.as_ref();
    let optional = words.map(|words| optional(words, &snapshot, |_| 0));
    let matches = |document: &Document| {
        matches(
            document,
            query,
            optional.as_ref().unwrap_or(&BTreeSet::new()),
            &snapshot,
        )
    };
    let nobody = {
        let mut nobody = PossibleSignals::nothing();
        nobody.add(&Signals::default());
        nobody
    };
    let possible_of = |document: &Document| {
        document
            .owner
            .map_or(&nobody, |owner| &possible.owners[&owner])
    };
    let values = |document: &Document| {
        let values = possible_of(document)
            .signals()
            .map(|signals| rank(document, &signals, query, &snapshot).rank_value);
        values.collect::<Vec<f64>>()
    };

    for found in &ranking.ranked {
        let document = &world.documents[&found.key];
        assert!(matches(document), "{query:?}: {found:?} does not match");
        assert!(
            possible_of(document).availabilities.contains(&true),
            "{query:?}: {found:?} was away"
        );
        assert!(
            possible.may_be_free(document, query),
            "{query:?}: {found:?} was taken"
        );
        let values = values(document);
        let is_possible = values.iter().any(|&value| near(value, found.rank_value));
        assert!(is_possible, "{query:?}: {found:?} was worth {values:?}");
    }
    assert!(
        ranking.ranked.is_sorted_by(
            |a, b| a.rank_value > b.rank_value || a.rank_value == b.rank_value && a.key < b.key
        ),
        "{query:?}: out of order, or twice the same"
    );

    // Without a next page, all that match were found.
    let last = ranking.next.map(|next| next.rank_value);
    let found: BTreeSet<Key> = ranking.ranked.iter().map(|found| found.key).collect();
    for document in world.documents.values() {
        if found.contains(&document.key)
            || possible_of(document).availabilities.contains(&false)
            || possible.may_be_taken(document, query)
            || !matches(document)
        {
            continue;
        }
        let values = values(document);
        let is_behind = |last: f64| {
            values
                .iter()
                .any(|&value| value < last || near(value, last))
        };
        assert!(
            last.is_some_and(is_behind),
            "{query:?}: {} is missing, worth {values:?}; the last is {last:?}",
            document.key
        );
    }
}
