//! Which documents hold the words, and how well?
//!
//! The text component is BM25 (k1 1.2, b 0.75) over the query's largest possible BM25:
//!
//! ```text
//! sum(idf(word) * penalty * tf / (tf + k1 * (1 - b + b * length / average))) / sum(idf(word))
//! ```
//!
//! with tf and length counted with the weights of the texts. A word may stand for several terms of
//! the dictionary, each with a penalty in (0, 1]: the best of them counts.

mod completions;
mod correct;
mod dictionary;
mod edits;
mod matches;
mod names;

use std::io;

use tantivy::TantivyError;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};

pub(crate) use completions::Completion;
pub(crate) use correct::correct;
pub(crate) use matches::Matches;
pub(crate) use names::{NameDictionary, NameMatch};

use crate::index::{Lengths, SegmentView, Snapshot, StoreError};
use crate::query::Words;
use dictionary::{Dictionaries, Meanings, Term};
use matches::WordMatches;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// What a word of the query was taken for in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedWord {
    /// The word as it was looked up.
    pub word: String,
    /// The word of the document that counts for it.
    pub term: String,
    /// How many typos lie between them, where one of them goes on behind the other not counting
    /// what follows.
    pub typos: u8,
    /// What the document's word counts, above 0; 1 for the word itself.
    pub penalty: f64,
}

/// The query's words, looked up in one snapshot.
pub(crate) struct Text {
    words: Vec<Word>,
    idf_total: f64,
    /// The length part of the BM25 denominator, by tantivy's field-norm number.
    lengths: Box<Lengths>,
    words_average: f64,
    field: Field,
    /// How many terms words may have been meant as and do not stand for, since there are too many.
    terms_left_out: u64,
}

struct Word {
    word: String,
    idf: f64,
    /// What the word stands for.
    terms: Vec<Term>,
    /// For each segment, those that occur there.
    segments: Vec<SegmentTerms>,
}

struct SegmentTerms {
    /// Each with its penalty.
    terms: Vec<(TermInfo, f64)>,
    /// For each, where it stands in the word's own list.
    places: Vec<usize>,
}

impl Text {
    pub(crate) fn look_up(words: &Words, snapshot: &Snapshot) -> Result<Text, StoreError> {
        let statistics = snapshot.statistics;
        let dictionaries = Dictionaries::of(snapshot)?;
        let mut found = Vec::new();
        let mut terms_left_out = 0;
        for meanings in dictionaries.look_up_all(words)? {
            terms_left_out += meanings.left_out;
            let documents = meanings.documents().min(statistics.documents);
            let segments = 0..snapshot.segments.len();
            found.push(Word {
                idf: idf(documents, statistics.documents),
                segments: segments.map(|at| meanings.in_segment(at)).collect(),
                word: meanings.word,
                terms: meanings.terms,
            });
        }
        let lengths = (0..=255).map(|norm| {
            let length = f64::from(FieldNormReader::id_to_fieldnorm(norm));
            K1 * (1.0 - B + B * length / statistics.words_average.max(1.0))
        });
        let lengths: Vec<f64> = lengths.collect();
        Ok(Text {
            idf_total: found.iter().map(|word| word.idf).sum(),
            words: found,
            lengths: lengths.try_into().unwrap_or_else(|_| Box::new([K1; 256])),
            words_average: statistics.words_average,
            field: snapshot.fields.text,
            terms_left_out,
        })
    }

    /// What each word stands for, with the penalties.
    pub(crate) fn meanings(&self) -> impl Iterator<Item = impl Iterator<Item = (&str, f64)>> {
        let words = self.words.iter();
        words.map(|word| {
            let terms = word.terms.iter();
            terms.map(|term| (term.text.as_str(), term.penalty))
        })
    }

    pub(crate) fn terms_left_out(&self) -> u64 {
        self.terms_left_out
    }

    /// At most so many documents of a segment hold every word: the frequency of the rarest.
    pub(crate) fn matches_at_most(&self, segment: usize) -> u64 {
        let documents = self.words.iter().map(|word| {
            let terms = word.segments[segment].terms.iter();
            terms.map(|(term, _)| u64::from(term.doc_freq)).sum()
        });
        documents.min().unwrap_or(0)
    }

