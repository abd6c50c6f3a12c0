//! What may a word have been meant as that has a space too much or too few?
//!
//! Neighbours may be one word. A word that is no term may be two, and one that few documents hold may be
//! two as well, next to each other.

use super::dictionary::{Dictionaries, Meanings, Term};
use crate::index::StoreError;
use crate::query::{Wanted, Words};

/// What a word counts that has a space too much or too few: nobody means much by one.
const SPACE_PENALTY: f64 = 0.9;

/// What the two words count that one without a space is taken for, although some write it so: less, lest
/// two words that stand in several texts beat the one that was typed and stands in one.
const APART_PENALTY: f64 = 0.8;

/// In so many times as many documents the two words have to be.
const FAR_MORE: u64 = 10;

impl Dictionaries<'_> {
    /// Adds what neighbours make as one word.
    pub(super) fn join(&self, words: &Words, found: &mut [Meanings]) -> Result<(), StoreError> {
        for (first, joined) in words.joined() {
            if let Some(term) = self.exact(&joined)? {
                // It holds both words.
                let term = term.with_other_spaces();
                found[first].add(term.clone());
                found[first + 1].add(term);
            }
        }
        Ok(())
    }

    /// The two terms that a word is without the space between them: those that most documents may
    /// hold, and more than hold anything else that it may have been meant as. A word that is, or begins,
    /// a term is no two.
    pub(super) fn split(
        &self,
        wanted: Wanted<'_>,
        meanings: &Meanings,
    ) -> Result<Option<[Term; 2]>, StoreError> {
        if wanted.typos.max == 0
            || meanings.is_quoted
            || meanings.terms.iter().any(|term| term.typos == 0)
        {
            return Ok(None);
        }
        let others = meanings.terms.iter().map(|term| term.documents);
        let halves = self.halves(wanted.word, others.max().unwrap_or(0))?;
        Ok(halves.map(|halves| halves.map(Term::with_other_spaces)))
    }

    /// Adds the two words that one is without the space between them, next to each other, where far fewer
    /// documents hold it than may hold those: "eastvillage" is in some titles, and East Village in many.
    pub(super) fn take_apart(
        &self,
        wanted: Wanted<'_>,
        meanings: &mut Meanings,
    ) -> Result<(), StoreError> {
        let mut terms = meanings.terms.iter();
        let Some(whole) = terms.find(|term| term.text == wanted.word) else {
            return Ok(());
        };
        let documents = FAR_MORE * whole.documents;
        let is_forgiven = wanted.typos_most(usize::MAX) > 0 && !meanings.is_quoted;
        if is_forgiven
            && documents <= self.documents
            && let Some(halves) = self.halves(wanted.word, documents - 1)?
            && let Some(phrase) = self.phrase(&halves.map(|half| half.text))?
        {
            meanings.add(Term {
                penalty: APART_PENALTY,
                ..phrase.with_other_spaces()
            });
        }
        Ok(())
    }

    /// The two terms that make a word, if more than so many documents may hold both; of several such pairs
    /// the one that most may hold.
    fn halves(&self, word: &str, mut documents: u64) -> Result<Option<[Term; 2]>, StoreError> {
        let mut best = None;
        let letters = word.chars().count();
        let places = word.char_indices().skip(2);
        // Both halves have two letters at least.
        for (at, _) in places.take(letters.saturating_sub(3)) {
            let (first, second) = word.split_at(at);
            let Some(first) = self.exact(first)? else {
                continue;
            };
            let Some(second) = self.exact(second)? else {
                continue;
            };
            let with_both = first.documents.min(second.documents);
            if with_both > documents {
                documents = with_both;
                best = Some([first, second]);
            }
        }
        Ok(best)
    }
}

impl Term {
    fn with_other_spaces(self) -> Term {
        Term {
            typos: 1,
            penalty: SPACE_PENALTY,
            ..self
        }
    }
}
