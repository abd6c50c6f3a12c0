//! Which terms may a word have been meant as?
//!
//! Those that are the word but for the typos it may have, where it may be a beginning those that begin
//! so, and the one that it makes with its neighbour. At most [`TERMS_MAX`] count, the same ones in every segment: with the fewest typos
//! first, then in the most documents. Each has a penalty, so that what is written beats what may
//! be meant.

use std::cmp::Reverse;
use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::termdict::TermStreamer;
use tantivy::{InvertedIndexReader, TantivyError};

use super::edits::{Distance, Edits};
use crate::index::{Snapshot, StoreError};
use crate::query::{Typos, Wanted, Words};

/// A word stands for at most so many terms.
const TERMS_MAX: usize = 50;

/// What a word counts that has 0, 1 or 2 typos.
const TYPO_PENALTIES: [f64; 3] = [1.0, 0.7, 0.5];

/// What a word counts that begins with another letter than the one that is meant: people seldom
/// mistake the first one.
const FIRST_LETTER_PENALTY: f64 = 0.9;

/// What a word counts that is written as one with its neighbour: a space is seldom meant.
const JOINED_PENALTY: f64 = 0.9;

/// A term that a word stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) typos: u8,
    pub(super) penalty: f64,
    /// How many documents hold it.
    pub(super) documents: u64,
    /// By segment: where its postings are.
    pub(super) postings: Vec<Option<TermInfo>>,
}

/// The terms of a word, the best first.
pub(super) struct Meanings {
    pub(super) terms: Vec<Term>,
    /// How many more there would be.
    pub(super) left_out: u64,
}

/// The dictionaries of a snapshot's segments.
pub(super) struct Dictionaries(Vec<Arc<InvertedIndexReader>>);

/// Terms with a lower rank are looked up first: typos, whether it is more or less than what was
/// written, and documents.
type Rank = (u8, bool, Reverse<u64>);

impl Dictionaries {
    pub(super) fn of(snapshot: &Snapshot) -> Result<Dictionaries, StoreError> {
        let field = snapshot.fields.text;
        let segments = snapshot.segments.iter();
        let indexes: tantivy::Result<Vec<_>> = segments
            .map(|view| view.reader.inverted_index(field))
            .collect();
        Ok(Dictionaries(indexes?))
    }

    /// The meanings of each word.
    pub(super) fn look_up_all(&self, words: &Words) -> Result<Vec<Meanings>, StoreError> {
        let found: Result<Vec<Meanings>, StoreError> =
            words.iter().map(|wanted| self.look_up(wanted)).collect();
        let mut found = found?;
        for (first, joined) in words.joined() {
            if let Some(term) = self.exact(&joined)? {
                // It holds both words.
                let term = Term {
                    typos: 1,
                    penalty: JOINED_PENALTY,
                    ..term
                };
                found[first].add(term.clone());
                found[first + 1].add(term);
            }
        }
        Ok(found)
    }

    fn look_up(&self, wanted: Wanted<'_>) -> Result<Meanings, StoreError> {
        let found = if wanted.typos_most(usize::MAX) == 0 && !wanted.is_prefix {
            let terms = self.exact(wanted.word)?.into_iter().collect();
            Meanings { terms, left_out: 0 }
        } else {
            self.like(wanted)?
        };
        Ok(found)
    }

    /// The term that is the word.
    fn exact(&self, word: &str) -> Result<Option<Term>, StoreError> {
        let mut postings = Vec::with_capacity(self.0.len());
        for index in &self.0 {
            let found = index.terms().get(word).map_err(TantivyError::from)?;
            postings.push(found);
        }
        let documents = postings.iter().flatten().map(documents).sum();
        let term = Term {
            text: word.to_owned(),
            typos: 0,
            penalty: 1.0,
            documents,
            postings,
        };
        Ok((documents > 0).then_some(term))
    }

