//! A segment as one snapshot sees it: with the deletes of its commit.

use std::ops::Range;
use std::sync::Arc;

use tantivy::store::StoreReader;
use tantivy::{SegmentReader, TantivyError, Term};

use crate::index::bits::first_bits;
use crate::index::encoding::stored_document::StoredDocument;
use crate::index::error::StoreError;
use crate::index::segment::Segment;
use crate::index::segment::live_docs::LiveDocs;

/// A segment and its live documents in a snapshot.
pub(crate) struct SegmentView {
    pub(crate) segment: Arc<Segment>,
    pub(crate) reader: SegmentReader,
    /// `None` if no document is deleted.
    pub(crate) live: Option<Arc<LiveDocs>>,
    stored: StoreReader,
}

impl SegmentView {
    pub(super) fn new(
        segment: Arc<Segment>,
        reader: &SegmentReader,
        live: Option<Arc<LiveDocs>>,
    ) -> Result<SegmentView, StoreError> {
        Ok(SegmentView {
            segment,
            // Documents are not compressed, so a cache would only add a lock to each read.
            stored: reader.get_store_reader(0).map_err(TantivyError::from)?,
            reader: reader.clone(),
            live,
        })
    }

    pub(crate) fn is_live(&self, doc: u32) -> bool {
        self.live.as_ref().is_none_or(|live| live.contains(doc))
    }

    /// Whether a document is listed, available and live.
    pub(crate) fn is_visible(&self, doc: u32) -> bool {
        self.segment.visible.contains(doc) && self.is_live(doc)
    }

    /// The documents of a range of up to 64 that are listed, available and live, one bit each, the
    /// first one lowest.
    pub(crate) fn visible_bits(&self, docs: Range<u32>) -> u64 {
        self.segment.visible.bits(docs.clone()) & self.live_bits(docs)
    }

    /// The live documents of a range of up to 64.
    pub(crate) fn live_bits(&self, docs: Range<u32>) -> u64 {
        match &self.live {
            Some(live) => live.bits(docs),
            None => first_bits(docs.end - docs.start),
        }
    }

    /// The number of documents in a range that are listed, available and live.
    pub(crate) fn visible_count(&self, docs: Range<u32>) -> u64 {
        self.segment.visible.count(docs, self.live.as_deref())
    }

    pub(crate) fn stored(&self, doc: u32) -> Result<StoredDocument, StoreError> {
        StoredDocument::find(self.stored.get_document_bytes(doc)?)
    }

    pub(super) fn has_deletes_of(&self, reader: &SegmentReader) -> bool {
        self.reader.segment_id() == reader.segment_id()
            && self.reader.delete_opstamp() == reader.delete_opstamp()
    }

    pub(super) fn find(&self, term: &Term) -> Result<Option<u32>, StoreError> {
        let docs = self.segment.docs_of(term)?;
        Ok(docs.into_iter().find(|&doc| self.is_live(doc)))
    }
}
