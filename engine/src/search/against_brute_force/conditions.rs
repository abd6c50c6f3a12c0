//! Which conditions may there be, and which documents meet them?

use proptest::prelude::*;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::expected::assert_same;
use super::random::NAMED_TAGS;
use super::{NOW_S, World, tunings, worlds};
use crate::*;

proptest! {
    #![proptest_config(worlds(24))]

    #[test]
    fn what_meets_a_condition_is_found_and_counted_as_by_brute_force(
        seed in any::<u64>(),
        documents in 1usize..300,
        commits in 1usize..3,
        tuning in tunings(),
    ) {
        let mut world = World::new(seed, documents, commits, tuning);
        for _ in 0..100 {
            let condition = random_condition(&mut world.random, 2);
            world.check_condition(condition);
        }
    }
}

impl World {
    /// Nodes of which no document meets the condition must be passed over rightly, and those of which all
    /// do counted rightly.
    fn check_condition(&self, condition: Condition) {
        let query = Query {
            filters: Filters {
                condition: Some(condition),
                ..Filters::default()
            },
            limit: self.documents.len(),
            count: Count::Exact,
            plan: Some(PlanName::BestFirst),
            ..Query::all(Profile::room(), NOW_S)
        };
        let (expected, found) = (self.expected(&query), self.ask(&query));
        assert_same(&expected, &found.ranked, &query);
        assert_eq!(
            found.total.unwrap().value,
            expected.len() as u64,
            "{query:?}"
        );
    }
}

/// Whether a document meets a condition, by the document alone.
pub(super) fn meets(document: &Document, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => !parts.iter().any(|part| !meets(document, part)),
        Condition::Any(parts) => parts.iter().any(|part| meets(document, part)),
        Condition::Not(part) => !meets(document, part),
        Condition::Number(number, interval) => {
            number_of(document, *number).is_some_and(|value| lies_in(value, *interval))
        }
        Condition::Category(categories) => categories.contains(&document.category),
        Condition::Tag(tags) => !document.tags.shared_with(*tags).is_empty(),
        Condition::Status(statuses) => statuses.contains(&document.status),
        Condition::Verified(verified) => document.verified == *verified,
        Condition::Locality(names) => names.contains(&document.locality),
        Condition::City(names) => names.contains(&document.city),
        Condition::Owner(owners) => document.owner.is_some_and(|owner| owners.contains(&owner)),
        Condition::Key(keys) => keys.contains(&document.key),
    }
}

fn number_of(document: &Document, number: Number) -> Option<f64> {
    match number {
        Number::Price => document.price,
        Number::Rating => document.rating,
        Number::Reviews => Some(f64::from(document.reviews)),
        Number::Occupancy => Some(f64::from(document.occupancy)),
        Number::NightsMin => Some(f64::from(document.nights_min)),
    }
}

fn lies_in(value: f64, interval: Interval) -> bool {
    match interval {
        Interval::Below(end) => end > value,
        Interval::UpTo(most) => value <= most,
        Interval::Above(end) => end < value,
        Interval::From(least) => value >= least,
        Interval::Between(least, most) => (least..=most).contains(&value),
    }
}

/// That documents have, but for the last.
const NAMES: [&str; 5] = ["", "Garden", "Quiet Campus", "Rare", "Nowhere"];

/// With at most so many levels below it.
pub(super) fn random_condition(random: &mut impl rand::Rng, levels: usize) -> Condition {
    if levels == 0 || random.random_bool(0.3) {
        return random_leaf(random);
    }
    // At times none.
    let count = random.random_range(0..4);
    let kind = random.random_range(0..3);
    let mut below = || random_condition(random, levels - 1);
    match kind {
        0 => Condition::Not(Box::new(below())),
        1 => Condition::All((0..count).map(|_| below()).collect()),
        _ => Condition::Any((0..count).map(|_| below()).collect()),
    }
}

fn random_leaf(random: &mut impl rand::Rng) -> Condition {
    match random.random_range(0..14) {
        0..6 => random_comparison(random),
        6 => Condition::Category(some_of(random, 0..4, Category)),
        7 => {
            let names = some_of(random, 0..NAMED_TAGS.len(), |at| NAMED_TAGS[at]);
            let tags = names
                .iter()
                .map(|name| Collection::Rooms.tag(name).unwrap());
            Condition::Tag(tags.fold(Tags::NONE, Tags::with))
        }
        8 => Condition::Status(some_of(random, 0..4, Status)),
        9 => Condition::Verified(random.random_bool(0.5)),
        10 => Condition::Locality(some_of(random, 0..NAMES.len(), |at| NAMES[at].to_owned())),
        11 => Condition::City(some_of(random, 0..NAMES.len(), |at| NAMES[at].to_owned())),
        // The owners above 9 have no documents.
        12 => Condition::Owner(some_of(random, 1..13, Key::from_u128)),
        // Any share of the keys.
        _ => {
            let step = random.random_range(1..20);
            Condition::Key((0..100_000).step_by(step).map(Key::from_u128).collect())
        }
    }
}

fn random_comparison(random: &mut impl rand::Rng) -> Condition {
    // The steps in which documents have them, so that values fall on ends.
    let (number, step, most) = *[
        (Number::Price, 250.0, 9),
        (Number::Rating, 0.5, 11),
        (Number::Reviews, 1.0, 20),
        (Number::Occupancy, 1.0, 5),
        (Number::NightsMin, 1.0, 5),
    ]
    .choose(random)
    .unwrap();
    let mut end = || {
        let steps = match random.random_range(0..4) {
            // Often all of them, or all but one, lie on one side.
            0 => random.random_range(0..2),
            1 => most - random.random_range(0..2),
            _ => random.random_range(0..=most),
        };
        f64::from(steps) * step
    };
    let (a, b) = (end(), end());
    let interval = match random.random_range(0..6) {
        0 => Interval::Below(a),
        1 => Interval::UpTo(a),
        2 => Interval::Above(a),
        3 => Interval::From(a),
        4 => Interval::Between(a, a),
        // At times the wrong way round.
        _ => Interval::Between(a, b),
    };
    Condition::Number(number, interval)
}

/// A few, perhaps none, of those that some numbers stand for.
fn some_of<T, N: Copy>(
    random: &mut impl rand::Rng,
    numbers: impl Iterator<Item = N>,
    of: impl Fn(N) -> T,
) -> Vec<T> {
    let mut numbers: Vec<N> = numbers.collect();
    let count = random.random_range(0..4);
    let mut some = Vec::new();
    for _ in 0..count.min(numbers.len()) {
        let at = random.random_range(0..numbers.len());
        some.push(of(numbers.swap_remove(at)));
    }
    some
}
