//! The oracle's term expansions, and which query terms it requires.

use std::collections::BTreeSet;

use tantivy::Term;

use super::things::VOCABULARY;
use crate::index::Snapshot;
use crate::text::query_term::QueryTerm;
use crate::*;

/// A term that a query term stands for.
#[derive(Clone)]
pub(super) struct Expansion {
    /// The term; of a phrase its terms with spaces between them.
    pub(super) term: String,
    pub(super) typos: usize,
    pub(super) penalty: f64,
    /// The number of documents that contain it.
    pub(super) documents: u64,
}

/// A query term with its expansions.
pub(super) struct Expanded {
    pub(super) position: usize,
    pub(super) is_quoted: bool,
    pub(super) expansions: Vec<Expansion>,
}

/// The expansions of each query term. A term that is split into two yields two.
pub(super) fn expand(words: &Words, snapshot: &Snapshot) -> Vec<Expanded> {
    let terms: Vec<(&'static str, u64)> = VOCABULARY
        .map(|term| {
            let of_field = Term::from_field_text(snapshot.fields.text, term);
            (term, snapshot.doc_freq(&of_field))
        })
        .into_iter()
        .filter(|(_, documents)| *documents > 0)
        .collect();
    let mut expanded = Vec::new();
    for (at, query_term) in words.iter().enumerate() {
        if !query_term.quoted.is_empty() {
            expanded.push(Expanded {
                position: at,
                is_quoted: true,
                expansions: phrase(query_term.quoted, &terms).into_iter().collect(),
            });
            continue;
        }
        let mut expansions = Vec::new();
        let is_repeated = |term: &str| words.iter().any(|it| it.position != at && it.text == term);
        let begins_another = terms
            .iter()
            .any(|(term, _)| distance(query_term, term).is_some() && !is_repeated(term));
        for &(term, documents) in &terms {
            let is_joined = |(first, joined): (usize, String)| {
                (first == at || first + 1 == at) && joined == term
            };
            let is_removed = query_term.is_prefix && begins_another && is_repeated(term);
            let mut found = distance(query_term, term).filter(|_| !is_removed);
            if words.joined().any(is_joined) && found.is_none_or(|(_, penalty)| penalty < 0.9) {
                found = Some((1, 0.9));
            }
            expansions.extend(found.map(|(typos, penalty)| Expansion {
                term: term.to_owned(),
                typos,
                penalty,
                documents,
            }));
        }
        add_synonyms(query_term, &terms, &mut expansions);
        add_split_phrase(query_term, &terms, snapshot, &mut expansions);
        let all = match halves(query_term, &expansions, &terms) {
            Some(halves) => halves.map(|half| vec![half]).to_vec(),
            None => vec![expansions],
        };
        expanded.extend(all.into_iter().map(|expansions| Expanded {
            position: at,
            is_quoted: false,
            expansions,
        }));
    }
    expanded
}

fn add_synonyms(
    query_term: QueryTerm<'_>,
    terms: &[(&'static str, u64)],
    expansions: &mut Vec<Expansion>,
) {
    for synonym in query_term.synonyms {
        let Some(found) = phrase(&synonym.words, terms) else {
            continue;
        };
        let expansion = Expansion {
            typos: usize::from(synonym.typos),
            penalty: f64::from(synonym.percent) / 100.0,
            ..found
        };
        add(expansions, expansion);
    }
}

/// A term without a space also stands for the phrase of its halves, if ten times as many documents
/// can contain that.
fn add_split_phrase(
    query_term: QueryTerm<'_>,
    terms: &[(&'static str, u64)],
    snapshot: &Snapshot,
    expansions: &mut Vec<Expansion>,
) {
    let is_whole = |expansion: &&Expansion| expansion.term == query_term.text;
    let Some(whole) = expansions.iter().find(is_whole).cloned() else {
        return;
    };
    let allows_typos = query_term.typos.max > 0
        && 10 * whole.documents <= snapshot.statistics.documents
        && query_term.text.len() >= 4
        && !query_term.text.contains(char::is_numeric);
    let pairs = pairs(query_term, terms);
    let pair = pairs
        .first()
        .filter(|(documents, _)| *documents >= 10 * whole.documents);
    if let Some((documents, pair)) = pair.filter(|_| allows_typos) {
        let expansion = Expansion {
            term: pair.each_ref().map(|half| half.term.as_str()).join(" "),
            typos: 1,
            penalty: 0.8,
            documents: *documents,
        };
        add(expansions, expansion);
    }
}

/// Adds an expansion. A term that is there already keeps the higher penalty factor.
fn add(expansions: &mut Vec<Expansion>, expansion: Expansion) {
    let mut all = expansions.iter_mut();
    match all.find(|same| same.term == expansion.term) {
        Some(same) if same.penalty >= expansion.penalty => {}
        Some(same) => *same = expansion,
        None => expansions.push(expansion),
    }
}

/// The phrase of some words; `None` if one of them does not occur.
fn phrase(words: &[String], terms: &[(&'static str, u64)]) -> Option<Expansion> {
    let documents = words.iter().map(|word| {
        let term = terms.iter().find(|(term, _)| term == word);
        term.map_or(0, |(_, documents)| *documents)
    });
    let documents = documents.min().filter(|documents| *documents > 0)?;
    Some(Expansion {
        term: words.join(" "),
        typos: 0,
        penalty: 1.0,
        documents,
    })
}

/// The number of documents with the expansions that have the fewest typos.
fn document_frequency(expansions: &[Expansion]) -> u64 {
    let fewest = expansions.iter().map(|it| it.typos).min();
    let closest = expansions.iter().filter(|it| Some(it.typos) == fewest);
    closest.map(|it| it.documents).sum()
}

/// The textbook IDF of a query term; 0 for one without expansions.
pub(super) fn idf(expansions: &[Expansion], snapshot: &Snapshot) -> f64 {
    let all = snapshot.statistics.documents as f64;
    match document_frequency(expansions) as f64 {
        0.0 => 0.0,
        documents => {
            let documents = documents.min(all);
            (1.0 + (all - documents + 0.5) / (documents + 0.5)).ln()
        }
    }
}

/// The positions of the optional terms. `count` returns the number of matches for a set of optional
/// terms.
pub(super) fn optional(
    words: &Words,
    snapshot: &Snapshot,
    count: impl Fn(&BTreeSet<usize>) -> u64,
) -> BTreeSet<usize> {
    let expanded = expand(words, snapshot);
    let plain = expanded.iter().filter(|word| !word.is_quoted);
    let positions: BTreeSet<usize> = plain.map(|term| term.position).collect();
    let has_quotes = expanded.iter().any(|word| word.is_quoted);
    let required_min = if has_quotes { 0 } else { 1 };
    let min_matches = match words.mode() {
        MatchMode::All => return BTreeSet::new(),
        MatchMode::Any => return positions,
        MatchMode::Relaxed { min_matches } => min_matches,
    };
    let missing = expanded
        .iter()
        .filter(|term| !term.is_quoted && term.expansions.is_empty());
    let optional: BTreeSet<usize> = missing.map(|term| term.position).collect();
    if optional.len() + required_min > positions.len() {
        return BTreeSet::new();
    }
    // The only term that occurs stays required.
    let is_needed = positions.len() - optional.len() < 2 && !has_quotes;
    match count(&optional) < min_matches && !is_needed {
        true => positions,
        false => optional,
    }
}

/// Whether the terms of a document reach the minimum IDF of a match without required terms: a third
/// of the query's, or that of the most informative term.
pub(super) fn reaches_idf_min(
    words: &Words,
    present: &[&Expanded],
    all: &[Expanded],
    snapshot: &Snapshot,
) -> bool {
    let idf_of = |term: &Expanded| idf(&term.expansions, snapshot);
    let sum: f64 = present.iter().map(|term| idf_of(term)).sum();
    let third = all.iter().map(idf_of).sum::<f64>() / 3.0;
    let max = all.iter().map(idf_of).fold(0.0, f64::max);
    let is_enough = sum > 0.0 && sum + 1e-9 >= third.min(max);
    is_enough || !matches!(words.mode(), MatchMode::Relaxed { .. })
}

fn halves(
    query_term: QueryTerm<'_>,
    expansions: &[Expansion],
    terms: &[(&'static str, u64)],
) -> Option<[Expansion; 2]> {
    if query_term.typos.max == 0 || expansions.iter().any(|it| it.typos == 0) {
        return None;
    }
    let pairs = pairs(query_term, terms);
    let (documents, pair) = pairs.first()?;
    let others = expansions.iter().map(|it| it.documents);
    (*documents > others.max().unwrap_or(0)).then(|| pair.clone())
}

/// The pairs of terms that a query term consists of, each with an upper bound of the documents that
/// contain both, highest first.
fn pairs(query_term: QueryTerm<'_>, terms: &[(&'static str, u64)]) -> Vec<(u64, [Expansion; 2])> {
    let mut pairs = Vec::new();
    for &(first, of_first) in terms {
        for &(second, of_second) in terms {
            if format!("{first}{second}") == query_term.text {
                let pair =
                    [(first, of_first), (second, of_second)].map(|(term, documents)| Expansion {
                        term: term.to_owned(),
                        typos: 1,
                        penalty: 0.9,
                        documents,
                    });
                pairs.push((of_first.min(of_second), pair));
            }
        }
    }
    // Ties break by the length of the first half, shortest first.
    pairs.sort_by_key(|(documents, [first, _])| (std::cmp::Reverse(*documents), first.term.len()));
    pairs
}

/// The typos and the penalty of a term, by the whole table of distances and the documented rules;
/// `None` if the query term does not stand for it.
fn distance(query_term: QueryTerm<'_>, term: &str) -> Option<(usize, f64)> {
    let word: Vec<char> = query_term.text.chars().collect();
    let term: Vec<char> = term.chars().collect();
    let of_prefixes = (0..=term.len()).map(|end| typos(&word, &term[..end]));
    let whole = typos(&word, &term);
    let fewest = if query_term.is_prefix {
        of_prefixes.min()?
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
    if fewest > usize::from(query_term.typos.max).min(allowed) {
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

/// The number of inserted, deleted and replaced characters and of swapped neighbours.
fn typos(word: &[char], term: &[char]) -> usize {
    let mut table = vec![vec![0; term.len() + 1]; word.len() + 1];
    for i in 0..=word.len() {
        for j in 0..=term.len() {
            table[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replaced = usize::from(word[i - 1] != term[j - 1]);
                    let mut min = (table[i - 1][j - 1] + replaced)
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1);
                    let is_swapped =
                        i > 1 && j > 1 && word[i - 1] == term[j - 2] && word[i - 2] == term[j - 1];
                    if is_swapped {
                        min = min.min(table[i - 2][j - 2] + 1);
                    }
                    min
                }
            };
        }
    }
    table[word.len()][term.len()]
}
