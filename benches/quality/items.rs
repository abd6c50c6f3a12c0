//! Known-item searches: the rarest words of a room's title, optionally with typos or an unfinished
//! last word.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use uuid::Uuid;

use super::misspellings::{Misspellings, mistyped};

/// A room as the table has it.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) id: Uuid,
    pub(crate) title: String,
    /// Locality and city.
    pub(crate) place: String,
    /// All searched texts.
    pub(crate) searched: String,
    /// Longitude and latitude of the venue nearest to it.
    pub(crate) venue: (f64, f64),
}

/// The area of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) lng: f64,
    pub(crate) lat: f64,
    pub(crate) radius_m: f64,
}

/// A search and the room that it should find.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) words: Vec<String>,
    pub(crate) near: Option<Near>,
    pub(crate) room: Uuid,
    /// The title of the room, to print with a miss.
    pub(crate) title: String,
}

/// How the typed words differ from the title.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distortion {
    None,
    /// A misspelling that people have made, with this number of typos, in one word.
    Misspelling(usize),
    /// This number of random typos in one word.
    RandomTypos(usize),
    /// Only the first characters of the last word.
    Prefix(usize),
    /// Not only the rarest words, but the complete title, if no other room has the same.
    CompleteTitle,
}

/// The rooms to search for, each with its query words.
pub(crate) struct Items {
    items: Vec<(Room, Vec<String>)>,
    /// The number of rooms with each title, by its words.
    titles: HashMap<Vec<String>, usize>,
    misspellings: Option<Misspellings>,
}

const WORDS_MAX: usize = 4;
const WORDS_MIN: usize = 2;

/// Words of a title that is typed as a whole.
const TITLE_WORDS: RangeInclusive<usize> = 3..=12;

/// If more rooms contain all the query words, the expected room is ambiguous.
const MATCHES_MAX: usize = 5;

impl Items {
    pub(crate) fn of(rooms: Vec<Room>, misspellings: Option<Misspellings>) -> Items {
        let mut rooms_by_word: HashMap<String, Vec<usize>> = HashMap::new();
        let words: Vec<Vec<String>> = rooms.iter().map(|room| words_of(&room.title)).collect();
        for (at, (room, words)) in rooms.iter().zip(&words).enumerate() {
            let place = words_of(&room.place);
            let all: HashSet<&String> = words.iter().chain(&place).collect();
            for word in all {
                rooms_by_word.entry(word.clone()).or_default().push(at);
            }
        }
        let mut titles: HashMap<Vec<String>, usize> = HashMap::new();
        for room in &rooms {
            *titles.entry(all_words_of(&room.title)).or_default() += 1;
        }
        let mut items = Vec::new();
        for (room, words) in rooms.into_iter().zip(words) {
            let typed = rarest(words, &rooms_by_word);
            if typed.len() >= WORDS_MIN && matches(&typed, &rooms_by_word) <= MATCHES_MAX {
                items.push((room, typed));
            }
        }
        items.shuffle(&mut StdRng::seed_from_u64(7));
        Items {
            items,
            titles,
            misspellings,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn has_misspellings(&self) -> bool {
        self.misspellings.is_some()
    }

    /// Returns the first `count` searches with this distortion, deterministically. With a radius,
    /// they are near the room's venue.
    pub(crate) fn searches(
        &self,
        distortion: Distortion,
        radius_m: Option<f64>,
        count: usize,
    ) -> Vec<Search> {
        let mut rng = StdRng::seed_from_u64(8);
        let searches = self.items.iter().filter_map(|(room, words)| {
            let (lng, lat) = room.venue;
            Some(Search {
                words: self.distorted(&room.title, words, distortion, &mut rng)?,
                near: radius_m.map(|radius_m| Near { lng, lat, radius_m }),
                room: room.id,
                title: room.title.clone(),
            })
        });
        searches.take(count).collect()
    }

    /// Applies the distortion, or returns `None` if it applies to no word.
    fn distorted(
        &self,
        title: &str,
        words: &[String],
        distortion: Distortion,
        rng: &mut StdRng,
    ) -> Option<Vec<String>> {
        let mut typed = words.to_vec();
        match distortion {
            Distortion::None => {}
            Distortion::CompleteTitle => {
                typed = all_words_of(title);
                let is_unique = self.titles.get(&typed) == Some(&1);
                if !is_unique || !TITLE_WORDS.contains(&typed.len()) {
                    return None;
                }
            }
            Distortion::Prefix(length) => {
                let last = typed.last_mut()?;
                if last.len() <= length {
                    return None;
                }
                last.truncate(length);
            }
            Distortion::Misspelling(typos) => {
                let lists = self.misspellings.as_ref()?;
                let mut wrong: Vec<(usize, String)> = Vec::new();
                for (at, word) in long_enough(words, typos) {
                    wrong.extend(lists.of(word, typos, rng).map(|wrong| (at, wrong)));
                }
                let (at, wrong) = wrong.choose(rng)?;
                typed[*at].clone_from(wrong);
            }
            Distortion::RandomTypos(typos) => {
                let fitting: Vec<_> = long_enough(words, typos).collect();
                let (at, word) = fitting.choose(rng)?;
                typed[*at] = mistyped(word, typos, rng);
            }
        }
        Some(typed)
    }
}

/// The words that are long enough to tolerate this number of typos.
fn long_enough(words: &[String], typos: usize) -> impl Iterator<Item = (usize, &String)> {
    let length_min = if typos > 1 { 8 } else { 4 };
    let words = words.iter().enumerate();
    words.filter(move |(_, word)| word.len() >= length_min)
}

fn all_words_of(text: &str) -> Vec<String> {
    roost_engine::words(text).collect()
}

/// The distinct words of at least three characters from a to z.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in roost_engine::words(text) {
        let is_plain = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_plain && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The words that the fewest rooms contain, in their order.
fn rarest(words: Vec<String>, rooms_by_word: &HashMap<String, Vec<usize>>) -> Vec<String> {
    let mut by_count: Vec<&String> = words.iter().collect();
    by_count.sort_by_key(|word| rooms_by_word[*word].len());
    by_count.truncate(WORDS_MAX);
    let typed = words.iter().filter(|word| by_count.contains(word));
    typed.cloned().collect()
}

/// The number of rooms that contain all the words.
fn matches(words: &[String], rooms_by_word: &HashMap<String, Vec<usize>>) -> usize {
    let mut common: Option<HashSet<usize>> = None;
    for word in words {
        let these: HashSet<usize> = rooms_by_word[word].iter().copied().collect();
        common = Some(match common {
            Some(common) => common.intersection(&these).copied().collect(),
            None => these,
        });
    }
    common.map_or(0, |common| common.len())
}
