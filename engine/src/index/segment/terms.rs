//! Which words do the texts of a segment hold, and in how many documents is each?

use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy::{InvertedIndexReader, SegmentReader, TantivyError};

use crate::index::error::StoreError;
use crate::text::edit_distance::Edits;
use crate::text::term_tree::{Resembling, TermTree};

/// The words of one segment.
pub(crate) struct Terms {
    index: Arc<InvertedIndexReader>,
    tree: TermTree,
    /// By the place of a word in the order of the alphabet, since tantivy tells them by the word alone.
    postings: Box<[TermInfo]>,
}

impl Terms {
    pub(super) fn read(reader: &SegmentReader, field: Field) -> Result<Terms, StoreError> {
        let index = reader.inverted_index(field)?;
        let mut tree = TermTree::builder();
        let mut postings = Vec::with_capacity(index.terms().num_terms());
        let mut stream = index.terms().stream().map_err(TantivyError::from)?;
        while let Some((term, here)) = stream.next() {
            let term = std::str::from_utf8(term).map_err(|_| {
                StoreError::Damaged("a segment has a word that is not UTF-8".into())
            })?;
            tree.push(term);
            postings.push(here.clone());
        }
        Ok(Terms {
            index,
            tree: tree.finish(),
            postings: postings.into_boxed_slice(),
        })
    }

    /// The postings of the words.
    pub(crate) fn index(&self) -> &InvertedIndexReader {
        &self.index
    }

    /// Where the postings of a word are.
    pub(crate) fn find(&self, word: &str) -> Result<Option<TermInfo>, StoreError> {
        Ok(self.index.terms().get(word).map_err(TantivyError::from)?)
    }

    /// The words that one may have been meant as, in the order of the alphabet, each with its place.
    pub(crate) fn resembling<'t>(&'t self, edits: &'t Edits) -> Resembling<'t> {
        self.tree.resembling(edits)
    }

    /// Where the postings of the word of a place are.
    pub(crate) fn postings_at(&self, place: u32) -> &TermInfo {
        &self.postings[place as usize]
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.tree.memory_bytes() + size_of_val(&self.postings[..])
    }
}

impl std::fmt::Debug for Terms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Terms").finish_non_exhaustive()
    }
}
