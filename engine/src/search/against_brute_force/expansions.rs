//! What may a word of a query have been meant as, and which words must be there?

use std::collections::BTreeSet;

use tantivy::Term;

use super::random::VOCABULARY;
use crate::index::Snapshot;
use crate::query::Wanted;
use crate::*;

/// A term that a word may have been meant as.
#[derive(Clone)]
pub(super) struct Meaning {
    /// Of a phrase its words, with spaces between.
    pub(super) term: String,
    pub(super) typos: usize,
    pub(super) penalty: f64,
    /// How many documents hold it.
    pub(super) documents: u64,
}

/// What a word of a query, told by its place, may have been meant as.
pub(super) struct Understood {
    pub(super) number: usize,
    pub(super) is_quoted: bool,
    pub(super) meanings: Vec<Meaning>,
}

/// The meanings of each word; a word without a space is two.
pub(super) fn understood(words: &Words, snapshot: &Snapshot) -> Vec<Understood> {
    let terms: Vec<(&'static str, u64)> = VOCABULARY
        .map(|term| {
            let of_field = Term::from_field_text(snapshot.fields.text, term);
            (term, snapshot.doc_freq(&of_field))
        })
        .into_iter()
        .filter(|(_, documents)| *documents > 0)
        .collect();
    let mut understood = Vec::new();
    for (at, wanted) in words.iter().enumerate() {
        if !wanted.quoted.is_empty() {
            understood.push(Understood {
                number: at,
                is_quoted: true,
                meanings: together(wanted.quoted, &terms).into_iter().collect(),
            });
            continue;
        }
        let mut meanings = Vec::new();
        let is_typed = |term: &str| words.iter().any(|it| it.number != at && it.word == term);
        let begins_another = terms
            .iter()
            .any(|(term, _)| meant_as(wanted, term).is_some() && !is_typed(term));
        for &(term, documents) in &terms {
            let is_joined = |(first, joined): (usize, String)| {
                (first == at || first + 1 == at) && joined == term
            };
            let is_left_out = wanted.is_prefix && begins_another && is_typed(term);
            let mut meant = meant_as(wanted, term).filter(|_| !is_left_out);
            if words.joined().any(is_joined) && meant.is_none_or(|(_, penalty)| penalty < 0.9) {
                meant = Some((1, 0.9));
            }
            meanings.extend(meant.map(|(typos, penalty)| Meaning {
                term: term.to_owned(),
                typos,
                penalty,
                documents,
            }));
        }
        add_synonyms(wanted, &terms, &mut meanings);
        add_apart(wanted, &terms, snapshot, &mut meanings);
        let all = match halves(wanted, &meanings, &terms) {
            Some(halves) => halves.map(|half| vec![half]).to_vec(),
            None => vec![meanings],
        };
        let number = at;
        understood.extend(all.into_iter().map(|meanings| Understood {
            number,
            is_quoted: false,
            meanings,
        }));
    }
    understood
}

/// What is told to mean the same counts as well, if it is no better already.
fn add_synonyms(wanted: Wanted<'_>, terms: &[(&'static str, u64)], meanings: &mut Vec<Meaning>) {
    for synonym in wanted.synonyms {
        let Some(meaning) = together(&synonym.words, terms) else {
            continue;
        };
        let meaning = Meaning {
            typos: usize::from(synonym.typos),
            penalty: f64::from(synonym.percent) / 100.0,
            ..meaning
        };
        add(meanings, meaning);
    }
}

