//! The constants that decide between algorithms, injected so that tests also run the shipped
//! values.

/// Thresholds and block sizes of the index and of search. They change the speed of a search and
/// never its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tuning {
    /// Documents: a tree node with more is divided.
    pub(crate) leaf_documents: usize,
    /// Leaves per block of term bounds, of which the largest bound is kept. A power of two.
    pub(crate) leaves_per_block: usize,
    /// Postings between two cursors that are kept of a term. A power of two.
    pub(crate) postings_per_cursor: u32,
    /// Documents: the bounds of a term with at most this document frequency are computed by the
    /// first search that can use them.
    pub(crate) rare_term_documents: u32,
    /// Visited nodes: a search that visits more computes static bounds.
    pub(crate) nodes_before_static_bounds: u64,
    /// Visited nodes: a search without terms that visits more counts the documents that the bitmaps
    /// of its filter leave.
    pub(crate) nodes_before_candidates: u64,
    /// Documents for each candidate: if bitmaps leave fewer candidates, all of them are scored.
    pub(crate) documents_per_candidate: u64,
    /// Leaves: a best-first search visits the first ones in the order of their bounds, and the
    /// following ones in the order of documents.
    pub(crate) leaves_by_bound: usize,
    /// Leaves for each queue entry: a search for words without a place reads the bounds of all
    /// leaves in the time that the queue takes for `1 / leaves_per_queued_node` of them.
    pub(crate) leaves_per_queued_node: u64,
    /// Leaves whose bounds are computed together. At most [`Tuning::LEAVES_AT_ONCE_MAX`].
    pub(crate) leaves_at_once: usize,
    /// Documents: the planner scores all matches when at most this many contain every word.
    pub(crate) few_matches: u64,
    /// Hits: a page that ends before this is always found faster best first.
    pub(crate) short_page_hits: usize,
}

impl Tuning {
    /// The largest value of `leaves_at_once`, so that its buffers are arrays.
    pub(crate) const LEAVES_AT_ONCE_MAX: usize = 256;

    /// The values for indexes of some thousands to some millions of documents.
    pub(crate) const SHIPPED: Tuning = Tuning {
        leaf_documents: 32,
        leaves_per_block: 64,
        postings_per_cursor: 64 * 128,
        rare_term_documents: 1_024,
        nodes_before_static_bounds: 256,
        nodes_before_candidates: 512,
        documents_per_candidate: 256,
        leaves_by_bound: 256,
        leaves_per_queued_node: 64,
        leaves_at_once: Tuning::LEAVES_AT_ONCE_MAX,
        few_matches: 1_024,
        short_page_hits: 100,
    };

    /// Values by which an index of some hundreds of documents takes every branch.
    #[cfg(test)]
    pub(crate) const SMALL: Tuning = Tuning {
        leaf_documents: 8,
        leaves_per_block: 4,
        postings_per_cursor: 16,
        rare_term_documents: 4,
        nodes_before_static_bounds: 24,
        nodes_before_candidates: 16,
        documents_per_candidate: 4,
        leaves_by_bound: 6,
        leaves_per_queued_node: 2,
        leaves_at_once: 5,
        few_matches: 16,
        short_page_hits: 10,
    };
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning::SHIPPED
    }
}
