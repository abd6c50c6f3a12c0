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

use std::io;
use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, TERMINATED, TantivyError};

use crate::index::{Lengths, SegmentView, Snapshot, StoreError, WordBounds};
use crate::query::Words;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// A word that may be the beginning of a longer one stands for at most so many terms; the
/// alphabet decides which.
const PREFIX_TERMS_MAX: usize = 64;

/// The query's words, looked up in one snapshot.
pub(crate) struct Text {
    words: Vec<Word>,
    idf_total: f64,
    /// The length part of the BM25 denominator, by tantivy's field-norm number.
    lengths: Box<Lengths>,
    words_average: f64,
    field: Field,
}

struct Word {
    idf: f64,
    /// For each segment, the terms that the word stands for, each with its penalty.
    terms: Vec<Vec<(TermInfo, f64)>>,
}

/// The documents of one segment that hold every word, in the order of their numbers.
pub(crate) struct Matches<'a> {
    text: &'a Text,
    words: Vec<WordMatches<'a>>,
    norms: FieldNormReader,
    doc: u32,
}

struct WordMatches<'a> {
    idf: f64,
    terms: &'a [(TermInfo, f64)],
    /// One for each term.
    postings: Vec<SegmentPostings>,
    /// Once they are needed.
    bounds: Option<Arc<WordBounds>>,
}

impl Text {
    pub(crate) fn look_up(words: &Words, snapshot: &Snapshot) -> Result<Text, StoreError> {
        let statistics = snapshot.statistics;
        let field = snapshot.fields.text;
        let mut found = Vec::new();
        for (word, is_prefix) in words.iter() {
            let mut terms = Vec::new();
            let mut documents = 0u64;
            for view in &snapshot.segments {
                let here = look_up(word, is_prefix, view, field)?;
                documents += here
                    .iter()
                    .map(|(term, _)| u64::from(term.doc_freq))
                    .sum::<u64>();
                terms.push(here);
            }
            let idf = idf(documents.min(statistics.documents), statistics.documents);
            found.push(Word { idf, terms });
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
            field,
        })
    }

    /// At most so many documents of a segment hold every word: the frequency of the rarest.
    pub(crate) fn matches_at_most(&self, segment: usize) -> u64 {
        let documents = self.words.iter().map(|word| {
            let terms = word.terms[segment].iter();
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
            .map(|word| cache.miss(&word.terms[segment]));
        misses.flatten().max().unwrap_or(u32::MAX)
    }

    /// The matches in one segment; `None` if a word does not occur there.
    pub(crate) fn matches(
        &self,
        segment: usize,
        view: &SegmentView,
    ) -> Result<Option<Matches<'_>>, StoreError> {
        if self.words.iter().any(|word| word.terms[segment].is_empty()) {
            return Ok(None);
        }
        let mut words = self.open(segment, view)?;
        // The rarest word leads, so that the others skip.
        words.sort_by_key(WordMatches::size);
        let mut matches = Matches {
            text: self,
            words,
            norms: self.norms(view)?,
            doc: 0,
        };
        matches.align(0);
        Ok(Some(matches))
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

    fn open(&self, segment: usize, view: &SegmentView) -> Result<Vec<WordMatches<'_>>, StoreError> {
        let index = view.reader.inverted_index(self.field)?;
        let mut opened = Vec::new();
        for word in &self.words {
            let terms = &word.terms[segment];
            let postings: io::Result<Vec<SegmentPostings>> = terms
                .iter()
                .map(|(term, _)| {
                    index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
                })
                .collect();
            opened.push(WordMatches {
                idf: word.idf,
                terms,
                postings: postings.map_err(TantivyError::from)?,
                bounds: None,
            });
        }
        Ok(opened)
    }

    fn norms(&self, view: &SegmentView) -> Result<FieldNormReader, StoreError> {
        Ok(view.reader.get_fieldnorms_reader(self.field)?)
    }

    fn value(&self, words: &[WordMatches<'_>], doc: u32, norm: u8) -> f64 {
        let length = self.lengths[usize::from(norm)];
        let sum: f64 = words
            .iter()
            .map(|word| word.idf * word.saturation(doc, length))
            .sum();
        sum / self.idf_total
    }
}

impl Matches<'_> {
    /// The document it stands at, or tantivy's `TERMINATED`.
    pub(crate) fn doc(&self) -> u32 {
        self.doc
    }

    /// Moves to the first match that is not before `target`. It only goes forward.
    pub(crate) fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc {
            self.align(target);
        }
        self.doc
    }

    /// Moves to the first match that is not before `target`, wherever it stands. Going back is
    /// cheap only with bounds.
    pub(crate) fn jump(&mut self, target: u32) -> u32 {
        for word in &mut self.words {
            word.jump(target);
        }
        self.align(target);
        self.doc
    }

    /// The text component of the document it stands at.
    pub(crate) fn value(&self) -> f64 {
        self.text
            .value(&self.words, self.doc, self.norms.fieldnorm_id(self.doc))
    }

    /// Learns the bounds of every word. `false` if time ran out before.
    pub(crate) fn learn_bounds(
        &mut self,
        view: &SegmentView,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<bool, StoreError> {
        let cache = &view.segment.word_bounds;
        for word in &mut self.words {
            let text = self.text;
            word.bounds = cache.get(word.terms);
            if word.bounds.is_none() {
                let walked = WordBounds::walk(
                    view,
                    text.field,
                    word.terms,
                    &text.lengths,
                    text.words_average,
                    is_over,
                )?;
                word.bounds = walked.map(|bounds| cache.keep(word.terms, bounds));
            }
            if word.bounds.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// At least the text component of every match below a node; `None` if there is no match.
    pub(crate) fn most(&self, node: u32) -> Option<f64> {
        let mut sum = 0.0;
        for word in &self.words {
            let most = word
                .bounds
                .as_ref()
                .map_or(1.0, |bounds| bounds.most(node, self.text.words_average));
            if most == 0.0 {
                return None;
            }
            sum += word.idf * most;
        }
        Some(sum / self.text.idf_total)
    }

    /// The bounds of each word, as far as they were learned, and its share of the text component.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = (&Arc<WordBounds>, f64)> {
        let share = |word: &WordMatches<'_>| word.idf / self.text.idf_total;
        let words = self.words.iter();
        words.filter_map(move |word| Some((word.bounds.as_ref()?, share(word))))
    }

    /// At least the saturation that a byte of a word's bounds stands for.
    pub(crate) fn most_of(&self, bounds: &WordBounds, byte: u8) -> f64 {
        bounds.most_of(byte, self.text.words_average)
    }

    fn align(&mut self, mut target: u32) {
        'again: loop {
            for word in &mut self.words {
                let doc = word.seek(target);
                if doc > target {
                    target = doc;
                    if target == TERMINATED {
                        break 'again;
                    }
                    continue 'again;
                }
            }
            break;
        }
        self.doc = target;
    }
}

