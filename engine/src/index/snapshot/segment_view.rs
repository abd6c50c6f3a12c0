//! What does a snapshot show of one segment?

use std::ops::Range;
use std::sync::Arc;

use tantivy::store::StoreReader;
use tantivy::{SegmentReader, TantivyError, Term};

use crate::index::error::StoreError;
use crate::index::schema::stored_document::Stored;
use crate::index::segment::Segment;
use crate::index::segment::live_docs::AliveBits;

/// A segment, and which of its documents are alive in this snapshot.
pub(crate) struct SegmentView {
    pub(crate) segment: Arc<Segment>,
    pub(crate) reader: SegmentReader,
    pub(crate) alive: Option<Arc<AliveBits>>,
    stored: StoreReader,
}

impl SegmentView {
    pub(super) fn new(
        segment: Arc<Segment>,
        reader: &SegmentReader,
        alive: Option<Arc<AliveBits>>,
    ) -> Result<SegmentView, StoreError> {
        Ok(SegmentView {
            segment,
            // Documents are not compressed, so a cache would only add a lock to each read.
            stored: reader.get_store_reader(0).map_err(TantivyError::from)?,
            reader: reader.clone(),
            alive,
        })
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.is_alive(doc))
    }

    /// Whether a document is listed, available and alive.
    pub(crate) fn is_shown(&self, doc: u32) -> bool {
        self.segment.shown.holds(doc) && self.is_alive(doc)
    }

    /// How many documents of a range are listed, available and alive.
    pub(crate) fn shown_count(&self, docs: Range<u32>) -> u64 {
        self.segment.shown.count(docs, self.alive.as_deref())
    }

    pub(crate) fn stored(&self, doc: u32) -> Result<Stored, StoreError> {
        Stored::find(self.stored.get_document_bytes(doc)?)
    }

    pub(super) fn has_deletes_of(&self, reader: &SegmentReader) -> bool {
        self.reader.segment_id() == reader.segment_id()
            && self.reader.delete_opstamp() == reader.delete_opstamp()
    }

    pub(super) fn find(&self, term: &Term) -> Result<Option<u32>, StoreError> {
        let docs = self.segment.docs_of(term)?;
        Ok(docs.into_iter().find(|&doc| self.is_alive(doc)))
    }
}
