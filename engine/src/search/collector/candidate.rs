//! A matching document with its rank value, and the order of such documents.

use std::cmp::Ordering;

use crate::index::SegmentView;
use crate::signals::{OwnerOrdinal, Signals};

/// What a matching document is scored by, beside its columns.
#[derive(Clone, Copy)]
pub(crate) struct ScoreInputs {
    pub(crate) doc: u32,
    /// The text component.
    pub(crate) text: f64,
    /// The owner's signals as they were when the document was ranked.
    pub(crate) signals: Signals,
    /// The exposure component, of the same moment; 0 if it does not count.
    pub(crate) exposure: f64,
}

/// A document that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) rank_value: f64,
    pub(crate) key: u128,
    /// The text component.
    pub(crate) text: f64,
    /// The owner's signals that the rank value was computed from; the explanation must use the
    /// same.
    pub(crate) signals: Signals,
    /// The exposure component, for the same reason; 0 if it does not count.
    pub(crate) exposure: f64,
    pub(crate) owner: OwnerOrdinal,
    pub(crate) segment: u32,
    pub(crate) doc: u32,
}

impl ScoreInputs {
    /// The candidate with this rank value.
    #[inline]
    pub(crate) fn ranked(self, view: &SegmentView, segment: u32, rank_value: f64) -> Candidate {
        let (columns, at) = (&view.segment.columns, self.doc as usize);
        Candidate {
            rank_value,
            key: columns.keys[at],
            text: self.text,
            signals: self.signals,
            exposure: self.exposure,
            owner: columns.owners[at],
            segment,
            doc: self.doc,
        }
    }
}

impl Candidate {
    /// What the rank value was computed from.
    pub(crate) fn inputs(&self) -> ScoreInputs {
        ScoreInputs {
            doc: self.doc,
            text: self.text,
            signals: self.signals,
            exposure: self.exposure,
        }
    }
}

/// A candidate that compares by rank: better ones are less, as they come first.
#[derive(Clone, Copy)]
pub(super) struct ByRank(pub(super) Candidate);

impl Ord for ByRank {
    /// A higher rank value comes first; ties break by key, lowest first.
    fn cmp(&self, other: &ByRank) -> Ordering {
        let (a, b) = (&self.0, &other.0);
        b.rank_value
            .total_cmp(&a.rank_value)
            .then(a.key.cmp(&b.key))
    }
}

impl PartialOrd for ByRank {
    fn partial_cmp(&self, other: &ByRank) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByRank {
    fn eq(&self, other: &ByRank) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByRank {}
