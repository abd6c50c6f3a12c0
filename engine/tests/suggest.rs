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
        kinds: SuggestionKind::ALL.to_vec(),
        limit,
        now_s: 1_800_000_000,
        deadline: None,
        steps_max: None,
    }
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
    for commit in 1..=12 {
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
        let (position, source) = (Position(commit), serde_json::Value::Null);
        writer.commit(Checkpoint { position, source }).unwrap();
        assert_eq!(
            suggested(&reader),
            counted(&reader),
            "after commit {commit}"
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
    let (position, source) = (Position(1), serde_json::Value::Null);
    writer.commit(Checkpoint { position, source }).unwrap();
    let found = reader.suggest(&typed("taveuni", 5)).unwrap().suggestions;
    assert_eq!(found.len(), 1);
    let middle = LatLng::new(-16.8, 179.9).unwrap();
    assert!(found[0].place.unwrap().distance_m(middle) < 100.0);
}
