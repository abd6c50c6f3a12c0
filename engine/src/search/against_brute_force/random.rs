//! Which documents and queries may there be?

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::NOW_S;
use crate::*;

pub(super) const WORDS: [&str; 8] = [
    "quiet", "room", "garden", "desk", "wifi", "near", "campus", "rare",
];

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

pub(super) fn random_document(random: &mut impl Rng) -> Document {
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

pub(super) fn random_query(random: &mut impl Rng) -> Query {
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
