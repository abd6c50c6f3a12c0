//! Which words must a match hold?
//!
//! Those that are required. Where none is, a match holds one at least; and where that is since too few
//! hold all, so many that together they say a third of what is asked.

use super::{Text, Word};
use crate::query::MatchMode;

/// A match that need hold no one word holds words that say so much of the query. With half, two of three
/// words that say the same would be needed; with less, the commonest of two words might do, and
/// "institute bombay" would find every institute.
const SHARE_LEAST: f64 = 1.0 / 3.0;

/// Far more than sums in another order are off by.
const ROUNDING: f64 = 1e-9;

impl Text {
    /// The words that matches need not hold, since too few hold all.
    pub(crate) fn optional_words(&self) -> Vec<String> {
        let words = self.words.iter();
        let optional = words.filter(|word| self.may_give_up() && !word.is_required);
        let mut words: Vec<(usize, String)> = optional
            .map(|word| (word.number, word.word.clone()))
            .collect();
        words.dedup();
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// The same as [`SearchAfter`](crate::query::SearchAfter) has it.
    pub(crate) fn optional_words_bits(&self) -> u32 {
        let words = self.words.iter().filter(|word| !word.is_required);
        words.fold(0, |bits, word| bits | 1 << word.number)
    }

    /// Lets matches lack any word that is not in quotes, as long as the others say enough: how common a
    /// word is does not tell whether it is the wrong one. `false` if nothing can be given up.
    pub(crate) fn give_words_up(&mut self) -> bool {
        let is_plain = |word: &&Word| word.is_required && !word.is_quoted;
        let mut plain = self.words.iter().filter(is_plain);
        let Some(first) = plain.next() else {
            return false;
        };
        // The only word that says anything is needed.
        let is_only = plain.all(|word| word.number == first.number);
        if !self.may_give_up() || is_only && !self.words.iter().any(|word| word.is_quoted) {
            return false;
        }
        for word in &mut self.words {
            word.is_required &= word.is_quoted;
        }
        true
    }

    /// What no document holds is the first that matches need not hold.
    pub(super) fn give_up_what_nobody_has(&mut self) {
        let is_known = |word: &Word| !word.terms.is_empty() || word.is_quoted;
        if self.may_give_up() && self.words.iter().any(is_known) {
            for word in &mut self.words {
                word.is_required &= is_known(word);
            }
        }
    }

    /// How much the words of a match say at least, as a sum of their frequencies' inverses.
    pub(super) fn idf_least(&self) -> f64 {
        if self.may_give_up() && !self.words.iter().any(|word| word.is_required) {
            self.third()
        } else {
            0.0
        }
    }

    /// The words by which matches are looked for: a match holds all of them if they are required, else
    /// one at least, since what the other words say is not enough.
    pub(super) fn leading(&self) -> Vec<usize> {
        let mut words: Vec<usize> = (0..self.words.len()).collect();
        if self.words.iter().any(|word| word.is_required) {
            words.retain(|&at| self.words[at].is_required);
            return words;
        }
        let least = self.idf_least();
        let mut others = 0.0;
        words.sort_by(|&a, &b| self.words[a].idf.total_cmp(&self.words[b].idf));
        words.retain(|&at| {
            others += self.words[at].idf;
            others > 0.0 && others >= least
        });
        words
    }

    /// Whether a segment may hold a match, as far as words tell.
    pub(super) fn may_match(&self, segment: usize) -> bool {
        let leading = self.leading();
        let mut leading = leading.iter().map(|&at| &self.words[at]);
        let is_there = |word: &Word| !word.segments[segment].terms.is_empty();
        if self.words.iter().any(|word| word.is_required) {
            leading.all(is_there)
        } else {
            leading.any(is_there)
        }
    }

    /// At most so many documents match: of each segment as many as hold the rarest of the words that must
    /// be there, or one of those of which one must be.
    pub(crate) fn matches_at_most(&self) -> u64 {
        let leading = self.leading();
        let is_any = !self.words.iter().any(|word| word.is_required);
        let segments = self.words.first().map_or(0, |word| word.segments.len());
        let of_segment = |segment: usize| -> u64 {
            let words = leading.iter().map(|&at| &self.words[at].segments[segment]);
            let documents = words.map(|word| -> u64 {
                let terms = word.terms.iter();
                terms.map(|(term, _)| u64::from(term.doc_freq)).sum()
            });
            if is_any {
                documents.sum()
            } else {
                documents.min().unwrap_or(0)
            }
        };
        (0..segments).map(of_segment).sum()
    }

    fn may_give_up(&self) -> bool {
        matches!(self.mode, MatchMode::Relaxed { .. })
    }

    /// The least that the words of a match say where none is required. What says most is always
    /// enough, so that giving up words never loses a match.
    fn third(&self) -> f64 {
        let most = self.words.iter().map(|word| word.idf).fold(0.0, f64::max);
        most.min(SHARE_LEAST * self.idf_total) * (1.0 - ROUNDING)
    }
}
