//! The expansions of a query term.

use tantivy::postings::TermInfo;

/// An indexed term, or a phrase of them, that a query term stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expansion {
    /// The term; of a phrase its terms with spaces between them.
    pub(crate) text: String,
    pub(crate) typos: u8,
    pub(crate) penalty: f64,
    /// The number of documents that contain it; of a phrase an upper bound.
    pub(crate) documents: u64,
    /// Its postings by segment; of a phrase those of its rarest term there.
    pub(crate) postings: Vec<Option<TermInfo>>,
    /// Of a phrase: the postings of all its terms by segment, where all of them occur. Empty for a
    /// single term.
    pub(crate) phrase: Vec<Vec<TermInfo>>,
}

/// A query term with its expansions.
pub(crate) struct TermExpansions {
    pub(crate) term: String,
    /// The position of the term in the query. A term that is split into two has both halves at the
    /// same position.
    pub(crate) position: usize,
    pub(crate) is_quoted: bool,
    /// The best first: fewest typos, then most documents.
    pub(crate) expansions: Vec<Expansion>,
    /// How many more expansions there are beyond the limit.
    pub(crate) dropped: u64,
}

impl TermExpansions {
    /// An upper bound of the documents that contain an expansion with the fewest typos. The IDF
    /// goes by these alone, because a query term that is rare since it is misspelt is not
    /// informative.
    pub(crate) fn document_frequency(&self) -> u64 {
        let fewest = self.expansions.iter().map(|it| it.typos).min();
        let closest = self.expansions.iter();
        let closest = closest.filter(|it| Some(it.typos) == fewest);
        closest.map(|it| it.documents).sum()
    }

    /// Adds an expansion. A term that is there already keeps the higher penalty factor.
    pub(super) fn add(&mut self, expansion: Expansion) {
        let mut expansions = self.expansions.iter_mut();
        match expansions.find(|same| same.text == expansion.text) {
            Some(same) if same.penalty >= expansion.penalty => {}
            Some(same) => *same = expansion,
            None => self.expansions.push(expansion),
        }
    }
}