/// What is written without a space may be two words next to each other, if ten times as many documents may
/// hold those.
fn add_apart(
    wanted: Wanted<'_>,
    terms: &[(&'static str, u64)],
    snapshot: &Snapshot,
    meanings: &mut Vec<Meaning>,
) {
    let is_whole = |meaning: &&Meaning| meaning.term == wanted.word;
    let Some(whole) = meanings.iter().find(is_whole).cloned() else {
        return;
    };
    let is_forgiven = wanted.typos.max > 0
        && 10 * whole.documents <= snapshot.statistics.documents
        && wanted.word.len() >= 4
        && !wanted.word.contains(|letter: char| letter.is_numeric());
    let pairs = pairs(wanted, terms);
    let pair = pairs
        .first()
        .filter(|(documents, _)| *documents >= 10 * whole.documents);
    if let Some((documents, pair)) = pair.filter(|_| is_forgiven) {
        let meaning = Meaning {
            term: pair.each_ref().map(|half| half.term.as_str()).join(" "),
            typos: 1,
            penalty: 0.8,
            documents: *documents,
        };
        add(meanings, meaning);
    }
}

/// Nothing if it is no better than what is there already.
fn add(meanings: &mut Vec<Meaning>, meaning: Meaning) {
    match meanings.iter_mut().find(|same| same.term == meaning.term) {
        Some(same) if same.penalty >= meaning.penalty => {}
        Some(same) => *same = meaning,
        None => meanings.push(meaning),
    }
}

/// Words that stand together; nothing if one of them is in no document.
fn together(words: &[String], terms: &[(&'static str, u64)]) -> Option<Meaning> {
    let documents = words.iter().map(|word| {
        let term = terms.iter().find(|(term, _)| term == word);
        term.map_or(0, |(_, documents)| *documents)
    });
    let documents = documents.min().filter(|documents| *documents > 0)?;
    Some(Meaning {
        term: words.join(" "),
        typos: 0,
        penalty: 1.0,
        documents,
    })
}

/// How many documents hold a word's likeliest meanings.
pub(super) fn likeliest(meanings: &[Meaning]) -> u64 {
    let fewest = meanings.iter().map(|meaning| meaning.typos).min();
    let likeliest = meanings
        .iter()
        .filter(|meaning| Some(meaning.typos) == fewest);
    likeliest.map(|meaning| meaning.documents).sum()
}

/// The inverse document frequency of a word by the book; nothing for one that no document holds.
pub(super) fn idf(meanings: &[Meaning], snapshot: &Snapshot) -> f64 {
    let all = snapshot.statistics.documents as f64;
    match likeliest(meanings) as f64 {
        0.0 => 0.0,
        documents => {
            let documents = documents.min(all);
            (1.0 + (all - documents + 0.5) / (documents + 0.5)).ln()
        }
    }
}

/// The words, told by their places, that a document need not hold; `count` tells how many documents
/// match that lack some.
pub(super) fn optional(
    words: &Words,
    snapshot: &Snapshot,
    count: impl Fn(&BTreeSet<usize>) -> u64,
) -> BTreeSet<usize> {
    let understood = understood(words, snapshot);
    let plain = understood.iter().filter(|word| !word.is_quoted);
    let numbers: BTreeSet<usize> = plain.map(|word| word.number).collect();
    let has_quotes = understood.iter().any(|word| word.is_quoted);
    let least_required = if has_quotes { 0 } else { 1 };
    let min_matches = match words.mode() {
        MatchMode::All => return BTreeSet::new(),
        MatchMode::Any => return numbers,
        MatchMode::Relaxed { min_matches } => min_matches,
    };
    let nowhere = understood
        .iter()
        .filter(|word| !word.is_quoted && word.meanings.is_empty());
    let optional: BTreeSet<usize> = nowhere.map(|word| word.number).collect();
    if optional.len() + least_required > numbers.len() {
        return BTreeSet::new();
    }
    // The only word that is somewhere is needed.
    let is_needed = numbers.len() - optional.len() < 2 && !has_quotes;
    match count(&optional) < min_matches && !is_needed {
        true => numbers,
        false => optional,
    }
}

/// Whether some of the words of a query say enough for a match that need hold no one word: a third of
/// all, or as much as the word that says most.
pub(super) fn says_enough(
    words: &Words,
    some: &[&Understood],
    all: &[Understood],
    snapshot: &Snapshot,
) -> bool {
    let says = |word: &Understood| idf(&word.meanings, snapshot);
    let said: f64 = some.iter().map(|word| says(word)).sum();
    let third = all.iter().map(says).sum::<f64>() / 3.0;
    let most = all.iter().map(says).fold(0.0, f64::max);
    let is_enough = said > 0.0 && said + 1e-9 >= third.min(most);
    is_enough || !matches!(words.mode(), MatchMode::Relaxed { .. })
}

fn halves(
    wanted: Wanted<'_>,
    meanings: &[Meaning],
    terms: &[(&'static str, u64)],
) -> Option<[Meaning; 2]> {
    if wanted.typos.max == 0 || meanings.iter().any(|meaning| meaning.typos == 0) {
        return None;
    }
    let pairs = pairs(wanted, terms);
    let (documents, pair) = pairs.first()?;
    let others = meanings.iter().map(|meaning| meaning.documents);
    (*documents > others.max().unwrap_or(0)).then(|| pair.clone())
}

/// The terms that make a word, each pair with how many documents may hold both, of which there are most first.
fn pairs(wanted: Wanted<'_>, terms: &[(&'static str, u64)]) -> Vec<(u64, [Meaning; 2])> {
    let mut pairs = Vec::new();
    for &(first, of_first) in terms {
        for &(second, of_second) in terms {
            if format!("{first}{second}") == wanted.word {
                let pair =
                    [(first, of_first), (second, of_second)].map(|(term, documents)| Meaning {
                        term: term.to_owned(),
                        typos: 1,
                        penalty: 0.9,
                        documents,
                    });
                pairs.push((of_first.min(of_second), pair));
            }
        }
    }
    // Of as many, the shortest first half.
    pairs.sort_by_key(|(documents, [first, _])| (std::cmp::Reverse(*documents), first.term.len()));
    pairs
}

/// The typos and the penalty of a term, by the whole table of distances and the rules as they are
/// told to users; `None` if the word can't have been meant as it.
fn meant_as(wanted: Wanted<'_>, term: &str) -> Option<(usize, f64)> {
    let word: Vec<char> = wanted.word.chars().collect();
    let term: Vec<char> = term.chars().collect();
    let of_beginnings = (0..=term.len()).map(|end| typos(&word, &term[..end]));
    let whole = typos(&word, &term);
    let fewest = if wanted.is_prefix {
        of_beginnings.min()?
    } else {
        whole
    };
    let is_whole = whole == fewest;
    let longer = if is_whole {
        word.len().max(term.len())
    } else {
        word.len()
    };
    let allowed = match (word.len(), longer) {
        (..4, _) => 0,
        (_, ..8) => 1,
        _ => 2,
    };
    if fewest > usize::from(wanted.typos.max).min(allowed) {
        return None;
    }
    let mut penalty = match fewest {
        0 => 1.0,
        1 => 0.7,
        _ => 0.5,
    };
    if word.first() != term.first() {
        penalty *= 0.9;
    }
    if !is_whole {
        penalty *= 0.9;
    }
    Some((fewest, penalty))
}

/// Letters too much, too few or wrong, and neighbours that changed places.
fn typos(word: &[char], term: &[char]) -> usize {
    let mut table = vec![vec![0; term.len() + 1]; word.len() + 1];
    for i in 0..=word.len() {
        for j in 0..=term.len() {
            table[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let wrong = usize::from(word[i - 1] != term[j - 1]);
                    let mut least = (table[i - 1][j - 1] + wrong)
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1);
                    let is_swapped =
                        i > 1 && j > 1 && word[i - 1] == term[j - 2] && word[i - 2] == term[j - 1];
                    if is_swapped {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    table[word.len()][term.len()]
}
