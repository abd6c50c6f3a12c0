//! How many typos lie between a word and a term?
//!
//! A typo is a letter too much, too few or wrong, or two neighbours that changed places (optimal
//! string alignment). The letters of a term are read one after the other into three sets of bits: how
//! much of the word may have been read with no typo, with one, with two. Some shifts a letter are all it
//! takes. What follows can't come near any more once the sets are empty, or what they leave of the word
//! is too long, too short or of too many other letters.

use super::query_term::{QueryTerm, Typos};
use super::term_tree::Ahead;

const COUNTS: usize = Typos::MAX as usize + 1;

/// What a word counts that has 0, 1 or 2 typos.
const TYPO_PENALTIES: [f64; COUNTS] = [1.0, 0.7, 0.5];

/// What a word counts that is only begun. How much is left to type says nothing of what is meant.
const BEGUN_PENALTY: f64 = 0.9;

/// What a word counts that begins with another letter than the one that is meant: people seldom
/// mistake the first one.
const FIRST_LETTER_PENALTY: f64 = 0.9;

/// More than is ever allowed.
const FAR: u8 = Typos::MAX + 1;

/// A word, to be compared with terms that are the same but for some typos, or that begin so.
pub(crate) struct Edits {
    letters: Vec<char>,
    /// For each letter of ASCII, where in the word it is.
    ascii: Box<[u64; 128]>,
    /// The bits that stand for a part of the word.
    all: u64,
    /// By number of letters: those behind so many.
    behind: Vec<Letters>,
    most: u8,
    is_prefix: bool,
}

/// How far a term is from the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Distance {
    /// Of the whole term, or of its beginning that is nearest where the word may be a beginning.
    pub(crate) typos: u8,
    /// Whether the term goes on behind what is nearest.
    pub(crate) goes_on: bool,
}

/// Some letters. Others than those of the Latin alphabet share their bits, so that one may look as if it
/// were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letters(u32);

/// What has been read, after some letters of a term.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// By typos: bit `n` stands for the first `n` letters of the word.
    read: [u64; COUNTS],
    /// By typos before: bit `n` says that the letter read last is the word's second one behind its
    /// first `n`, and may have changed places with the one that follows.
    swapped: [u64; COUNTS - 1],
    /// The smallest distance of the word from any beginning of the term.
    nearest: u8,
}

impl Letters {
    pub(crate) const NONE: Letters = Letters(0);

    pub(crate) fn with(self, letter: char) -> Letters {
        Letters(self.0 | 1 << (u32::from(letter) % u32::BITS))
    }

    pub(crate) fn or(self, other: Letters) -> Letters {
        Letters(self.0 | other.0)
    }

    /// At most so many letters are not among the others.
    fn missing_in(self, other: Letters) -> u32 {
        (self.0 & !other.0).count_ones()
    }
}

impl Edits {
    /// A longer word does not fit into the sets.
    pub(crate) const CHARS_MAX: usize = 63;

    pub(crate) fn new(word: &str, most: u8, is_prefix: bool) -> Edits {
        debug_assert!(word.chars().count() <= Edits::CHARS_MAX);
        let letters: Vec<char> = word.chars().collect();
        let mut ascii = Box::new([0; 128]);
        for (at, &letter) in letters.iter().enumerate() {
            if let Some(places) = ascii.get_mut(letter as usize) {
                *places |= 1 << at;
            }
        }
        let mut behind = vec![Letters::NONE; letters.len() + 1];
        for (at, &letter) in letters.iter().enumerate().rev() {
            behind[at] = behind[at + 1].with(letter);
        }
        Edits {
            behind,
            all: u64::MAX >> (Edits::CHARS_MAX - letters.len()),
            letters,
            ascii,
            most: most.min(Typos::MAX),
            is_prefix,
        }
    }

    /// The distance of a term; `None` if it is over the limit.
    pub(crate) fn distance(&self, term: &str) -> Option<Distance> {
        let mut state = self.start();
        for letter in term.chars() {
            state = self.read(&state, letter);
        }
        self.distance_at(&state)
    }

    pub(crate) fn start(&self) -> State {
        let mut state = State {
            // Letters may be missing from the beginning.
            read: [0b1, 0b11, 0b111].map(|read| read & self.all),
            swapped: [0; COUNTS - 1],
            nearest: FAR,
        };
        state.nearest = self.whole(&state);
        state
    }

    /// Reads one more letter of a term.
    pub(crate) fn read(&self, state: &State, letter: char) -> State {
        let places = self.places(letter);
        let mut read = [0; COUNTS];
        let mut swapped = [0; COUNTS - 1];
        for typos in 0..COUNTS {
            let mut next = (state.read[typos] & places) << 1;
            if let Some(fewer) = typos.checked_sub(1) {
                let before = state.read[fewer];
                // Too much, wrong, too few, swapped.
                next |= before | before << 1 | read[fewer] << 1;
                next |= (state.swapped[fewer] & places) << 2;
                swapped[fewer] = before & places >> 1;
            }
            read[typos] = next & self.all;
        }
        let mut next = State {
            read,
            swapped,
            nearest: state.nearest,
        };
        next.nearest = state.nearest.min(self.whole(&next));
        next
    }

