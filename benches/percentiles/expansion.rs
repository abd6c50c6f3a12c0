//! Measures term expansion with typos in a dictionary of 50,000 words.
//!
//! Expansion is the first step of a search. The measured search does little else: it has one word
//! and a limit of one room, over a thousand rooms that contain all the words.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roost_collections::{self as collections, built_in};
use roost_datasets::shipped;
use roost_engine::{Count, Document, Key, LatLng, Query, Store, StoreOptions, Typos, Words};

use crate::measure::{self, Measured};
use crate::queries::words::misspelt;
use crate::queries::{QueryType, Target};
use crate::rooms::{self, NOW_S, Rooms};

const WORDS: usize = 50_000;
const WORDS_PER_ROOM: usize = 50;

/// Measures whole words with a typo and prefixes with a typo, `each` queries of both, if the name
/// contains a text.
pub(crate) fn measure(part: &str, each: usize) -> Vec<Measured> {
    let folder = Rooms::empty_folder();
    let (mut writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).expect("a store");
    let words = words();
    for (number, title) in (1..).zip(words.chunks(WORDS_PER_ROOM)) {
        let place = LatLng::new(20.0, 75.0).expect("a place");
        let room = Document::of(
            collections::rooms::collection(),
            Key::from_u128(number),
            place,
            [("title", title.join(" ").into())],
        )
        .expect("a room with fields of its collection");
        writer
            .put(collections::rooms::collection(), room)
            .expect("written");
    }
    rooms::commit(&mut writer);
    let mut rng = StdRng::seed_from_u64(9);
    let typed: Vec<&String> = (0..each)
        .map(|_| {
            loop {
                let word = &words[rng.random_range(0..words.len())];
                if word.len() >= 4 {
                    break word;
                }
            }
        })
        .collect();
    let whole = typed.iter().map(|word| tolerant(&misspelt(word, &mut rng)));
    let whole = QueryType {
        name: "a misspelt word among 50,000",
        target: Target::median_us(300.0),
        queries: whole.collect(),
    };
    let prefixes = typed.iter().map(|word| {
        let misspelt = misspelt(&word[..4], &mut rng);
        let query = tolerant(&misspelt);
        Query {
            text: query.text.map(Words::prefix_last),
            ..query
        }
    });
    let prefixes = QueryType {
        name: "a misspelt prefix among 50,000",
        target: Target::median_us(300.0),
        queries: prefixes.collect(),
    };
    let mut types = vec![whole, prefixes];
    types.retain(|query_type| query_type.name.contains(part));
    let measured = types.iter();
    measured
        .map(|query_type| measure::ranking(&reader, query_type))
        .collect()
}

fn tolerant(word: &str) -> Query {
    Query {
        text: Some(Words::new(word).expect("a word").typos(Typos::default())),
        limit: 1,
        count: Count::None,
        ..Query::all(collections::rooms::profile(), NOW_S)
    }
}

/// Words of real localities and enough generated ones, in an order that is unrelated to their
/// spelling.
fn words() -> Vec<String> {
    let is_plain = |word: &String| word.bytes().all(|byte| byte.is_ascii_lowercase());
    let names = shipped::localities();
    let names = names
        .iter()
        .flat_map(|place| roost_engine::words(&place.name));
    let mut words: BTreeSet<String> = names.filter(is_plain).collect();
    let mut rng = StdRng::seed_from_u64(10);
    while words.len() < WORDS {
        let mut word = String::new();
        for _ in 0..rng.random_range(2..5) {
            let consonants = [
                "b", "ch", "d", "g", "k", "l", "m", "n", "p", "r", "s", "sh", "t", "v",
            ];
            word += consonants[rng.random_range(0..consonants.len())];
            word += ["a", "e", "i", "o", "u", "an", "ar"][rng.random_range(0..7)];
        }
        words.insert(word);
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_by_key(|word| word.bytes().rev().collect::<Vec<u8>>());
    words
}
