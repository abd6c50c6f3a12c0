//! Expansions with other spaces: neighbours joined to one term, and one term split into two.

use super::dictionary::Dictionary;
use super::expansion::{Expansion, TermExpansions};
use crate::control::search_budget::SearchBudget;
use crate::index::StoreError;
use crate::query::Words;
use crate::text::query_term::QueryTerm;

/// The penalty of a missing or superfluous space, which is a slip of the finger.
const SPACE_PENALTY: f64 = 0.9;

/// The penalty of two terms that one term is read as although it occurs in the index itself. It is
/// lower, so that two terms in several fields do not beat the typed term in one field.
const SPLIT_PHRASE_PENALTY: f64 = 0.8;

/// How many times more documents the two terms must have than the typed one.
const FREQUENCY_RATIO_MIN: u64 = 10;

/// Adds the term that two neighbouring query terms make when they are joined.
pub(super) fn join(
    dictionary: &Dictionary<'_>,
    words: &Words,
    found: &mut [TermExpansions],
    budget: &mut SearchBudget,
) -> Result<(), StoreError> {
    for (first, joined) in words.joined() {
        if let Some(expansion) = dictionary.exact(&joined, budget)? {
            // A document with the joined term matches both query terms.
            let expansion = with_other_spaces(expansion);
            found[first].add(expansion.clone());
            found[first + 1].add(expansion);
        }
    }
    Ok(())
}

/// Splits a query term that no document contains into the two terms that most documents contain, if
/// these are more than any other expansion has. A term that occurs, or begins a term that occurs,
/// is not split.
pub(super) fn split(
    dictionary: &Dictionary<'_>,
    term: QueryTerm<'_>,
    found: &TermExpansions,
    budget: &mut SearchBudget,
) -> Result<Option<[Expansion; 2]>, StoreError> {
    let mut expansions = found.expansions.iter();
    if term.typos.max == 0 || found.is_quoted || expansions.any(|it| it.typos == 0) {
        return Ok(None);
    }
    let others = found.expansions.iter().map(|it| it.documents);
    let halves = halves(dictionary, term.text, others.max().unwrap_or(0), budget)?;
    Ok(halves.map(|halves| halves.map(with_other_spaces)))
}

/// Adds the phrase of the two terms that a query term consists of, if far more documents can
/// contain it: "eastvillage" occurs in some titles, and East Village in many.
pub(super) fn add_split_phrase(
    dictionary: &Dictionary<'_>,
    term: QueryTerm<'_>,
    found: &mut TermExpansions,
    budget: &mut SearchBudget,
) -> Result<(), StoreError> {
    let mut expansions = found.expansions.iter();
    let Some(whole) = expansions.find(|it| it.text == term.text) else {
        return Ok(());
    };
    let documents = FREQUENCY_RATIO_MIN * whole.documents;
    let allows_typos = term.typos_max(usize::MAX) > 0 && !found.is_quoted;
    if allows_typos
        && documents <= dictionary.documents
        && let Some(halves) = halves(dictionary, term.text, documents - 1, budget)?
        && let Some(phrase) = dictionary.phrase(&halves.map(|half| half.text), budget)?
    {
        found.add(Expansion {
            penalty: SPLIT_PHRASE_PENALTY,
            ..with_other_spaces(phrase)
        });
    }
    Ok(())
}

/// The two terms that a text consists of, if more than `documents` documents can contain both; of
/// several such pairs the one that most documents can contain. Each half has two characters or
/// more.
fn halves(
    dictionary: &Dictionary<'_>,
    text: &str,
    mut documents: u64,
    budget: &mut SearchBudget,
) -> Result<Option<[Expansion; 2]>, StoreError> {
    let mut best = None;
    let chars = text.chars().count();
    let boundaries = text.char_indices().skip(2);
    for (at, _) in boundaries.take(chars.saturating_sub(3)) {
        let (first, second) = text.split_at(at);
        let Some(first) = dictionary.exact(first, budget)? else {
            continue;
        };
        let Some(second) = dictionary.exact(second, budget)? else {
            continue;
        };
        let with_both = first.documents.min(second.documents);
        if with_both > documents {
            documents = with_both;
            best = Some([first, second]);
        }
    }
    Ok(best)
}

fn with_other_spaces(expansion: Expansion) -> Expansion {
    Expansion {
        typos: 1,
        penalty: SPACE_PENALTY,
        ..expansion
    }
}
