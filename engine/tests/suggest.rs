//! Tests that suggested localities and cities have the right number of rooms.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roost_collections::{built_in, rooms, venues};
use roost_engine::*;

const LOCALITIES: [&str; 5] = ["", "Powai", "Andheri West", "Andheri East", "Baner"];
const CITIES: [&str; 4] = ["", "Mumbai", "Pune", "Mumbra"];

type Counts = BTreeMap<(SuggestionKind, String, Option<String>), u64>;

/// The number of listed rooms in each locality and city.
fn counted(reader: &Reader) -> Counts {
    let mut counts = Counts::new();
    let mut add = |room: Document| {
        let text = |field| room.text(field).to_owned();
        let (locality, city) = (text(rooms::LOCALITY), text(rooms::CITY));
        let city = Some(city).filter(|city| !city.is_empty());
        if room.category(rooms::STATUS) != Some(Category::FIRST) {
            return;
        }
        if !locality.is_empty() {
            let key = (SuggestionKind::Locality, locality, city.clone());
            *counts.entry(key).or_default() += 1;
        }
        if let Some(city) = city {
            *counts
                .entry((SuggestionKind::City, city, None))
                .or_default() += 1;
        }
    };
    reader.for_each(rooms::collection(), &mut add).unwrap();
    counts
}

fn typed(text: &str, limit: usize) -> SuggestQuery {
    let words = Words::new(text).unwrap().typos(Typos::default());
    SuggestQuery {
        words: words.prefix_last(),
        searched: rooms::collection(),
        titled: venues::collection(),
        titled_profile: venues::profile(),
        near: None,
        restriction: None,
        kinds: SuggestionKind::ALL.to_vec(),
        limit,
        now_s: 1_800_000_000,
        deadline: None,
        steps_max: None,
    }
}

fn commit(writer: &mut Writer, number: u64) {
    let (position, source) = (Position(number), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
}

fn suggested(reader: &Reader) -> Counts {
    let mut counts = Counts::new();
    for text in ["powai", "andh", "baner", "mum", "pune"] {
        for one in reader.suggest(&typed(text, 1_000)).unwrap().suggestions {
            if let (true, Some(rooms)) = (one.place.is_some(), one.documents) {
                counts.insert((one.kind, one.text, one.city), rooms.value);
            }
        }
    }
    counts
}

#[test]
fn a_locality_counts_its_listed_rooms_after_updates_and_deletes() {
    let random = &mut ChaCha8Rng::seed_from_u64(5);
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    let paused = rooms::collection()
        .category(rooms::STATUS, "paused")
        .unwrap();
    for number in 1..=12 {
        for _ in 0..random.random_range(1..200) {
            let key = Key::from_u128(random.random_range(0..500));
            if random.random_bool(0.3) {
                writer.delete(rooms::collection(), key).unwrap();
                continue;
            }
            let (lat, lng) = (
                random.random_range(18.0..20.0),
                random.random_range(72.0..74.0),
            );
            let room = Document::of(
                rooms::collection(),
                key,
                LatLng::new(lat, lng).unwrap(),
                [
                    (
                        "locality",
                        ((*LOCALITIES.choose(random).unwrap()).to_owned()).into(),
                    ),
                    (
                        "city",
                        ((*CITIES.choose(random).unwrap()).to_owned()).into(),
                    ),
                    (
                        "status",
                        (*[Category::FIRST, Category::FIRST, paused]
                            .choose(random)
                            .unwrap())
                        .into(),
                    ),
                ],
            )
            .unwrap();
            writer.put(rooms::collection(), room).unwrap();
        }
        commit(&mut writer, number);
        assert_eq!(
            suggested(&reader),
            counted(&reader),
            "after commit {number}"
        );
    }
    assert!(reader.usage(rooms::collection()).segments.len() > 1);
}

#[test]
fn a_locality_lies_in_the_middle_of_its_rooms_across_the_antimeridian() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for (number, lng) in [(1, 179.5), (2, -179.7)] {
        let room = Document::of(
            rooms::collection(),
            Key::from_u128(number),
            LatLng::new(-16.8, lng).unwrap(),
            [("locality", ("Taveuni".to_owned()).into())],
        )
        .unwrap();
        writer.put(rooms::collection(), room).unwrap();
    }
    commit(&mut writer, 1);
    let found = reader.suggest(&typed("taveuni", 5)).unwrap().suggestions;
    assert_eq!(found.len(), 1);
    let middle = LatLng::new(-16.8, 179.9).unwrap();
    assert!(found[0].place.unwrap().distance_m(middle) < 100.0);
}

/// A store of rooms, each with a number, a locality, a city and a title.
fn store_of(rooms: &[(u128, &str, &str, &str)]) -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    for (number, locality, city, title) in rooms {
        #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
        let place = LatLng::new(19.0 + *number as f64 / 100.0, 72.9).unwrap();
        let texts = [
            ("locality", (*locality).to_owned().into()),
            ("city", (*city).to_owned().into()),
            ("title", (*title).to_owned().into()),
        ];
        let room = Document::of(rooms::collection(), Key::from_u128(*number), place, texts);
        writer.put(rooms::collection(), room.unwrap()).unwrap();
    }
    commit(&mut writer, 1);
    (folder, reader)
}

#[test]
fn a_restriction_leaves_the_suggestions_of_a_store_without_the_other_rooms() {
    let all = [
        (1, "Powai", "Mumbai", "desk"),
        (2, "Powai", "Mumbai", "desk and balcony"),
        (3, "Powai", "Pune", "desk with desiccator"),
        (4, "Powder Mill", "Mumbai", "descant"),
        (5, "Andheri", "Mumbra", "despair"),
        (6, "", "Mumbai", "desk"),
        (7, "Powai", "Mumbai", "desiccated"),
    ];
    let permitted = [1, 2, 6];
    let restriction = Condition::Key(permitted.map(Key::from_u128).to_vec());
    let visible: Vec<_> = all
        .into_iter()
        .filter(|(number, ..)| permitted.contains(number))
        .collect();
    let (_all, reader) = store_of(&all);
    let (_visible, alone) = store_of(&visible);
    let mut suggested = 0;
    for text in [
        "pow", "powai", "mum", "mumbra", "pune", "andheri", "des", "desic",
    ] {
        let query = typed(text, 100);
        let restricted = SuggestQuery {
            restriction: Some(restriction.clone()),
            ..query.clone()
        };
        // The scores depend on the number of all rooms.
        let by_name = |reader: &Reader, query| {
            let mut found = reader.suggest(query).unwrap().suggestions;
            found.sort_by_key(|it| (it.kind, it.text.clone(), it.city.clone()));
            found
        };
        let (found, expected) = (by_name(&reader, &restricted), by_name(&alone, &query));
        let counts = |all: &[Suggestion]| -> Vec<_> {
            let all = all.iter();
            all.map(|it| (it.kind, it.text.clone(), it.city.clone(), it.documents))
                .collect()
        };
        assert_eq!(counts(&found), counts(&expected), "{text}");
        for (found, expected) in found.iter().zip(&expected) {
            let apart = found.place.zip(expected.place);
            assert!(apart.is_none_or(|(a, b)| a.distance_m(b) < 0.01), "{text}");
        }
        suggested += found.len();
    }
    assert!(suggested >= 4);
    let unrestricted = reader.suggest(&typed("desic", 100)).unwrap().suggestions;
    assert!(unrestricted.iter().any(|it| it.text == "desiccated"));
}
