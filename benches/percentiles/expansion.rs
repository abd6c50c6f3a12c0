//! How long does it take to find what a word may have been meant as, among 50,000 words?
//!
//! The engine does that as the first step of a search. So a search is timed that does little else: for
//! one word and one room, over a thousand rooms that hold all the words.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roost_datasets::shipped;
use roost_engine::{
    Collection, Count, Document, Key, LatLng, Profile, Query, Store, StoreOptions, Typos, Words,
};

use crate::measure::{self, Measured};
use crate::queries::words::misspelt;
use crate::queries::{QueryType, Reach};
use crate::rooms::{self, NOW_S, Rooms};

const WORDS: usize = 50_000;
const WORDS_A_ROOM: usize = 50;

/// Whole words with a typo, and beginnings of words, so many of each, where a text occurs in the name.
pub(crate) fn measure(part: &str, each: usize) -> Vec<Measured> {
    let folder = Rooms::empty_folder();
    let (mut writer, reader) =
        Store::open(folder.path(), &StoreOptions::default()).expect("a store");
    let words = words();
    for (number, title) in (1..).zip(words.chunks(WORDS_A_ROOM)) {
        let place = LatLng::new(20.0, 75.0).expect("a place");
        let room = Document {
            title: title.join(" "),
            ..Document::empty(Key::from_u128(number), place)
        };
        writer.put(Collection::Rooms, room).expect("written");
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
    let whole = typed
        .iter()
        .map(|word| forgiving(&misspelt(word, &mut rng)));
    let whole = QueryType {
        name: "a misspelt word among 50,000",
        reach: Reach::median_us(300.0),
        queries: whole.collect(),
    };
    let begun = typed.iter().map(|word| {
        let misspelt = misspelt(&word[..4], &mut rng);
        let query = forgiving(&misspelt);
        Query {
            text: query.text.map(Words::prefix_last),
            ..query
        }
    });
    let begun = QueryType {
        name: "a misspelt beginning among 50,000",
        reach: Reach::median_us(300.0),
        queries: begun.collect(),
    };
    let mut types = vec![whole, begun];
    types.retain(|query_type| query_type.name.contains(part));
    let measured = types.iter();
    measured
        .map(|query_type| measure::ranking(&reader, query_type))
        .collect()
}

fn forgiving(word: &str) -> Query {
    Query {
        text: Some(Words::new(word).expect("a word").typos(Typos::default())),
        limit: 1,
        count: Count::None,
        ..Query::all(Profile::room(), NOW_S)
    }
}

/// Those of real localities, and made-up ones up to the number, in an order that has nothing to do
/// with their letters.
fn words() -> Vec<String> {
    let is_plain = |word: &String| word.bytes().all(|letter| letter.is_ascii_lowercase());
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
