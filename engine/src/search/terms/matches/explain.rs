//! The text component of single documents, and which of their words it comes from.

use super::cursor::TermCursor;
use super::forward_cursor::ForwardCursor;
use super::match_cursor::text_score_at;
use crate::control::search_budget::SearchBudget;
use crate::index::{SegmentView, StoreError};
use crate::search::terms::term_query::TermQuery;

/// The expansion of a query term that counts in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedWord {
    /// The query term after analysis.
    pub word: String,
    /// The term of the document that matches it.
    pub term: String,
    /// The number of typos between them; the continuation of a prefix does not count.
    pub typos: u8,
    /// The factor that the match counts with, above 0; 1 for an exact match.
    pub penalty: f64,
}

/// The text component of one document, which need not contain every required term. `None` once the
/// budget is exhausted.
pub(crate) fn text_score(
    query: &TermQuery,
    segment: usize,
    view: &SegmentView,
    doc: u32,
    budget: &mut SearchBudget,
) -> Result<Option<f64>, StoreError> {
    let Some(mut cursors) = ForwardCursor::open_all(query, segment, view, budget)? else {
        return Ok(None);
    };
    for cursor in &mut cursors {
        cursor.check(doc);
    }
    let text = text_score_at(query, &cursors, &view.segment, doc);
    Ok(Some(text))
}

/// The expansion that counts for each query term in one document. None once the budget is
/// exhausted.
pub(crate) fn matched_words(
    query: &TermQuery,
    segment: usize,
    view: &SegmentView,
    doc: u32,
    budget: &mut SearchBudget,
) -> Result<Vec<MatchedWord>, StoreError> {
    let length_norm = query.expanded.length_norm(&view.segment, doc);
    let Some(cursors) = ForwardCursor::open_all(query, segment, view, budget)? else {
        return Ok(Vec::new());
    };
    let mut matched = Vec::new();
    for (term, mut cursor) in query.expanded.terms.iter().zip(cursors) {
        cursor.check(doc);
        if let Some((best, _)) = cursor.postings().best(doc, length_norm) {
            let expansion = &term.expansions[term.segments[segment].indexes[best]];
            matched.push(MatchedWord {
                word: term.text.clone(),
                term: expansion.text.clone(),
                typos: expansion.typos,
                penalty: expansion.penalty,
            });
        }
    }
    Ok(matched)
}
