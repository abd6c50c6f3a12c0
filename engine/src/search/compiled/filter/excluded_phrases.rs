//! Excluded phrases of a query: finds the documents that contain one.

use std::cell::RefCell;

use tantivy::TantivyError;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;

use crate::index::{SegmentView, Snapshot, StoreError};
use crate::query::Query;
use crate::search::terms::Phrase;

/// The excluded phrases that occur, by segment. Checking a document moves the cursors of the
/// phrases, hence the `RefCell`.
pub(super) struct ExcludedPhrases(Vec<(SegmentId, RefCell<Vec<Phrase>>)>);

impl ExcludedPhrases {
    /// `None` if no excluded phrase occurs.
    pub(super) fn look_up(
        query: &Query,
        snapshot: &Snapshot,
    ) -> Result<Option<ExcludedPhrases>, StoreError> {
        let excluded = query.text.as_ref().map_or(&[][..], |text| text.excluded());
        if excluded.is_empty() {
            return Ok(None);
        }
        let mut segments = Vec::new();
        for view in &snapshot.segments {
            let here = &view.segment.terms;
            let mut phrases = Vec::new();
            for phrase in excluded {
                let terms = phrase.iter().map(|word| here.find(word));
                let terms: Result<Vec<Option<TermInfo>>, StoreError> = terms.collect();
                let terms: Option<Vec<TermInfo>> = terms?.into_iter().collect();
                if let Some(terms) = terms {
                    phrases.push(Phrase::open(here.index(), &terms).map_err(TantivyError::from)?);
                }
            }
            if !phrases.is_empty() {
                segments.push((view.reader.segment_id(), RefCell::new(phrases)));
            }
        }
        Ok((!segments.is_empty()).then_some(ExcludedPhrases(segments)))
    }

    /// Whether a document contains an excluded phrase.
    pub(super) fn occur_in(&self, view: &SegmentView, doc: u32) -> bool {
        let segment = view.reader.segment_id();
        let here = self.0.iter().find(|(excluded, _)| *excluded == segment);
        here.is_some_and(|(_, phrases)| {
            let mut phrases = phrases.borrow_mut();
            phrases.iter_mut().any(|phrase| phrase.frequency(doc) > 0)
        })
    }
}
