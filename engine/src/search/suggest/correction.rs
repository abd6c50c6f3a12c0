//! What was probably meant instead of what was written?
//!
//! Judged by the dictionary alone: a word that few documents hold, and that resembles one which far
//! more hold, more than a search forgives.

use std::collections::HashMap;

use super::dictionary::{Dictionaries, Meanings};
use crate::index::{Snapshot, StoreError};
use crate::query::{Typos, Words};
use crate::text::analyze;

/// Another word has to be in so many times as many documents.
const FAR_MORE: u64 = 10;

/// More than a search forgives, since what comes of it is only offered.
const FORGIVING: Typos = Typos {
    max: Typos::MAX,
    one_typo_min_chars: 3,
    two_typos_min_chars: 6,
    in_numbers: false,
};

/// What is put in the place of a word.
enum Instead {
    Words(String),
    /// One word for this and the next one.
    Joined {
        word: String,
        next: String,
    },
}

/// A text of which `words` were made, with the words that were probably meant; `None` if none other
/// were. All but the words stays as it is.
pub(crate) fn correct(
    text: &str,
    words: &Words,
    snapshot: &Snapshot,
) -> Result<Option<String>, StoreError> {
    let dictionaries = Dictionaries::of(snapshot);
    let found = dictionaries.look_up_all(words)?;
    let wanted: Vec<&str> = words.iter().map(|wanted| wanted.word).collect();
    let least = |word: &str| FAR_MORE * documents(&found, word).max(1);
    let all = snapshot.statistics.documents;
    if wanted.iter().all(|word| least(word) > all) {
        return Ok(None);
    }
    // Far more words begin like one that is only begun, and none of them is more likely.
    let forgiven = words.clone().typos(FORGIVING).whole();
    let forgiven = dictionaries.look_up_all(&forgiven)?;
    let mut instead = HashMap::new();
    for (at, &word) in wanted.iter().enumerate() {
        let next = wanted.get(at + 1);
        if let Some(better) = better(&forgiven, word, next.copied(), least(word)) {
            instead.insert(word, better);
        }
    }
    Ok((!instead.is_empty()).then(|| rewrite(text, &instead)))
}

/// What at least so many documents hold that a word may have been meant as.
fn better(forgiven: &[Meanings], word: &str, next: Option<&str>, least: u64) -> Option<Instead> {
    let mut meanings = forgiven.iter().filter(|meanings| meanings.word == word);
    let (first, second) = (meanings.next()?, meanings.next());
    if let Some(second) = second {
        // It is two words without the space between them.
        let halves = [first.terms.first()?, second.terms.first()?];
        let is_enough = halves.iter().all(|half| half.documents >= least);
        return is_enough.then(|| {
            let halves = halves.map(|half| half.text.as_str());
            Instead::Words(halves.join(" "))
        });
    }
    let terms = first.terms.iter();
    let others = terms.filter(|term| term.typos > 0 && term.documents >= least);
    let best = others.max_by_key(|term| (std::cmp::Reverse(term.typos), term.documents))?;
    let word_of_both = |next: &&str| format!("{word}{next}") == best.text;
    Some(match next.filter(word_of_both) {
        Some(next) => Instead::Joined {
            word: best.text.clone(),
            next: next.to_owned(),
        },
        None => Instead::Words(best.text.clone()),
    })
}

/// How many documents may hold what a word stands for; of two halves the rarer one.
fn documents(found: &[Meanings], word: &str) -> u64 {
    let meanings = found.iter().filter(|meanings| meanings.word == word);
    let documents = meanings.map(|meanings| meanings.terms.iter().map(|term| term.documents).sum());
    documents.min().unwrap_or(0)
}

fn rewrite(text: &str, instead: &HashMap<&str, Instead>) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut at = 0;
    let mut places = analyze::words_in_place(text).peekable();
    while let Some((place, word)) = places.next() {
        let Some(better) = instead.get(word.as_str()) else {
            continue;
        };
        // Pairs of letters overlap, and a part of one that was replaced is gone.
        if place.start < at {
            continue;
        }
        rewritten.push_str(&text[at..place.start]);
        at = place.end;
        match better {
            Instead::Words(words) => rewritten.push_str(words),
            Instead::Joined { word, next } => {
                rewritten.push_str(word);
                let next = places.next_if(|(_, word)| word == next);
                at = next.map_or(at, |(place, _)| place.end);
            }
        }
    }
    rewritten.push_str(&text[at..]);
    rewritten
}
