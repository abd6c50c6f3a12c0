//! How many typos lie between a word and a term?
//!
//! A typo is a letter too much, too few or wrong, or two neighbours that changed places (optimal
//! string alignment). A dictionary is a tree of letters, and this automaton goes along its branches
//! with three sets of bits: how much of the word may have been read with no typo, with one, with two.
//! A branch is left once the sets are empty. Some shifts a letter are all it takes.

use tantivy_fst::Automaton;

use crate::query::{Typos, Wanted};

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

/// Accepts the terms that are a word but for some typos, or that begin so.
pub(crate) struct Edits {
    letters: Vec<u32>,
    /// For each letter of ASCII, where in the word it is.
    ascii: Box<[u64; 128]>,
    /// The bits that stand for a part of the word.
    all: u64,
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

/// What has been read, after some bytes of a term.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// By typos: bit `n` stands for the first `n` letters of the word.
    read: [u64; COUNTS],
    /// By typos before: bit `n` says that the letter read last is the word's second one behind its
    /// first `n`, and may have changed places with the one that follows.
    swapped: [u64; COUNTS - 1],
    /// The smallest distance of the word from any beginning of the term.
    nearest: u8,
    /// A letter that some bytes are missing from.
    begun: u32,
    bytes_missing: u8,
}

impl Edits {
    /// A longer word does not fit into the sets.
    pub(crate) const LETTERS_MAX: usize = 63;

    pub(crate) fn new(word: &str, most: u8, is_prefix: bool) -> Edits {
        debug_assert!(word.chars().count() <= Edits::LETTERS_MAX);
        let letters: Vec<u32> = word.chars().map(u32::from).collect();
        let mut ascii = Box::new([0; 128]);
        for (at, &letter) in letters.iter().enumerate() {
            if let Some(places) = ascii.get_mut(letter as usize) {
                *places |= 1 << at;
            }
        }
        Edits {
            all: u64::MAX >> (Edits::LETTERS_MAX - letters.len()),
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
            state = self.read(&state, u32::from(letter));
        }
        let whole = self.whole(&state);
        let typos = if self.is_prefix { state.nearest } else { whole };
        (typos <= self.most).then_some(Distance {
            typos,
            goes_on: whole > typos,
        })
    }

    /// The same within the typos that the word, which this was made of, may have for such a term.
    pub(crate) fn allowed(&self, wanted: Wanted<'_>, term: &str) -> Option<Distance> {
        self.distance(term).filter(|distance| {
            // What a word goes on with is not missing from it.
            let meant = if distance.goes_on {
                0
            } else {
                term.chars().count()
            };
            distance.typos <= wanted.typos_most(meant)
        })
    }

    fn read(&self, state: &State, letter: u32) -> State {
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
            ..*state
        };
        next.nearest = state.nearest.min(self.whole(&next));
        next
    }

    /// Where in the word the letter is.
    fn places(&self, letter: u32) -> u64 {
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

    /// The fewest typos so far: what follows takes none away.
    fn least(state: &State) -> u8 {
        let mut read = (0..).zip(&state.read);
        let fewest = read.find(|(_, read)| **read != 0);
        fewest.map_or(FAR, |(typos, _)| typos)
    }
}

impl Distance {
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

impl Automaton for Edits {
    type State = State;

    fn start(&self) -> State {
        let mut state = State {
            // Letters may be missing from the beginning.
            read: [0b1, 0b11, 0b111].map(|read| read & self.all),
            swapped: [0; COUNTS - 1],
            nearest: FAR,
            begun: 0,
            bytes_missing: 0,
        };
        state.nearest = self.whole(&state);
        state
    }

    fn is_match(&self, state: &State) -> bool {
        let typos = if self.is_prefix {
            state.nearest
        } else {
            self.whole(state)
        };
        state.bytes_missing == 0 && typos <= self.most
    }

    fn can_match(&self, state: &State) -> bool {
        Edits::least(state) <= self.most || self.is_prefix && state.nearest <= self.most
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        // Nothing that follows comes nearer.
        if self.is_prefix && state.nearest <= Edits::least(state).min(self.most) {
            return *state;
        }
        let (begun, bytes_missing) = match byte {
            0..0x80 => (u32::from(byte), 0),
            0x80..0xC0 => (
                state.begun << 6 | u32::from(byte & 0x3F),
                state.bytes_missing.saturating_sub(1),
            ),
            0xC0..0xE0 => (u32::from(byte & 0x1F), 1),
            0xE0..0xF0 => (u32::from(byte & 0x0F), 2),
            _ => (u32::from(byte & 0x07), 3),
        };
        if bytes_missing > 0 {
            return State {
                begun,
                bytes_missing,
                ..*state
            };
        }
        State {
            begun: 0,
            bytes_missing: 0,
            ..self.read(state, begun)
        }
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

    fn accepts(edits: &Edits, term: &str) -> bool {
        let mut state = edits.start();
        for byte in term.bytes() {
            if !edits.can_match(&state) {
                return false;
            }
            state = edits.accept(&state, byte);
        }
        edits.is_match(&state)
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
                prop_assert_eq!(accepts(&edits, &term), expected.is_some());
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
