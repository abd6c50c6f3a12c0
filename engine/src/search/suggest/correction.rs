//! Corrects misspelt queries ("did you mean") by the dictionary alone.
//!
//! A query term that few documents contain is replaced by a similar one that far more contain. The
//! correction allows more typos than a search, since it is only offered.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::Words;
use crate::search::terms::{Dictionary, TermExpansions, expand};
use crate::text::analyze;
use crate::text::query_term::Typos;

/// How many times more documents must contain the replacement.
const FREQUENCY_RATIO_MIN: u64 = 10;

/// The typos that a correction allows.
const TYPOS: Typos = Typos {
    max: Typos::MAX,
    one_typo_min_chars: 3,
    two_typos_min_chars: 6,
    in_numbers: false,
};

/// The result of looking for a better spelling of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Spelling {
    /// The dictionary has no similar word that is in far more documents.
    None,
    /// A better spelling. Only a search can tell whether it finds more.
    Better(String),
    /// The budget of the query was exhausted before all words were compared.
    Cut,
}

/// What replaces a query term.
enum Replacement {
    Text(String),
    /// One word for the query term and the next one.
    Joined {
        word: String,
        next: String,
    },
}

/// Corrects a text whose analysis is `words`. Everything between the words stays as it is.
pub(crate) fn correct(
    text: &str,
    words: &Words,
    snapshot: &Snapshot,
    budget: &mut SearchBudget,
) -> Result<Spelling, StoreError> {
    let dictionary = Dictionary::of(snapshot);
    let found = expand(&dictionary, words, budget)?;
    let terms: Vec<&str> = words.iter().map(|term| term.text).collect();
    let documents_min = |term: &str| FREQUENCY_RATIO_MIN * documents(&found, term).max(1);
    let all = snapshot.statistics.documents;
    if terms.iter().all(|term| documents_min(term) > all) {
        return Ok(Spelling::None);
    }
    // A prefix has far more continuations, none of which is more likely than the others.
    let tolerant = words.clone().typos(TYPOS).whole();
    let candidates = expand(&dictionary, &tolerant, budget)?;
    if budget.is_exhausted() {
        return Ok(Spelling::Cut);
    }
    let mut replacements = HashMap::new();
    for (at, &term) in terms.iter().enumerate() {
        let next = terms.get(at + 1).copied();
        if let Some(better) = replacement(&candidates, term, next, documents_min(term)) {
            replacements.insert(term, better);
        }
    }
    Ok(match replacements.is_empty() {
        true => Spelling::None,
        false => Spelling::Better(rewrite(text, &replacements)),
    })
}

/// The closest expansion of a term, or the two halves of it, that at least `documents_min`
/// documents contain.
fn replacement(
    candidates: &[TermExpansions],
    term: &str,
    next: Option<&str>,
    documents_min: u64,
) -> Option<Replacement> {
    let mut candidates = candidates.iter().filter(|it| it.term == term);
    let (first, second) = (candidates.next()?, candidates.next());
    if let Some(second) = second {
        // The term is two words without the space between them.
        let halves = [first.expansions.first()?, second.expansions.first()?];
        let is_frequent = halves.iter().all(|half| half.documents >= documents_min);
        return is_frequent.then(|| {
            let halves = halves.map(|half| half.text.as_str());
            Replacement::Text(halves.join(" "))
        });
    }
    let expansions = first.expansions.iter();
    let others = expansions.filter(|it| it.typos > 0 && it.documents >= documents_min);
    let best = others.max_by_key(|it| (Reverse(it.typos), it.documents))?;
    let is_joined = |next: &&str| format!("{term}{next}") == best.text;
    Some(match next.filter(is_joined) {
        Some(next) => Replacement::Joined {
            word: best.text.clone(),
            next: next.to_owned(),
        },
        None => Replacement::Text(best.text.clone()),
    })
}

/// An upper bound of the documents that match a term; of a split term those of the rarer half.
fn documents(found: &[TermExpansions], term: &str) -> u64 {
    let found = found.iter().filter(|it| it.term == term);
    let documents = found.map(|it| it.expansions.iter().map(|it| it.documents).sum());
    documents.min().unwrap_or(0)
}

fn rewrite(text: &str, replacements: &HashMap<&str, Replacement>) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut copied = 0;
    let mut words = analyze::words_with_ranges(text).peekable();
    while let Some((range, word)) = words.next() {
        let Some(replacement) = replacements.get(word.as_str()) else {
            continue;
        };
        // Pairs of characters overlap; a pair whose first half was replaced is skipped.
        if range.start < copied {
            continue;
        }
        rewritten.push_str(&text[copied..range.start]);
        copied = range.end;
        match replacement {
            Replacement::Text(text) => rewritten.push_str(text),
            Replacement::Joined { word, next } => {
                rewritten.push_str(word);
                let next = words.next_if(|(_, word)| word == next);
                copied = next.map_or(copied, |(range, _)| range.end);
            }
        }
    }
    rewritten.push_str(&text[copied..]);
    rewritten
}
