//! The term dictionary of a segment.

use std::fmt;
use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::Field;
use tantivy::{InvertedIndexReader, SegmentReader, TantivyError};

use crate::index::error::StoreError;
use crate::text::edit_distance::TypoAutomaton;
use crate::text::term_tree::{FuzzyTerms, TermTree};

/// The terms of one segment, with their postings.
pub(crate) struct Terms {
    index: Arc<InvertedIndexReader>,
    tree: TermTree,
    /// By term ordinal. Tantivy finds postings only by the term itself.
    postings: Box<[TermInfo]>,
}

impl Terms {
    pub(super) fn load(reader: &SegmentReader, field: Field) -> Result<Terms, StoreError> {
        let index = reader.inverted_index(field)?;
        let mut tree = TermTree::builder();
        let mut postings = Vec::with_capacity(index.terms().num_terms());
        let mut stream = index.terms().stream().map_err(TantivyError::from)?;
        while let Some((term, info)) = stream.next() {
            let term = std::str::from_utf8(term)
                .map_err(|_| StoreError::Damaged("a term of a segment is not UTF-8".into()))?;
            tree.push(term);
            postings.push(info.clone());
        }
        Ok(Terms {
            index,
            tree: tree.finish(),
            postings: postings.into_boxed_slice(),
        })
    }

    pub(crate) fn index(&self) -> &InvertedIndexReader {
        &self.index
    }

    /// The postings of a term; `None` for an unknown term.
    pub(crate) fn find(&self, term: &str) -> Result<Option<TermInfo>, StoreError> {
        Ok(self.index.terms().get(term).map_err(TantivyError::from)?)
    }

    /// The terms that an automaton accepts, in term order, each with its ordinal.
    pub(crate) fn fuzzy_terms<'t>(&'t self, automaton: &'t TypoAutomaton) -> FuzzyTerms<'t> {
        self.tree.fuzzy_terms(automaton)
    }

    /// The postings of the term with that ordinal.
    pub(crate) fn postings_at(&self, ordinal: u32) -> &TermInfo {
        &self.postings[ordinal as usize]
    }

    /// The number of nodes of the tree of terms.
    pub(crate) fn node_count(&self) -> usize {
        self.tree.node_count()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.tree.memory_bytes() + size_of_val(&self.postings[..])
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Terms").finish_non_exhaustive()
    }
}