    /// The distance of a term that ends here; `None` if it is over the limit.
    pub(crate) fn distance_at(&self, state: &State) -> Option<Distance> {
        let whole = self.whole(state);
        let typos = if self.is_prefix { state.nearest } else { whole };
        (typos <= self.most).then_some(Distance {
            typos,
            goes_on: whole > typos,
        })
    }

    /// Whether a term that goes on in one of some ways may be within the limit.
    pub(crate) fn may_match(&self, state: &State, ahead: Ahead) -> bool {
        if self.is_prefix && state.nearest <= self.most {
            return true;
        }
        let letters = self.letters.len();
        (0..=self.most).any(|typos| {
            let read = state.read[usize::from(typos)];
            let left = usize::from(self.most - typos);
            // What is left of the word may be so much longer or shorter than what is left of the term.
            let fewest = letters.saturating_sub(usize::from(ahead.longest) + left);
            let most = if self.is_prefix {
                Some(letters)
            } else {
                (letters + left).checked_sub(ahead.shortest.into())
            };
            if most.is_none_or(|most| read & bits(fewest, most) == 0) {
                return false;
            }
            // Of two that changed places the second one was read.
            let swapped = typos
                .checked_sub(1)
                .map_or(0, |fewer| state.swapped[usize::from(fewer)] << 2);
            let furthest = (read | swapped & self.all).ilog2();
            self.behind[furthest as usize].missing_in(ahead.letters) <= u32::from(self.most - typos)
        })
    }

    /// Where in the word the letter is.
    fn places(&self, letter: char) -> u64 {
        match self.ascii.get(letter as usize) {
            Some(places) => *places,
            None => (0..)
                .zip(&self.letters)
                .filter(|(_, other)| **other == letter)
                .fold(0, |places, (at, _)| places | 1 << at),
        }
    }

    /// The distance of the whole word from the term so far.
    fn whole(&self, state: &State) -> u8 {
        let end = 1 << self.letters.len();
        let mut read = (0..).zip(&state.read);
        let fewest = read.find(|(_, read)| **read & end != 0);
        fewest.map_or(FAR, |(typos, _)| typos)
    }
}

/// The bits from one to another, both included.
fn bits(first: usize, last: usize) -> u64 {
    if first > last || first >= 64 {
        return 0;
    }
    u64::MAX << first & u64::MAX >> (63 - last.min(63))
}

impl Distance {
    /// Whether a word may be so far from a term.
    pub(crate) fn is_allowed(self, term: QueryTerm<'_>, target: &str) -> bool {
        // What a word goes on with is not missing from it.
        let meant = || match self.goes_on {
            true => 0,
            false => target.chars().count(),
        };
        self.typos == 0 || self.typos <= term.typos_max(meant())
    }

    /// What a term counts that a word may have been meant as and that is so far from it; 1 for the word
    /// itself.
    pub(crate) fn penalty(self, word: &str, term: &str) -> f64 {
        let mut penalty = TYPO_PENALTIES[usize::from(self.typos)];
        if self.typos > 0 && word.chars().next() != term.chars().next() {
            penalty *= FIRST_LETTER_PENALTY;
        }
        if self.goes_on {
            penalty *= BEGUN_PENALTY;
        }
        penalty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table as a book has it.
    fn table(word: &str, term: &str) -> Vec<usize> {
        let (word, term): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
        let mut rows = vec![(0..=word.len()).collect::<Vec<usize>>()];
        for i in 1..=term.len() {
            let mut row = vec![i];
            for j in 1..=word.len() {
                let is_same = word[j - 1] == term[i - 1];
                let mut least = (rows[i - 1][j] + 1)
                    .min(row[j - 1] + 1)
                    .min(rows[i - 1][j - 1] + usize::from(!is_same));
                if i > 1 && j > 1 && word[j - 1] == term[i - 2] && word[j - 2] == term[i - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                row.push(least);
            }
            rows.push(row);
        }
        rows.iter().map(|row| row[word.len()]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

        #[test]
        fn a_term_is_as_far_as_the_table_says(
            word in "[abcéक]{1,9}",
            term in "[abcéक]{1,9}",
            most in 0u8..=2,
        ) {
            let table = table(&word, &term);
            let whole = table[term.chars().count()];
            let nearest = *table.iter().min().unwrap();
            for (is_prefix, typos) in [(false, whole), (true, nearest)] {
                let edits = Edits::new(&word, most, is_prefix);
                let expected = (typos <= usize::from(most)).then(|| Distance {
                    typos: u8::try_from(typos).unwrap(),
                    goes_on: whole > typos,
                });
                prop_assert_eq!(edits.distance(&term), expected);
            }
        }
    }

    #[test]
    fn neighbours_that_changed_places_are_one_typo() {
        let edits = Edits::new("hostel", 2, false);
        let typos = |term| edits.distance(term).map(|distance| distance.typos);
        assert_eq!(typos("hostle"), Some(1));
        assert_eq!(typos("ohstle"), Some(2));
        assert_eq!(typos("hotel"), Some(1));
        assert_eq!(typos("hospital"), None);
    }
}
