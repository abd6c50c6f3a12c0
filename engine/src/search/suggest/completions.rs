//! Completes the last term of a typed query with the continuations that the dictionary has.

use crate::search::terms::{Expansion, TermQuery};
use crate::text::analyze;

/// A completed query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Completion {
    /// The query with each term replaced by an expansion.
    pub(super) text: String,
    /// The product of the expansions' penalties, above 0.
    pub(super) fit: f64,
}

/// The completions of a query, the best first: fewest typos, then most documents. There are none in
/// scripts without spaces, whose terms are pairs of characters.
pub(super) fn completions(terms: &TermQuery) -> Vec<Completion> {
    let mut terms = terms.expansions();
    if terms
        .clone()
        .any(|(term, _)| analyze::is_of_unspaced_script(term))
    {
        return Vec::new();
    }
    let Some((last, expansions)) = terms.next_back() else {
        return Vec::new();
    };
    let before = terms.clone().map(|(_, expansions)| best(expansions));
    let Some(before) = before.collect::<Option<Vec<&Expansion>>>() else {
        return Vec::new();
    };
    let fit: f64 = before.iter().map(|expansion| expansion.penalty).product();
    let mut text: String = before
        .iter()
        .flat_map(|expansion| [expansion.text.as_str(), " "])
        .collect();
    let typed = text.len();
    let joined = terms.next_back().map(|(term, _)| term.to_owned() + last);
    // An expansion that is both last terms joined leaves nothing to complete.
    let expansions = expansions
        .iter()
        .filter(|expansion| Some(&expansion.text) != joined.as_ref());
    let completions = expansions.map(|expansion| {
        text.truncate(typed);
        text.push_str(&expansion.text);
        Completion {
            text: text.clone(),
            fit: fit * expansion.penalty,
        }
    });
    completions.collect()
}

/// The expansion with the highest penalty factor, of equal ones the most frequent.
fn best(expansions: &[Expansion]) -> Option<&Expansion> {
    expansions.iter().max_by(|a, b| {
        let penalty = a.penalty.total_cmp(&b.penalty);
        penalty.then(a.documents.cmp(&b.documents))
    })
}