impl WordMatches<'_> {
    fn size(&self) -> u64 {
        let terms = self.terms.iter();
        terms.map(|(term, _)| u64::from(term.doc_freq)).sum()
    }

    fn seek(&mut self, target: u32) -> u32 {
        let docs = self.postings.iter_mut().map(|postings| {
            if postings.doc() < target {
                postings.seek(target)
            } else {
                postings.doc()
            }
        });
        docs.min().unwrap_or(TERMINATED)
    }

    /// Puts cursors that stand behind `target`, or far before it, where reading can start.
    fn jump(&mut self, target: u32) {
        let Some(bounds) = &self.bounds else { return };
        for (term, postings) in self.postings.iter_mut().enumerate() {
            bounds.bring_near(term, postings, target);
        }
    }

    fn saturation(&self, doc: u32, length: f64) -> f64 {
        let here = self
            .postings
            .iter()
            .zip(self.terms)
            .filter(|(postings, _)| postings.doc() == doc);
        let values = here.map(|(postings, (_, penalty))| {
            let tf = f64::from(postings.term_freq());
            penalty * tf / (tf + length)
        });
        values.fold(0.0, f64::max)
    }
}

fn look_up(
    word: &str,
    is_prefix: bool,
    view: &SegmentView,
    field: Field,
) -> Result<Vec<(TermInfo, f64)>, StoreError> {
    let index = view.reader.inverted_index(field)?;
    let dictionary = index.terms();
    if !is_prefix {
        let term = dictionary
            .get(word.as_bytes())
            .map_err(TantivyError::from)?;
        return Ok(term.into_iter().map(|term| (term, 1.0)).collect());
    }
    let range = dictionary.range().ge(word.as_bytes());
    let mut terms = range.into_stream().map_err(TantivyError::from)?;
    let mut found = Vec::new();
    while found.len() < PREFIX_TERMS_MAX
        && terms.advance()
        && terms.key().starts_with(word.as_bytes())
    {
        found.push((
            terms.value().clone(),
            prefix_penalty(word, terms.key().len()),
        ));
    }
    Ok(found)
}

/// A word that is whole beats one that is only begun; the more is missing, the less it counts,
/// down to one half.
fn prefix_penalty(word: &str, term_bytes: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "words are at most 64 bytes long"
    )]
    let share = word.len() as f64 / term_bytes as f64;
    0.5 + share / 2.0
}

/// The inverse document frequency of BM25, which is never negative in this form (Lucene's).
fn idf(with_word: u64, documents: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (with_word, documents) = (with_word as f64, documents as f64);
    (1.0 + (documents - with_word + 0.5) / (with_word + 0.5)).ln()
}
