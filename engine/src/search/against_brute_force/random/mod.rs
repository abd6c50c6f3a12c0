//! Random documents, signals, busy days and queries for the property tests.

mod conditions;
mod numbers;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::things::{NAMED_TAGS, NAMES, NOW_S, THINGS, WORDS};
use crate::*;
pub(super) use conditions::random_condition;
pub(super) use numbers::random_numbers;

pub(super) fn random_text(random: &mut impl Rng, words: usize) -> String {
    let mut text = String::new();
    for _ in 0..words {
        // The last word is rare.
        let word = match random.random_range(0..400) {
            0 => "nearcafe",
            1..8 => "rare",
            _ => WORDS[..WORDS.len() - 1].choose(random).unwrap(),
        };
        text.push_str(word);
        text.push(' ');
    }
    text
}

/// A few words as a user types them: with typos, and perhaps with a prefix.
fn random_words(random: &mut impl Rng) -> Words {
    let words = random.random_range(1..4);
    let mut text = random_text(random, words).trim_end().to_owned();
    if random.random_bool(0.05) {
        text = format!("nearcafe {text}");
    }
    let typos = Typos {
        max: random.random_range(0..=2),
        ..Typos::default()
    };
    let is_prefix = random.random_bool(0.4);
    if is_prefix {
        let chars = text.chars().count();
        text = text.chars().take(random.random_range(1..=chars)).collect();
    }
    for _ in 0..random.random_range(0..=typos.max) {
        text = with_typo(random, &text);
    }
    if random.random_bool(0.2) {
        text = text.replacen(' ', "", 1);
    }
    if random.random_bool(0.3) {
        // Queries with many terms rarely match anything.
        if random.random_bool(0.6) {
            text.clear();
        }
        let marked = marked_words(random);
        text = if random.random_bool(0.5) {
            format!("{text} {marked}")
        } else {
            format!("{marked} {text}")
        };
    }
    let words = Words::new(&text).or_else(|_| Words::new("quiet"));
    let words = words.unwrap().typos(typos);
    let words = words.match_mode(match random.random_range(0..4) {
        0 => MatchMode::All,
        1 => MatchMode::Any,
        _ => MatchMode::Relaxed {
            min_matches: *[0, 1, 20, 300].choose(random).unwrap(),
        },
    });
    let words = if is_prefix {
        words.prefix_last()
    } else {
        words
    };
    if random.random_bool(0.3) {
        words.in_language(&language())
    } else {
        words
    }
}

fn language() -> Language {
    let mut language = Language::new(80);
    let synonyms = "quiet, campus, quiet garden\nroom desk => bathroom\n\
                    wifi => rare, tv, near room\ngarden => gardener";
    language.add_synonyms(synonyms).unwrap();
    language.add_stop_words("near room");
    language
}

/// A quoted phrase, or an exclusion.
fn marked_words(random: &mut impl Rng) -> String {
    let words = random.random_range(1..3);
    let words = random_text(random, words);
    let words = words.trim_end();
    match random.random_range(0..4) {
        0 => format!("-{words}"),
        1 => format!("-\"{words}\""),
        _ => format!("\"{words}\""),
    }
}

fn with_typo(random: &mut impl Rng, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.random_range(0..chars.len());
    let char = *['a', 'e', 'i', 'o', 's', 'é', ' '].choose(random).unwrap();
    match random.random_range(0..4) {
        0 => chars[at] = char,
        1 => chars.insert(at, char),
        2 if at > 0 => chars.swap(at - 1, at),
        _ if chars.len() > 1 => drop(chars.remove(at)),
        _ => {}
    }
    chars.into_iter().collect()
}

/// A place in one of five clusters, on a coarse grid so that places coincide: two clusters in a
/// town, one across the antimeridian, one at each pole.
pub(super) fn random_place(random: &mut impl Rng) -> LatLng {
    let clusters = [
        (19.13, 72.91),
        (19.2, 72.95),
        (-17.0, 180.0),
        (89.99, 30.0),
        (-89.99, -120.0),
    ];
    let (lat, lng) = *clusters.choose(random).unwrap();
    let mut step = || f64::from(random.random_range(-8..=8)) * 0.01;
    let (lat, lng) = ((lat + step()).clamp(-90.0, 90.0), lng + step());
    LatLng::new(lat, if lng > 180.0 { lng - 360.0 } else { lng }).unwrap()
}