    /// How many searches did without the bounds of some word of a segment so far.
    pub(crate) fn misses(&self, segment: usize, view: &SegmentView) -> u32 {
        let cache = &view.segment.word_bounds;
        let misses = self
            .words
            .iter()
            .map(|word| cache.miss(&word.segments[segment].terms));
        misses.flatten().max().unwrap_or(u32::MAX)
    }

    /// The matches in one segment; `None` if a word does not occur there.
    pub(crate) fn matches(
        &self,
        segment: usize,
        view: &SegmentView,
    ) -> Result<Option<Matches<'_>>, StoreError> {
        if self
            .words
            .iter()
            .any(|word| word.segments[segment].terms.is_empty())
        {
            return Ok(None);
        }
        let words = self.open(segment, view)?;
        Ok(Some(Matches::new(self, words, self.norms(view)?)))
    }

    /// The text component of one document, which need not hold every word.
    pub(crate) fn value_of(
        &self,
        segment: usize,
        view: &SegmentView,
        doc: u32,
    ) -> Result<f64, StoreError> {
        let norm = self.norms(view)?.fieldnorm_id(doc);
        let mut words = self.open(segment, view)?;
        for word in &mut words {
            word.seek(doc);
        }
        Ok(self.value(&words, doc, norm))
    }

    /// What the words were taken for in one document, which need not hold every word.
    pub(crate) fn explain(
        &self,
        segment: usize,
        view: &SegmentView,
        doc: u32,
    ) -> Result<Vec<MatchedWord>, StoreError> {
        let length = self.lengths[usize::from(self.norms(view)?.fieldnorm_id(doc))];
        let mut matched = Vec::new();
        for (word, mut matches) in self.words.iter().zip(self.open(segment, view)?) {
            matches.seek(doc);
            if let Some((best, _)) = matches.best(doc, length) {
                let term = &word.terms[word.segments[segment].places[best]];
                matched.push(MatchedWord {
                    word: word.word.clone(),
                    term: term.text.clone(),
                    typos: term.typos,
                    penalty: term.penalty,
                });
            }
        }
        Ok(matched)
    }

    fn open(&self, segment: usize, view: &SegmentView) -> Result<Vec<WordMatches<'_>>, StoreError> {
        let index = view.reader.inverted_index(self.field)?;
        let mut opened = Vec::new();
        for word in &self.words {
            let terms = &word.segments[segment].terms;
            let postings: io::Result<Vec<SegmentPostings>> = terms
                .iter()
                .map(|(term, _)| {
                    index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
                })
                .collect();
            let postings = postings.map_err(TantivyError::from)?;
            opened.push(WordMatches::new(word.idf, terms, postings));
        }
        Ok(opened)
    }

    fn norms(&self, view: &SegmentView) -> Result<FieldNormReader, StoreError> {
        Ok(view.reader.get_fieldnorms_reader(self.field)?)
    }

    fn value(&self, words: &[WordMatches<'_>], doc: u32, norm: u8) -> f64 {
        let length = self.lengths[usize::from(norm)];
        let sum: f64 = words.iter().map(|word| word.value(doc, length)).sum();
        sum / self.idf_total
    }
}

impl Meanings {
    fn in_segment(&self, segment: usize) -> SegmentTerms {
        let mut here = SegmentTerms {
            terms: Vec::new(),
            places: Vec::new(),
        };
        for (place, term) in self.terms.iter().enumerate() {
            if let Some(postings) = &term.postings[segment] {
                here.terms.push((postings.clone(), term.penalty));
                here.places.push(place);
            }
        }
        here
    }
}

/// The inverse document frequency of BM25, which is never negative in this form (Lucene's).
fn idf(with_word: u64, documents: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (with_word, documents) = (with_word as f64, documents as f64);
    (1.0 + (documents - with_word + 0.5) / (with_word + 0.5)).ln()
}
