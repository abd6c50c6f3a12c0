//! Which documents hold words that must not be there?

use std::cell::RefCell;

use tantivy::TantivyError;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;

use super::text::Phrase;
use crate::index::{SegmentView, Snapshot, StoreError};
use crate::query::Query;

/// What a query excludes, by segment, where that occurs. The cursors move while documents are looked at,
/// forth and back.
pub(crate) struct Excluded(Vec<(SegmentId, RefCell<Vec<Phrase>>)>);

impl Excluded {
    /// `None` if nothing is excluded that occurs.
    pub(crate) fn look_up(
        query: &Query,
        snapshot: &Snapshot,
    ) -> Result<Option<Excluded>, StoreError> {
        let excluded = query.text.as_ref().map_or(&[][..], |text| text.excluded());
        if excluded.is_empty() {
            return Ok(None);
        }
        let mut segments = Vec::new();
        for view in &snapshot.segments {
            let here = &view.segment.terms;
            let mut phrases = Vec::new();
            for together in excluded {
                let terms = together.iter().map(|word| here.find(word));
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
        Ok((!segments.is_empty()).then_some(Excluded(segments)))
    }

    /// Whether a document must not be found.
    pub(crate) fn holds(&self, view: &SegmentView, doc: u32) -> bool {
        let segment = view.reader.segment_id();
        let here = self.0.iter().find(|(excluded, _)| *excluded == segment);
        here.is_some_and(|(_, phrases)| {
            let mut phrases = phrases.borrow_mut();
            phrases.iter_mut().any(|phrase| phrase.look(doc) > 0)
        })
    }
}
