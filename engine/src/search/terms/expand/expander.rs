//! Expands all terms of a query.

use super::dictionary::Dictionary;
use super::expansion::{Expansion, TermExpansions};
use super::spaces;
use crate::control::search_budget::SearchBudget;
use crate::index::StoreError;
use crate::query::Words;
use crate::text::edit_distance::TypoAutomaton;
use crate::text::query_term::QueryTerm;

/// The expansions of each query term. A term that is split into two yields two. Once the budget is
/// exhausted, expansions are missing.
pub(crate) fn expand(
    dictionary: &Dictionary<'_>,
    words: &Words,
    budget: &mut SearchBudget,
) -> Result<Vec<TermExpansions>, StoreError> {
    let found = words.iter().map(|term| look_up(dictionary, term, budget));
    let mut found = found.collect::<Result<Vec<TermExpansions>, StoreError>>()?;
    remove_repeated_terms(words, &mut found);
    spaces::join(dictionary, words, &mut found, budget)?;
    for (term, found) in words.iter().zip(&mut found) {
        add_synonyms(dictionary, term, found, budget)?;
        spaces::add_split_phrase(dictionary, term, found, budget)?;
    }
    let mut all = Vec::with_capacity(found.len());
    for (term, found) in words.iter().zip(found) {
        match spaces::split(dictionary, term, &found, budget)? {
            Some(halves) => all.extend(halves.map(|half| TermExpansions {
                term: term.text.to_owned(),
                position: term.position,
                is_quoted: false,
                expansions: vec![half],
                dropped: 0,
            })),
            None => all.push(found),
        }
    }
    Ok(all)
}

fn look_up(
    dictionary: &Dictionary<'_>,
    term: QueryTerm<'_>,
    budget: &mut SearchBudget,
) -> Result<TermExpansions, StoreError> {
    let is_exact = term.typos_max(usize::MAX) == 0 && !term.is_prefix
        || term.text.chars().count() > TypoAutomaton::CHARS_MAX;
    let expansion = match term.quoted {
        [] if is_exact => dictionary.exact(term.text, budget)?,
        [] => return Ok(dictionary.similar(term, budget)),
        quoted => dictionary.phrase(quoted, budget)?,
    };
    Ok(TermExpansions {
        term: term.text.to_owned(),
        position: term.position,
        is_quoted: !term.quoted.is_empty(),
        expansions: expansion.into_iter().collect(),
        dropped: 0,
    })
}

fn add_synonyms(
    dictionary: &Dictionary<'_>,
    term: QueryTerm<'_>,
    found: &mut TermExpansions,
    budget: &mut SearchBudget,
) -> Result<(), StoreError> {
    for synonym in term.synonyms {
        if let Some(expansion) = dictionary.phrase(&synonym.words, budget)? {
            found.add(Expansion {
                typos: synonym.typos,
                penalty: f64::from(synonym.percent) / 100.0,
                ..expansion
            });
        }
    }
    Ok(())
}

/// Removes from a prefix the terms that the query already has: the prefix in "brooklyn bro" does
/// not stand for "brooklyn" again, unless nothing else begins with it.
fn remove_repeated_terms(words: &Words, found: &mut [TermExpansions]) {
    for (term, found) in words.iter().zip(found) {
        let is_repeated = |expansion: &Expansion| {
            let mut others = words.iter().filter(|it| it.position != term.position);
            others.any(|other| other.text == expansion.text)
        };
        if term.is_prefix && !found.expansions.iter().all(is_repeated) {
            found.expansions.retain(|expansion| !is_repeated(expansion));
        }
    }
}
