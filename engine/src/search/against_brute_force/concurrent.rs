//! Checks searches that run while signals of owners and documents change.
//!
//! A search reads the days, number and signals of a document when it visits the document, and their
//! bounds when it visits a node, so it does not see one state at one moment. Its result is right if
//! brute force returns the same hits for some choice, per document, of the signals, number and days
//! that it had while the search ran.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::busy_days::{BusyDays, days_of};
use super::expansions::optional;
use super::expected::{assert_in_order, matches, near, rank};
use super::random::{
    random_days, random_numbers, random_query, random_range_of_days, random_signals,
};
use super::things::{DRAWN_DEFAULT, THINGS};
use super::world::{World, tunings};
use crate::search::Ranking;
use crate::*;

const ROUNDS: usize = 2;

/// Searches of a round. Their results are checked afterwards.
const SEARCHES: usize = 40;

/// Changes that each search allows to happen during it or a later search. They are few, so that
/// most owners have a single value during a search: an owner with all possible values proves
/// nothing.
const CHANGES: usize = 3;

const PLANS: [Option<PlanName>; 4] = [
    None,
    Some(PlanName::BestFirst),
    Some(PlanName::Postings),
    Some(PlanName::Scan),
];

proptest! {
    // Each run interleaves differently, so that failures can't be shrunk.
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_equals_brute_force_over_what_was_read_while_signals_changed(
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
                days: world.days.clone(),
                numbers: world.numbers.clone(),
                changes: 0,
            };
            for _ in 0..ROUNDS {
                let plans = PLANS.into_iter().cycle().take(SEARCHES);
                let queries: Vec<Query> = plans.map(|plan| query(&mut random, plan)).collect();
                // To check an answer takes far longer than to find it, and then nothing need
                // change.
                let search = |query| {
                    allow.send(CHANGES).unwrap();
                    settled.follow(changes);
                    let ranking = world.reader.rank(THINGS.collection, query).unwrap();
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

/// The changes of signals and days in their order.
#[derive(Default)]
struct Changes {
    /// Changes that a search can have seen.
    started: Mutex<Vec<Change>>,
    /// The number of changes that every search sees that starts now.
    done: AtomicUsize,
}

#[derive(Clone)]
enum Change {
    Signals(Key, Signals),
    Days(Vec<DaysChange>),
    Numbers(Vec<NumberChange>),
}

/// The signals and days from before a search starts, which it sees unless they change later.
struct Settled {
    signals: BTreeMap<Key, Signals>,
    days: BusyDays,
    numbers: BTreeMap<Key, f64>,
    /// The number of changes that are included.
    changes: usize,
}

/// The states that a search can have read.
struct Possible {
    owners: BTreeMap<Key, PossibleSignals>,
    /// The busy days when it started.
    days: BusyDays,
    /// The days that were freed and busy since. A search reads each day separately.
    freed: BusyDays,
    busy: BusyDays,
    /// The numbers of documents for which one was set.
    numbers: BTreeMap<Key, Vec<f64>>,
}

/// The signals of an owner that a search can have read. It reads them as a whole, and separately
/// whether the owner's documents are visible.
struct PossibleSignals {
    signals: Vec<Signals>,
    availabilities: BTreeSet<bool>,
}

impl Changes {
    /// Makes changes whenever some are allowed.
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
        let from = random.random_range(0..documents.len());
        let few = &documents[from..documents.len().min(from + 3)];
        let keys = |documents: &[(Key, LatLng)]| -> Vec<Key> {
            documents.iter().map(|&(key, _)| key).collect()
        };
        let change = match random.random_range(0..30) {
            0..10 => Change::Signals(owner, random_signals(random, 0.2)),
            // Rarely many documents change, mostly a few.
            10 => Change::Days(random_days(random, documents)),
            11..20 => Change::Days(random_days(random, few)),
            20 => Change::Numbers(random_numbers(random, &keys(documents))),
            _ => Change::Numbers(random_numbers(random, &keys(few))),
        };
        self.started.lock().unwrap().push(change.clone());
        match change {
            Change::Signals(owner, signals) => writer.set_signals(owner, signals),
            Change::Days(changes) => {
                writer.change_days(THINGS.collection, &changes).unwrap();
            }
            Change::Numbers(changes) => {
                let (things, drawn) = (THINGS.collection, THINGS.drawn);
                writer.change_numbers(things, drawn, &changes).unwrap();
            }
        }
        self.done.fetch_add(1, Ordering::AcqRel);
    }
}

impl Settled {
    /// Includes the changes that are done.
    fn follow(&mut self, changes: &Changes) {
        let done = changes.done.load(Ordering::Acquire);
        let started = changes.started.lock().unwrap();
        for change in &started[self.changes..done] {
            match change {
                Change::Signals(owner, signals) => {
                    self.signals.insert(*owner, *signals);
                }
                Change::Days(changes) => {
                    changes.iter().for_each(|change| self.days.follow(change));
                }
                Change::Numbers(changes) => {
                    let new = changes.iter().map(|change| (change.key, change.value));
                    self.numbers.extend(new);
                }
            }
        }
        self.changes = done;
    }

    /// The states that a search can have read that started from here and ends now.
    fn possible(&self, changes: &Changes) -> Possible {
        let mut possible = Possible {
            owners: BTreeMap::new(),
            days: self.days.clone(),
            freed: BusyDays::default(),
            busy: BusyDays::default(),
            numbers: BTreeMap::new(),
        };
        for (&key, &number) in &self.numbers {
            possible.numbers.insert(key, vec![number]);
        }
        for (owner, signals) in &self.signals {
            possible.add(*owner, signals);
        }
        for change in &changes.started.lock().unwrap()[self.changes..] {
            match change {
                Change::Signals(owner, signals) => possible.add(*owner, signals),
                Change::Days(changes) => changes.iter().for_each(|it| possible.change(it)),
                Change::Numbers(changes) => changes.iter().for_each(|it| possible.number(it)),
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

    fn change(&mut self, change: &DaysChange) {
        let only = |busy: &Vec<DateRange>| DaysChange {
            key: change.key,
            freed: Vec::new(),
            busy: busy.clone(),
        };
        self.freed.follow(&only(&change.freed));
        self.busy.follow(&only(&change.busy));
    }

    fn number(&mut self, change: &NumberChange) {
        let of_document = self.numbers.entry(change.key);
        let numbers = of_document.or_insert_with(|| vec![DRAWN_DEFAULT]);
        numbers.push(change.value);
    }

    fn numbers(&self, document: &Document) -> &[f64] {
        let numbers = self.numbers.get(&document.key);
        numbers.map_or(&[DRAWN_DEFAULT], Vec::as_slice)
    }

    /// Whether each requested day can have been free when the search read it.
    fn may_be_free(&self, document: &Document, query: &Query) -> bool {
        let key = document.key;
        let mut days = query.filters.free.iter().flat_map(days_of);
        days.all(|day| !self.days.holds(key, day) || self.freed.holds(key, day))
    }

    /// Whether any requested day can have been busy when the search read it.
    fn may_be_busy(&self, document: &Document, query: &Query) -> bool {
        let key = document.key;
        let mut days = query.filters.free.iter().flat_map(days_of);
        days.any(|day| self.days.holds(key, day) || self.busy.holds(key, day))
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

/// A query in which bounds matter: mostly by score, over many documents, for few hits.
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
                free: Some(random_range_of_days(random)),
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
        // Relaxation counts matches, and changes during the count would change the result.
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
    let no_owner = {
        let mut signals = PossibleSignals::nothing();
        signals.add(&Signals::default());
        signals
    };
    let possible_of = |document: &Document| {
        document
            .owner
            .map_or(&no_owner, |owner| &possible.owners[&owner])
    };
    let values = |document: &Document| {
        let signals = possible_of(document).signals();
        let values = signals.flat_map(|signals| {
            let numbers = possible.numbers(document).iter();
            let live = numbers.map(move |&number| (signals, number));
            live.map(|(signals, number)| {
                rank(document, (&signals, number), query, &snapshot).rank_value
            })
        });
        values.collect::<Vec<f64>>()
    };

    for found in &ranking.ranked {
        let document = &world.documents[&found.key];
        assert!(matches(document), "{query:?}: {found:?} does not match");
        assert!(
            possible_of(document).availabilities.contains(&true),
            "{query:?}: {found:?} was unavailable"
        );
        assert!(
            possible.may_be_free(document, query),
            "{query:?}: {found:?} was busy"
        );
        let values = values(document);
        let is_possible = values.iter().any(|&value| near(value, found.rank_value));
        assert!(is_possible, "{query:?}: {found:?} is none of {values:?}");
    }
    assert_in_order(&ranking.ranked, query);

    // Without a next page, all matches were found.
    let last = ranking.next.map(|next| next.rank_value);
    let found: BTreeSet<Key> = ranking.ranked.iter().map(|found| found.key).collect();
    for document in world.documents.values() {
        if found.contains(&document.key)
            || possible_of(document).availabilities.contains(&false)
            || possible.may_be_busy(document, query)
            || !matches(document)
        {
            continue;
        }
        let values = values(document);
        let comes_later = |last: f64| {
            values
                .iter()
                .any(|&value| value < last || near(value, last))
        };
        assert!(
            last.is_some_and(comes_later),
            "{query:?}: {} is missing, with {values:?}; the last is {last:?}",
            document.key
        );
    }
}
