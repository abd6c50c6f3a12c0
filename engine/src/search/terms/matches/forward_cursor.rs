//! Term cursor that reads postings from the first document to the last.

use std::io;
use std::ops::Range;

use tantivy::TantivyError;
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;

use super::cursor::{STEPS_PER_OPENED, TermCursor, TermPostings};
use crate::control::search_budget::SearchBudget;
use crate::index::{SegmentView, StoreError};
use crate::search::terms::term_query::TermQuery;

/// Reads the postings of all expansions of a term forward.
pub(crate) struct ForwardCursor<'a>(TermPostings<'a>);

impl<'a> ForwardCursor<'a> {
    /// Opens a cursor for each term of a query; `None` once the budget is exhausted.
    pub(super) fn open_all(
        query: &'a TermQuery,
        segment: usize,
        view: &SegmentView,
        budget: &mut SearchBudget,
    ) -> Result<Option<Vec<ForwardCursor<'a>>>, StoreError> {
        let index = view.segment.terms.index();
        let mut cursors = Vec::with_capacity(query.expanded.terms.len());
        for (term, &is_required) in query.expanded.terms.iter().zip(query.required.iter()) {
            let mut term = TermPostings::new(term, is_required, segment, index)?;
            let steps = u32::try_from(term.expansions.len()).unwrap_or(u32::MAX);
            if budget
                .spend(steps.saturating_mul(STEPS_PER_OPENED))
                .is_err()
            {
                return Ok(None);
            }
            let opened = term.expansions.iter().map(|(postings, _)| {
                index.read_postings_from_terminfo(postings, IndexRecordOption::WithFreqs)
            });
            let opened: io::Result<Vec<SegmentPostings>> = opened.collect();
            term.opened = opened.map_err(TantivyError::from)?;
            term.active = (0..term.opened.len()).map(|at| (at, at)).collect();
            cursors.push(ForwardCursor(term));
        }
        Ok(Some(cursors))
    }
}

impl TermCursor for ForwardCursor<'_> {
    #[inline]
    fn postings(&self) -> &TermPostings<'_> {
        &self.0
    }

    #[inline]
    fn seek(&mut self, target: u32) -> u32 {
        self.0.seek(target)
    }

    fn check(&mut self, doc: u32) {
        self.0.check(doc);
    }

    /// Saturations never exceed 1.
    fn saturation_max(&self, _leaves: Range<u32>) -> f64 {
        1.0
    }
}
