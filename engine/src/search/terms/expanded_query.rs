//! Which documents hold the words, and how well?
//!
//! The text component is BM25 (k1 1.2, b 0.4) over the query's largest possible BM25:
//!
//! ```text
//! sum(weight(word) * penalty * tf / (tf + k1 * (1 - b + b * length / average))) / sum(weight(word))
//! ```
//!
//! with weight(word) = 1 + idf(word), and tf and length counted with the weights of the texts. The names of
//! tags are no part of the length: a room that offers more fits no worse. A word may stand for several
//! terms of the dictionary, each with a penalty in (0, 1]: the best of them counts. A word that stands for
//! none is missing from both sums, since no document could have it.

mod completions;
mod correct;
mod dictionary;
mod matches;
mod phrase;
mod required;
mod spaces;

use std::io;

use tantivy::TantivyError;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

pub(crate) use completions::Completion;
pub(crate) use correct::correct;
pub(crate) use matches::Matches;

pub(crate) use phrase::Phrase;

use crate::index::{Lengths, Saturation, Segment, SegmentView, Snapshot, StoreError};
use crate::query::{MatchMode, SearchAfter, Words};
use dictionary::{Dictionaries, Meanings, Term};
use matches::{Access, WordMatches};

const K1: f64 = 1.2;
/// How much the length of the texts counts. Titles are short, and a long one is no worse for it: with the
/// 0.75 that is usual for pages, a short title that lacks a word came before a longer one that has all.
const B: f64 = 0.4;

/// What a word counts besides its inverse document frequency. One that nearly all have was asked for as
/// well, and the beginning of a word has many documents, whatever it becomes: without this they would
/// count next to nothing, and one rare word more than all others together.
const ASKED_FOR: f64 = 1.0;

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
    /// How much all words say.
    idf_total: f64,
    weight_total: f64,
    /// The length part of the BM25 denominator, by the number of a length.
    lengths: Box<Lengths>,
    words_average: f64,
    /// How many terms words may have been meant as and do not stand for, since there are too many.
    expansions_dropped: u64,
    mode: MatchMode,
}

struct Word {
    word: String,
    /// Its place in the query. One that was meant as two is two at the same place.
    number: usize,
    /// Whether a document that lacks it is no match.
    is_required: bool,
    /// It is required, come what may.
    is_quoted: bool,
    /// How much it says, above 0; 0 if it stands for nothing.
    idf: f64,
    /// What the word stands for.
    terms: Vec<Term>,
    /// For each segment, those that occur there.
    segments: Vec<SegmentTerms>,
}

struct SegmentTerms {
    /// Each with its penalty, the phrases last; of a phrase its rarest word.
    terms: Vec<(TermInfo, f64)>,
    /// The words of each phrase.
    phrases: Vec<Vec<TermInfo>>,
    /// For each, where it stands in the word's own list.
    places: Vec<usize>,
}

impl Text {
    /// Looks the words up for the page behind `after`, which goes by the words that the page before
    /// went by.
    pub(crate) fn look_up(
        words: &Words,
        snapshot: &Snapshot,
        after: Option<SearchAfter>,
    ) -> Result<Text, StoreError> {
        let optional = match words.mode() {
            MatchMode::All => 0,
            MatchMode::Relaxed { .. } => after.map_or(0, |after| after.optional_words),
            MatchMode::Any => u32::MAX,
        };
        let statistics = snapshot.statistics;
        let dictionaries = Dictionaries::of(snapshot);
        let mut found = Vec::new();
        let mut expansions_dropped = 0;
        for meanings in dictionaries.look_up_all(words)? {
            expansions_dropped += meanings.left_out;
            let documents = meanings.documents().min(statistics.documents);
            let segments = 0..snapshot.segments.len();
            found.push(Word {
                number: meanings.number,
                is_required: meanings.is_quoted || optional >> meanings.number & 1 == 0,
                is_quoted: meanings.is_quoted,
                idf: match documents {
                    0 => 0.0,
                    _ => idf(documents, statistics.documents),
                },
                segments: segments.map(|at| meanings.in_segment(at)).collect(),
                word: meanings.word,
                terms: meanings.terms,
            });
        }
        let lengths = (0..=255).map(|number| {
            let length = f64::from(FieldNormReader::id_to_fieldnorm(number));
            K1 * (1.0 - B + B * length / statistics.words_average.max(1.0))
        });
        let lengths: Vec<f64> = lengths.collect();
        let mut text = Text {
            idf_total: found.iter().map(|word| word.idf).sum(),
            weight_total: found.iter().map(Word::weight).sum(),
            words: found,
            lengths: lengths.try_into().unwrap_or_else(|_| Box::new([K1; 256])),
            words_average: statistics.words_average,
            expansions_dropped,
            mode: words.mode(),
        };
        text.give_up_what_nobody_has();
        Ok(text)
    }

    /// What each word stands for, with the penalties.
    pub(crate) fn meanings(&self) -> impl Iterator<Item = impl Iterator<Item = (&str, f64)>> {
        let words = self.words.iter();
        words.map(|word| {
            let terms = word.terms.iter();
            terms.map(|term| (term.text.as_str(), term.penalty))
        })
    }

