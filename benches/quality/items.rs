//! What does somebody type who looks for a room that is there? A few words of its title, the ones that
//! few other titles have, perhaps with typos, perhaps not to the end.

use std::collections::{HashMap, HashSet};

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
    /// What else is searched.
    pub(crate) place: String,
    /// Longitude and latitude of the venue nearest to it.
    pub(crate) venue: (f64, f64),
}

/// Where a search is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) lng: f64,
    pub(crate) lat: f64,
    pub(crate) radius_m: f64,
}

/// A search, and the room that it is for.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) words: Vec<String>,
    pub(crate) near: Option<Near>,
    pub(crate) room: Uuid,
    /// The title, for a person to see what was missed.
    pub(crate) title: String,
}

/// What is wrong with the words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slip {
    None,
    /// So many typos in one word, as people make them.
    Real(usize),
    /// So many typos in one word at random.
    MadeUp(usize),
    /// Only so many letters of the last word, which has more.
    Begun(usize),
}

/// Rooms to look for, each with the words that are typed.
pub(crate) struct Items {
    items: Vec<(Room, Vec<String>)>,
    misspellings: Option<Misspellings>,
}

const WORDS_TYPED: usize = 4;
const WORDS_LEAST: usize = 2;

/// Where more rooms hold the very words that are typed, nobody could tell which one is meant.
const ALIKE_MAX: usize = 5;

impl Items {
    pub(crate) fn of(rooms: Vec<Room>, misspellings: Option<Misspellings>) -> Items {
        let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
        let words: Vec<Vec<String>> = rooms.iter().map(|room| words_of(&room.title)).collect();
        for (at, (room, words)) in rooms.iter().zip(&words).enumerate() {
            let place = words_of(&room.place);
            let all: HashSet<&String> = words.iter().chain(&place).collect();
            for word in all {
                holders.entry(word.clone()).or_default().push(at);
            }
        }
        let mut items = Vec::new();
        for (room, words) in rooms.into_iter().zip(words) {
            let typed = rarest(words, &holders);
            if typed.len() >= WORDS_LEAST && alike(&typed, &holders) <= ALIKE_MAX {
                items.push((room, typed));
            }
        }
        items.shuffle(&mut StdRng::seed_from_u64(7));
        Items {
            items,
            misspellings,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn has_misspellings(&self) -> bool {
        self.misspellings.is_some()
    }

    /// So many searches with this slip, the same each time; with a radius near the room's venue.
    pub(crate) fn searches(&self, slip: Slip, radius_m: Option<f64>, count: usize) -> Vec<Search> {
        let mut rng = StdRng::seed_from_u64(8);
        let searches = self.items.iter().filter_map(|(room, words)| {
            let (lng, lat) = room.venue;
            Some(Search {
                words: self.with_slip(words, slip, &mut rng)?,
                near: radius_m.map(|radius_m| Near { lng, lat, radius_m }),
                room: room.id,
                title: room.title.clone(),
            })
        });
        searches.take(count).collect()
    }

    /// `None` if no word of these can have this slip.
    fn with_slip(&self, words: &[String], slip: Slip, rng: &mut StdRng) -> Option<Vec<String>> {
        let mut typed = words.to_vec();
        match slip {
            Slip::None => {}
            Slip::Begun(letters) => {
                let last = typed.last_mut()?;
                if last.len() <= letters {
                    return None;
                }
                last.truncate(letters);
            }
            Slip::Real(typos) => {
                let lists = self.misspellings.as_ref()?;
                let mut wrong: Vec<(usize, String)> = Vec::new();
                for (at, word) in long_enough(words, typos) {
                    wrong.extend(lists.of(word, typos, rng).map(|wrong| (at, wrong)));
                }
                let (at, wrong) = wrong.choose(rng)?;
                typed[*at].clone_from(wrong);
            }
            Slip::MadeUp(typos) => {
                let fitting: Vec<_> = long_enough(words, typos).collect();
                let (at, word) = fitting.choose(rng)?;
                typed[*at] = mistyped(word, typos, rng);
            }
        }
        Some(typed)
    }
}

/// Words in which so many typos are to be forgiven.
fn long_enough(words: &[String], typos: usize) -> impl Iterator<Item = (usize, &String)> {
    let letters = if typos > 1 { 8 } else { 4 };
    let words = words.iter().enumerate();
    words.filter(move |(_, word)| word.len() >= letters)
}

/// The words of three Latin letters or more, each once.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in roost_engine::words(text) {
        let is_plain = word.len() > 2 && word.bytes().all(|letter| letter.is_ascii_lowercase());
        if is_plain && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The words that fewest rooms have, in their order.
fn rarest(words: Vec<String>, holders: &HashMap<String, Vec<usize>>) -> Vec<String> {
    let mut by_count: Vec<&String> = words.iter().collect();
    by_count.sort_by_key(|word| holders[*word].len());
    by_count.truncate(WORDS_TYPED);
    let typed = words.iter().filter(|word| by_count.contains(word));
    typed.cloned().collect()
}

/// How many rooms hold all the words.
fn alike(words: &[String], holders: &HashMap<String, Vec<usize>>) -> usize {
    let mut common: Option<HashSet<usize>> = None;
    for word in words {
        let these: HashSet<usize> = holders[word].iter().copied().collect();
        common = Some(match common {
            Some(common) => common.intersection(&these).copied().collect(),
            None => these,
        });
    }
    common.map_or(0, |common| common.len())
}
