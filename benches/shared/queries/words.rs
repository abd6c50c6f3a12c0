//! Samples query words as often as rooms contain them.

use std::collections::HashMap;

use rand::RngExt;
use rand::rngs::StdRng;
use roost_collections::rooms;
use roost_engine::{Category, Count, Query, Words};

use crate::rooms::{NOW_S, Rooms};

/// The frequency of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any frequency.
    Any,
    /// In at least one room in ten.
    Common,
    /// In at most one room in a thousand.
    Rare,
}

/// The words of a sample of rooms.
pub(crate) struct Vocabulary {
    /// The distinct words of each room, with the number of rooms that contain them.
    rooms: Vec<Vec<(String, u64)>>,
    count: u64,
}

impl Vocabulary {
    pub(super) fn of(rooms: &Rooms) -> Vocabulary {
        const SAMPLE: usize = 2_000;
        let mut counts: HashMap<String, u64> = HashMap::new();
        let sample = rooms.documents(SAMPLE);
        let listed = sample
            .iter()
            .filter(|document| document.category(rooms::STATUS) == Some(Category::FIRST));
        let words = listed.map(|document| {
            let texts = [
                rooms::TITLE,
                rooms::LOCALITY,
                rooms::CITY,
                rooms::DESCRIPTION,
            ];
            let mut words: Vec<String> = texts
                .into_iter()
                .flat_map(|field| roost_engine::words(document.text(field)))
                .filter(|word| word.len() > 2 && word.chars().all(char::is_alphabetic))
                .collect();
            words.sort_unstable();
            words.dedup();
            let counted = words.into_iter().map(|word| {
                let counted = counts.entry(word.clone());
                let count = *counted.or_insert_with(|| rooms_with(&word, rooms));
                (word, count)
            });
            counted.collect()
        });
        Vocabulary {
            rooms: words.collect(),
            count: rooms.count,
        }
    }

    /// Draws one word of each kind from the same room, so that at least one room contains them all.
    pub(super) fn draw(&self, rng: &mut StdRng, kinds: &[Kind]) -> String {
        loop {
            let room = &self.rooms[rng.random_range(0..self.rooms.len())];
            let mut drawn: Vec<&str> = Vec::new();
            for &kind in kinds {
                let fits = |(word, count): &&(String, u64)| {
                    self.is(kind, *count) && !drawn.contains(&word.as_str())
                };
                let fitting: Vec<_> = room.iter().filter(fits).collect();
                if !fitting.is_empty() {
                    drawn.push(&fitting[rng.random_range(0..fitting.len())].0);
                }
            }
            if drawn.len() == kinds.len() {
                return drawn.join(" ");
            }
        }
    }

    /// Like [`Vocabulary::draw`], with a typo in a word that is long enough to tolerate one.
    pub(super) fn draw_misspelt(&self, rng: &mut StdRng, kinds: &[Kind]) -> String {
        loop {
            let text = self.draw(rng, kinds);
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let is_long = |word: &String| word.chars().count() >= 4;
            let long: Vec<usize> = (0..words.len()).filter(|&at| is_long(&words[at])).collect();
            if !long.is_empty() {
                let at = long[rng.random_range(0..long.len())];
                words[at] = misspelt(&words[at], rng);
                return words.join(" ");
            }
        }
    }

    /// Like [`Vocabulary::draw`], with only a prefix of the last word, at least one character.
    pub(super) fn draw_prefix(&self, rng: &mut StdRng, kinds: &[Kind]) -> String {
        let text = self.draw(rng, kinds);
        let (before, last) = text.rsplit_once(' ').unwrap_or(("", &text));
        let length = last.chars().count();
        let prefix: String = last.chars().take(rng.random_range(1..length)).collect();
        format!("{before} {prefix}")
    }

    fn is(&self, kind: Kind, rooms: u64) -> bool {
        match kind {
            Kind::Any => true,
            Kind::Common => rooms * 10 >= self.count,
            Kind::Rare => rooms * 1_000 <= self.count,
        }
    }
}

/// Makes one typo: replaces, inserts, deletes or swaps a character.
pub(crate) fn misspelt(word: &str, rng: &mut StdRng) -> String {
    loop {
        let mut chars: Vec<char> = word.chars().collect();
        let at = rng.random_range(1..chars.len());
        let typed = rng.random_range('a'..='z');
        match rng.random_range(0..4) {
            0 => chars[at] = typed,
            1 => chars.insert(at, typed),
            2 => drop(chars.remove(at)),
            _ => chars.swap(at - 1, at),
        }
        let misspelt: String = chars.into_iter().collect();
        if misspelt != word {
            return misspelt;
        }
    }
}

fn rooms_with(word: &str, rooms: &Rooms) -> u64 {
    let query = Query {
        text: Words::new(word).ok(),
        limit: 0,
        count: Count::Exact,
        ..Query::all(rooms::profile(), NOW_S)
    };
    let found = rooms.reader.rank(rooms::collection(), &query);
    found
        .expect("an answer")
        .total
        .map_or(0, |total| total.value)
}
