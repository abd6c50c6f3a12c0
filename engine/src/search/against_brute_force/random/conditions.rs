//! Random conditions for the property tests.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{random_polygon, random_range_of_days};
use crate::search::against_brute_force::things::{NAMED_TAGS, THINGS};
use crate::*;

/// Names of localities and cities; no document has the last one.
const NAMES: [&str; 5] = ["", "Garden", "Quiet Campus", "Rare", "Nowhere"];

/// A condition with up to `levels` levels below it.
pub(in crate::search::against_brute_force) fn random_condition(
    random: &mut impl rand::Rng,
    levels: usize,
) -> Condition {
    if levels == 0 || random.random_bool(0.3) {
        return random_leaf(random);
    }
    // Sometimes there are no parts.
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
    match random.random_range(0..16) {
        15 => Condition::Within(random_polygon(random)),
        14 => Condition::Overlaps(THINGS.days, random_range_of_days(random)),
        0..6 => random_comparison(random),
        6 => {
            let categories = some_of(random, 0..4, Category);
            Condition::Category(THINGS.category, categories)
        }
        7 => Condition::AnyTag(THINGS.tags, random_tags(random)),
        8 => Condition::AllTags(THINGS.tags, random_tags(random)),
        9 => Condition::Category(THINGS.status, some_of(random, 0..4, Category)),
        10 => Condition::Flag(THINGS.verified, random.random_bool(0.5)),
        11 => {
            let field = *[THINGS.locality, THINGS.city].choose(random).unwrap();
            let names = some_of(random, 0..NAMES.len(), |at| NAMES[at].to_owned());
            Condition::Name(field, names)
        }
        // The owners above 9 have no documents.
        12 => Condition::Owner(some_of(random, 1..13, Key::from_u128)),
        // A random share of all keys.
        _ => {
            let step = random.random_range(1..20);
            Condition::Key((0..100_000).step_by(step).map(Key::from_u128).collect())
        }
    }
}

fn random_tags(random: &mut impl rand::Rng) -> Tags {
    let names = some_of(random, 0..NAMED_TAGS.len(), |at| NAMED_TAGS[at]);
    let tags = names.iter().map(|name| THINGS.tag(name));
    tags.fold(Tags::NONE, Tags::with)
}

fn random_comparison(random: &mut impl rand::Rng) -> Condition {
    // The steps of the documents' values, so that values fall on the ends of intervals.
    let (number, step, steps_max) = *[
        (THINGS.price, 250.0, 9),
        (THINGS.rating, 0.5, 11),
        (THINGS.reviews, 1.0, 20),
        (THINGS.occupancy, 1.0, 5),
        (THINGS.days_min, 1.0, 5),
    ]
    .choose(random)
    .unwrap();
    let mut end = || {
        let steps = match random.random_range(0..4) {
            // Often all values, or all but one, lie on one side.
            0 => random.random_range(0..2),
            1 => steps_max - random.random_range(0..2),
            _ => random.random_range(0..=steps_max),
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
        // Sometimes the ends are in the wrong order.
        _ => Interval::Between(a, b),
    };
    Condition::Number(number, interval)
}

/// Up to three of the values that some numbers stand for.
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
