//! Phrase matching: how often a document contains some terms next to each other, in their order.

use std::io;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader};

/// A phrase in one segment. The positions of different fields of a document are far apart, so that
/// a phrase never spans two fields.
pub(crate) struct Phrase {
    terms: Vec<Cursor>,
    /// The document that was checked last, with its frequency.
    checked: Option<(u32, u32)>,
}

struct Cursor {
    start: SegmentPostings,
    here: SegmentPostings,
}

impl Phrase {
    pub(crate) fn open(index: &InvertedIndexReader, terms: &[TermInfo]) -> io::Result<Phrase> {
        let option = IndexRecordOption::WithFreqsAndPositions;
        let terms = terms.iter().map(|term| {
            let start = index.read_postings_from_terminfo(term, option)?;
            let here = start.clone();
            Ok(Cursor { start, here })
        });
        Ok(Phrase {
            terms: terms.collect::<io::Result<_>>()?,
            checked: None,
        })
    }

    /// How often a document contains the phrase; each occurrence counts with the weight of its
    /// field.
    pub(crate) fn frequency(&mut self, doc: u32) -> u32 {
        match self.checked {
            Some((checked, frequency)) if checked == doc => frequency,
            _ => {
                let frequency = self.count(doc);
                self.checked = Some((doc, frequency));
                frequency
            }
        }
    }

    /// The frequency in a document if that was checked last; else 0.
    pub(crate) fn checked_frequency(&self, doc: u32) -> u32 {
        let checked = self.checked.filter(|(checked, _)| *checked == doc);
        checked.map_or(0, |(_, frequency)| frequency)
    }

    fn count(&mut self, doc: u32) -> u32 {
        if !self.terms.iter_mut().all(|term| term.is_in(doc)) {
            return 0;
        }
        let Some((first, rest)) = self.terms.split_first_mut() else {
            return 0;
        };
        if rest.is_empty() {
            return first.here.term_freq();
        }
        // The positions at which all terms so far allow the phrase to start.
        let mut starts = Vec::new();
        first.here.positions(&mut starts);
        let mut positions = Vec::new();
        for (term, offset) in rest.iter_mut().zip(1..) {
            term.here.positions(&mut positions);
            starts.retain(|start| positions.binary_search(&(start + offset)).is_ok());
        }
        u32::try_from(starts.len()).unwrap_or(u32::MAX)
    }
}

impl Cursor {
    /// Whether a document contains the term. The document may lie before the last one.
    fn is_in(&mut self, doc: u32) -> bool {
        if self.here.doc() > doc {
            self.here.clone_from(&self.start);
        }
        let here = self.here.doc();
        (if here < doc {
            self.here.seek(doc)
        } else {
            here
        }) == doc
    }
}