pub(super) fn random_document(random: &mut impl Rng) -> Document {
    let reviews = random.random_range(0_u32..20);
    let title_words = random.random_range(1..4);
    let description_words = random.random_range(0..30);
    let tags = NAMED_TAGS.iter().filter(|_| random.random_bool(0.5));
    let tags = tags.fold(Tags::NONE, |tags, name| tags.with(THINGS.tag(name)));
    let place = random_place(random);
    let key = Key::from_u128(random.random_range(0..100_000));
    let mut document = Document {
        owner: random
            .random_bool(0.9)
            .then(|| Key::from_u128(random.random_range(1..=9))),
        ..Document::empty(THINGS.collection, key, place)
    };
    if random.random_bool(0.1) {
        document.set(THINGS.status, Category(random.random_range(1..4)));
    }
    document.set(THINGS.verified, random.random_bool(0.6));
    document.set(THINGS.title, random_text(random, title_words));
    document.set(THINGS.description, random_text(random, description_words));
    document.set(THINGS.locality, *NAMES.choose(random).unwrap());
    document.set(THINGS.city, *NAMES[..3].choose(random).unwrap());
    // Some documents lack a value that most have.
    let category = random
        .random_bool(0.95)
        .then(|| Category(random.random_range(0..4)));
    document.set(THINGS.category, category);
    document.set(THINGS.tags, tags);
    let price = random.random_bool(0.9);
    let price = price.then(|| f64::from(random.random_range(1..=8)) * 250.0);
    document.set(THINGS.price, price);
    document.set(THINGS.occupancy, random.random_range(1_u32..5));
    document.set(
        THINGS.days_min,
        *[1_u32, 1, 1, 2, 4].choose(random).unwrap(),
    );
    let rating = (reviews > 0).then(|| f64::from(random.random_range(0..=10)) / 2.0);
    document.set(THINGS.rating, rating);
    let are_counted = random.random_bool(0.95);
    document.set(THINGS.reviews, are_counted.then_some(reviews));
    let has_days = random.random_bool(0.9);
    document.set(THINGS.days, has_days.then(|| random_range_of_days(random)));
    document
}

/// The signals of an owner who is unavailable with this probability.
pub(super) fn random_signals(random: &mut impl Rng, unavailable: f64) -> Signals {
    let total = random.random_range(1..5);
    Signals {
        capacity_total: total,
        capacity_used: random.random_range(0..=total),
        active_at_s: NOW_S - random.random_range(0..14) * 86_400,
        high_acceptance: random.random_bool(0.5),
        fast_response: random.random_bool(0.5),
        available: !random.random_bool(unavailable),
    }
}

/// The first day of the availability window.
pub(super) fn first_day() -> Date {
    Date::of_moment(NOW_S)
}

/// A range among few days, so that ranges overlap often.
pub(super) fn random_range_of_days(random: &mut impl Rng) -> DateRange {
    let start = first_day().plus_days(random.random_range(0..12));
    DateRange::new(start, start.plus_days(random.random_range(1..5))).unwrap()
}

/// Changes of busy days: sometimes none, sometimes a town is busy out or freed for some days,
/// else some documents are busy and others freed.
pub(super) fn random_days(random: &mut impl Rng, documents: &[(Key, LatLng)]) -> Vec<DaysChange> {
    if random.random_bool(0.2) {
        return Vec::new();
    }
    let change = |key, range: DateRange, is_busy: bool| DaysChange {
        key,
        freed: Vec::from_iter((!is_busy).then_some(range)),
        busy: Vec::from_iter(is_busy.then_some(range)),
    };
    if random.random_bool(0.4) {
        let (range, middle) = (random_range_of_days(random), random_place(random));
        let is_busy = random.random_bool(0.7);
        let is_near = |place: &LatLng| (place.lat() - middle.lat()).abs() < 0.2;
        let town = documents.iter().filter(|(_, place)| is_near(place));
        return town.map(|&(key, _)| change(key, range, is_busy)).collect();
    }
    let share = *[0.02, 0.5].choose(random).unwrap();
    let mut changes = Vec::new();
    for &(key, _) in documents {
        if random.random_bool(share) {
            changes.push(DaysChange {
                freed: vec![random_range_of_days(random)],
                ..change(key, random_range_of_days(random), random.random_bool(0.8))
            });
        }
    }
    changes
}