    pub(crate) fn expansions_dropped(&self) -> u64 {
        self.expansions_dropped
    }

    /// How many searches did without the bounds of some word of a segment so far.
    pub(crate) fn misses(&self, segment: usize, view: &SegmentView) -> u32 {
        let cache = &view.segment.word_bounds;
        let terms = self.words.iter().map(|word| &word.segments[segment].terms);
        let misses = terms
            .filter(|terms| !terms.is_empty())
            .map(|terms| cache.miss(terms));
        misses.flatten().max().unwrap_or(u32::MAX)
    }

    /// The matches in one segment, from the first one on; `None` if there is none, as far as words
    /// tell.
    pub(crate) fn matches(
        &self,
        segment: usize,
        view: &SegmentView,
    ) -> Result<Option<Matches<'_>>, StoreError> {
        if !self.may_match(segment) {
            return Ok(None);
        }
        let words = self.open(segment, view)?;
        Ok(Some(Matches::new(self, words, view).begin()))
    }

    /// The same with the bounds of every word, to go from leaf to leaf; `None` as well if `is_over` says
    /// that there is no time to make them.
    pub(crate) fn matches_by_bounds(
        &self,
        segment: usize,
        view: &SegmentView,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Matches<'_>>, StoreError> {
        if !self.may_match(segment) {
            return Ok(None);
        }
        let cache = &view.segment.word_bounds;
        let saturation = Saturation {
            lengths: &self.lengths,
            words_average: self.words_average,
        };
        let words = self.open_with(segment, view, |terms| {
            let bounds =
                cache.get_or_make(view.segment.term_source(), terms, &saturation, is_over)?;
            Ok(bounds.map(Access::ByBounds))
        })?;
        Ok(words.map(|words| Matches::new(self, words, view)))
    }

    /// The text component of one document, which need not hold every word.
    pub(crate) fn value_of(
        &self,
        segment: usize,
        view: &SegmentView,
        doc: u32,
    ) -> Result<f64, StoreError> {
        let mut words = self.open(segment, view)?;
        for word in &mut words {
            word.look(doc);
        }
        Ok(self.value(&words, &view.segment, doc))
    }

    /// What the words were taken for in one document, which need not hold every word.
    pub(crate) fn explain(
        &self,
        segment: usize,
        view: &SegmentView,
        doc: u32,
    ) -> Result<Vec<MatchedWord>, StoreError> {
        let length = self.length(&view.segment, doc);
        let mut matched = Vec::new();
        for (word, mut matches) in self.words.iter().zip(self.open(segment, view)?) {
            matches.look(doc);
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
        let index = view.segment.terms.index();
        let opened = self.open_with(segment, view, |terms| {
            let postings = terms.iter().map(|(term, _)| {
                index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
            });
            let postings: io::Result<Vec<SegmentPostings>> = postings.collect();
            let postings = postings.map_err(TantivyError::from)?;
            Ok(Some(Access::Forward(postings)))
        })?;
        Ok(opened.unwrap_or_default())
    }

    /// `None` if one of them can't be read.
    fn open_with(
        &self,
        segment: usize,
        view: &SegmentView,
        mut access: impl FnMut(&[(TermInfo, f64)]) -> Result<Option<Access>, StoreError>,
    ) -> Result<Option<Vec<WordMatches<'_>>>, StoreError> {
        let index = view.segment.terms.index();
        let mut opened = Vec::with_capacity(self.words.len());
        for word in &self.words {
            let here = &word.segments[segment];
            let phrases = here.phrases.iter().map(|words| Phrase::open(index, words));
            let phrases: io::Result<Vec<Phrase>> = phrases.collect();
            let phrases = phrases.map_err(TantivyError::from)?;
            let Some(access) = access(&here.terms)? else {
                return Ok(None);
            };
            opened.push(WordMatches::new(word, &here.terms, phrases, access));
        }
        Ok(Some(opened))
    }

    fn length(&self, segment: &Segment, doc: u32) -> f64 {
        self.lengths[usize::from(segment.columns.lengths[doc as usize])]
    }

    fn value(&self, words: &[WordMatches<'_>], segment: &Segment, doc: u32) -> f64 {
        let length = self.length(segment, doc);
        let sum: f64 = words.iter().map(|word| word.value(doc, length)).sum();
        // No word stands for anything.
        if self.weight_total > 0.0 {
            sum / self.weight_total
        } else {
            0.0
        }
    }
}

impl Word {
    /// Nothing if it stands for nothing.
    fn weight(&self) -> f64 {
        if self.idf > 0.0 {
            ASKED_FOR + self.idf
        } else {
            0.0
        }
    }
}

impl Meanings {
    fn in_segment(&self, segment: usize) -> SegmentTerms {
        let mut here = SegmentTerms {
            terms: Vec::new(),
            phrases: Vec::new(),
            places: Vec::new(),
        };
        let terms = || self.terms.iter().enumerate();
        let words = terms().filter(|(_, term)| term.phrase.is_empty());
        let phrases = terms().filter(|(_, term)| !term.phrase.is_empty());
        for (place, term) in words.chain(phrases) {
            if let Some(postings) = &term.postings[segment] {
                here.terms.push((postings.clone(), term.penalty));
                here.phrases.extend(term.phrase.get(segment).cloned());
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