    /// The terms that the word may have been meant as: a walk along all dictionaries at once, in the
    /// order of the alphabet.
    fn like(&self, wanted: Wanted<'_>) -> Result<Meanings, StoreError> {
        let letters = wanted.word.chars().count();
        let typos_most = wanted.typos_most(letters + usize::from(Typos::MAX));
        let edits = Edits::new(wanted.word, typos_most, wanted.is_prefix);
        let mut streams = Vec::with_capacity(self.0.len());
        for (segment, index) in self.0.iter().enumerate() {
            let stream = index.terms().search(&edits).into_stream();
            let mut stream = stream.map_err(TantivyError::from)?;
            if stream.advance() {
                streams.push((segment, stream));
            }
        }
        let mut best = Best::new();
        let mut text = Vec::new();
        while let Some(first) = first_of(&streams) {
            text.clear();
            text.extend_from_slice(first);
            let at_text = |stream: &TermStreamer<'_, &Edits>| stream.key() == text;
            let here = streams.iter().filter(|(_, stream)| at_text(stream));
            let documents = here.clone().map(|(_, s)| documents(s.value())).sum();
            // Every term in the dictionary was a word.
            let word = std::str::from_utf8(&text).unwrap_or_default();
            let distance = edits.distance(word).filter(|distance| {
                // What a word goes on with is not missing from it.
                let meant = if distance.goes_on {
                    0
                } else {
                    word.chars().count()
                };
                distance.typos <= wanted.typos_most(meant)
            });
            if let Some(distance) = distance {
                let rank = (distance.typos, word != wanted.word, Reverse(documents));
                best.offer(rank, || {
                    let mut postings = vec![None; self.0.len()];
                    for (segment, stream) in here {
                        postings[*segment] = Some(stream.value().clone());
                    }
                    Term {
                        text: word.to_owned(),
                        typos: distance.typos,
                        penalty: penalty(wanted.word, &edits, word, distance),
                        documents,
                        postings,
                    }
                });
            }
            streams.retain_mut(|(_, stream)| !at_text(stream) || stream.advance());
        }
        Ok(best.into_meanings())
    }
}

impl Meanings {
    /// A term counts once, for what it counts most.
    fn add(&mut self, term: Term) {
        match self.terms.iter_mut().find(|same| same.text == term.text) {
            Some(same) if same.penalty >= term.penalty => {}
            Some(same) => *same = term,
            None => self.terms.push(term),
        }
    }
}

/// The best terms so far. Those of the same rank came in the order of the alphabet, and stay so.
struct Best {
    terms: Vec<(Rank, Term)>,
    offered: u64,
    /// What is no better comes too late.
    worst: Option<Rank>,
}

impl Best {
    fn new() -> Best {
        Best {
            terms: Vec::new(),
            offered: 0,
            worst: None,
        }
    }

    fn offer(&mut self, rank: Rank, term: impl FnOnce() -> Term) {
        self.offered += 1;
        if self.worst.is_none_or(|worst| rank < worst) {
            self.terms.push((rank, term()));
            if self.terms.len() >= 2 * TERMS_MAX {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        self.terms.sort_by_key(|(rank, _)| *rank);
        self.terms.truncate(TERMS_MAX);
        let is_full = self.terms.len() == TERMS_MAX;
        self.worst = self.terms.last().filter(|_| is_full).map(|(rank, _)| *rank);
    }

    fn into_meanings(mut self) -> Meanings {
        self.cut();
        Meanings {
            left_out: self.offered - self.terms.len() as u64,
            terms: self.terms.into_iter().map(|(_, term)| term).collect(),
        }
    }
}

fn first_of<'s>(streams: &'s [(usize, TermStreamer<'_, &Edits>)]) -> Option<&'s [u8]> {
    streams.iter().map(|(_, stream)| stream.key()).min()
}

/// A word that is whole beats one that is only begun; the more is missing, the less it counts, down
/// to four fifths.
fn penalty(word: &str, edits: &Edits, term: &str, distance: Distance) -> f64 {
    let mut penalty = TYPO_PENALTIES[usize::from(distance.typos)];
    if distance.typos > 0 && word.chars().next() != term.chars().next() {
        penalty *= FIRST_LETTER_PENALTY;
    }
    if distance.goes_on {
        #[expect(
            clippy::cast_precision_loss,
            reason = "words are at most 64 bytes long"
        )]
        let share = edits.letters() as f64 / term.chars().count() as f64;
        penalty *= 0.8 + share.min(1.0) / 5.0;
    }
    penalty
}

fn documents(term: &TermInfo) -> u64 {
    u64::from(term.doc_freq)
}