pub(super) fn random_query(random: &mut impl Rng) -> Query {
    let mut profile = if random.random_bool(0.5) {
        THINGS.profile()
    } else {
        THINGS.signals_profile()
    };
    if random.random_bool(0.5) {
        for component in Component::ALL {
            let weight = f64::from(random.random_range(0..4)) * 10.0;
            profile = profile.with_weight(component, weight).unwrap();
        }
    }
    let text = random.random_bool(0.5).then(|| random_words(random));
    let center = random.random_bool(0.8).then(|| random_place(random));
    let radius = random
        .random_bool(0.7)
        .then(|| random.random_range(100.0..20_000.0));
    let filters = random_filters(random);
    let radius_min = random
        .random_bool(0.2)
        .then(|| random.random_range(100.0..10_000.0));
    let sorts = [
        Sort::Match,
        Sort::Match,
        Sort::Distance,
        Sort::Ascending(THINGS.price),
        Sort::Descending(THINGS.reviews),
        Sort::Rating,
    ];
    let counts = [
        Count::Exact,
        Count::None,
        Count::UpTo(10),
        Count::UpTo(10_000),
    ];
    Query {
        text,
        center,
        radius: radius.map(|radius_m| Radius::new(radius_m).unwrap()),
        radius_min: radius_min.map(|radius_m| Radius::new(radius_m).unwrap()),
        filters,
        preferred_tags: if some(random) {
            Tags(0b1011)
        } else {
            Tags::NONE
        },
        budget: some(random).then_some(1_000.0),
        sort: *sorts.choose(random).unwrap(),
        offset: if some(random) {
            random.random_range(0..60)
        } else {
            0
        },
        limit: random.random_range(1..40),
        count: *counts.choose(random).unwrap(),
        explain: true,
        ..Query::all(profile, NOW_S)
    }
}

/// Conditions on single fields.
fn random_attributes(random: &mut impl Rng) -> Vec<Condition> {
    let tags = THINGS.tag("wifi");
    let mut steps = |range: std::ops::Range<u32>| f64::from(random.random_range(range));
    let price_min = Interval::From(steps(0..4) * 250.0);
    let price_max = Interval::UpTo(steps(3..9) * 250.0);
    let occupants = Interval::From(steps(1..4));
    let days = Interval::UpTo(steps(1..5));
    let all = [
        Condition::Number(THINGS.price, price_min),
        Condition::Number(THINGS.price, price_max),
        Condition::Number(THINGS.occupancy, occupants),
        Condition::Number(THINGS.days_min, days),
        Condition::Category(THINGS.category, vec![Category(1), Category(2)]),
        Condition::AllTags(THINGS.tags, tags),
        Condition::Flag(THINGS.verified, true),
    ];
    all.into_iter().filter(|_| some(random)).collect()
}

fn random_filters(random: &mut impl Rng) -> Filters {
    Filters {
        attributes: random_attributes(random),
        visibility: if some(random) {
            vec![Category::FIRST, Category(random.random_range(1..4))]
        } else {
            Vec::new()
        },
        // The owners above 9 have no documents.
        owners: if some(random) {
            let count = random.random_range(1..4);
            (0..count)
                .map(|_| Key::from_u128(random.random_range(1..=12)))
                .collect()
        } else {
            Vec::new()
        },
        // A fifth of all keys.
        exclude: if some(random) {
            (0..100_000).step_by(5).map(Key::from_u128).collect()
        } else {
            Vec::new()
        },
        polygon: some(random).then(|| random_polygon(random)),
        bounding_box: some(random).then(|| random_box(random)),
        free: random
            .random_bool(0.3)
            .then(|| random_range_of_days(random)),
        condition: random.random_bool(0.3).then(|| random_condition(random, 3)),
        restriction: some(random).then(|| random_condition(random, 2)),
    }
}

/// A polygon around one of the clusters. Its corners lie neither on the grid nor at a pole, so that
/// no place is on an edge.
fn random_polygon(random: &mut impl Rng) -> Polygon {
    let middle = random_place(random);
    let corners = random.random_range(3..9);
    let corner = |_| {
        let lat = (middle.lat() + random.random_range(-0.1..0.1)).clamp(-89.999_9, 89.999_9);
        let lng = if middle.lat().abs() > 89.0 {
            random.random_range(-180.0..180.0)
        } else {
            middle.lng() + random.random_range(-0.1..0.1)
        };
        let turn = if lng.abs() > 180.0 {
            360.0 * lng.signum()
        } else {
            0.0
        };
        LatLng::new(lat, lng - turn).unwrap()
    };
    Polygon::new((0..corners).map(corner).collect()).unwrap()
}

/// A box between two places, which are often in the same cluster.
fn random_box(random: &mut impl Rng) -> BoundingBox {
    let (a, b) = (random_place(random), random_place(random));
    let (south, north) = (a.lat().min(b.lat()), a.lat().max(b.lat()));
    // A box whose east lies a rounding error west of its west spans the whole globe.
    let is_line = (a.lng() - b.lng()).abs() < 1e-9;
    let east = if is_line { a.lng() } else { b.lng() };
    BoundingBox::new(south, a.lng(), north, east).unwrap()
}

/// True one time in six, so that many queries still match something.
pub(super) fn some(random: &mut impl Rng) -> bool {
    random.random_bool(0.16)
}
