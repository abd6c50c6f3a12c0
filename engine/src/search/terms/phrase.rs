//! Which documents hold some words next to each other?

use std::io;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader};

/// Words in their order, looked for in the documents of one segment. Positions of different texts of a
/// document are far from each other, so a phrase never spans two.
pub(crate) struct Phrase {
    words: Vec<Cursor>,
    /// The document that was looked at last, and how often it holds the phrase.
    looked: Option<(u32, u32)>,
}

struct Cursor {
    start: SegmentPostings,
    here: SegmentPostings,
}

impl Phrase {
    pub(crate) fn open(index: &InvertedIndexReader, words: &[TermInfo]) -> io::Result<Phrase> {
        let option = IndexRecordOption::WithFreqsAndPositions;
        let words = words.iter().map(|word| {
            let start = index.read_postings_from_terminfo(word, option)?;
            let here = start.clone();
            Ok(Cursor { start, here })
        });
        Ok(Phrase {
            words: words.collect::<io::Result<_>>()?,
            looked: None,
        })
    }

    /// How often a document holds the phrase, with the weights of its texts.
    pub(crate) fn look(&mut self, doc: u32) -> u32 {
        match self.looked {
            Some((looked, count)) if looked == doc => count,
            _ => {
                let count = self.count(doc);
                self.looked = Some((doc, count));
                count
            }
        }
    }

    /// The same of a document that was looked at.
    pub(crate) fn count_at(&self, doc: u32) -> u32 {
        let looked = self.looked.filter(|(looked, _)| *looked == doc);
        looked.map_or(0, |(_, count)| count)
    }

    fn count(&mut self, doc: u32) -> u32 {
        if !self.words.iter_mut().all(|word| word.is_in(doc)) {
            return 0;
        }
        let Some((first, rest)) = self.words.split_first_mut() else {
            return 0;
        };
        if rest.is_empty() {
            return first.here.term_freq();
        }
        // Where the phrase may begin, as far as the words so far tell.
        let mut begins = Vec::new();
        first.here.positions(&mut begins);
        let mut positions = Vec::new();
        for (word, offset) in rest.iter_mut().zip(1..) {
            word.here.positions(&mut positions);
            begins.retain(|begin| positions.binary_search(&(begin + offset)).is_ok());
        }
        u32::try_from(begins.len()).unwrap_or(u32::MAX)
    }
}

impl Cursor {
    /// Whether the word is in a document, before or behind the last one.
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
