//! Edit distance between a query term and the terms of a dictionary.
//!
//! A typo is an inserted, deleted or replaced character, or two swapped neighbours (optimal string
//! alignment). The automaton reads a term character by character and keeps three bit sets: the
//! lengths of the word's prefixes that what was read so far can stand for with no typo, one or two.
//! A few shifts compute the next state. No continuation can match once the sets are empty, or once
//! the rest of the word differs too much in length or in its characters from what a dictionary
//! still offers.

use super::query_term::{QueryTerm, Typos};

const COUNTS: usize = Typos::MAX as usize + 1;

/// The factor for a term with 0, 1 or 2 typos.
const TYPO_PENALTIES: [f64; COUNTS] = [1.0, 0.7, 0.5];

/// The factor for a term of which the word is a proper prefix. It does not depend on the length of
/// the rest, which says nothing about relevance.
const PREFIX_PENALTY: f64 = 0.9;

/// The factor for a typo in the first character, where people seldom make one.
const FIRST_CHARACTER_PENALTY: f64 = 0.9;

/// More typos than any limit.
const FAR: u8 = Typos::MAX + 1;

/// An automaton that accepts the terms within some typos of a word, or of which a prefix is.
pub(crate) struct TypoAutomaton {
    characters: Vec<char>,
    /// By ASCII character: the positions in the word where it occurs.
    ascii_positions: Box<[u64; 128]>,
    /// A bit for each length of a prefix of the word.
    all: u64,
    /// By length of a prefix: the characters behind it.
    rest: Vec<CharSet>,
    typos_max: u8,
    is_prefix: bool,
}

/// The distance of a term from the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Distance {
    /// Of the whole term, or of its nearest prefix where the word may be a prefix.
    pub(crate) typos: u8,
    /// Whether the term continues behind its nearest prefix.
    pub(crate) continues: bool,
}

/// A set of characters, a bit each. Characters outside of the Latin alphabet share bits, so the set
/// may seem to contain one that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CharSet(u32);

/// Bounds of what follows a dictionary node: the suffixes of the terms below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuffixBounds {
    pub(crate) characters: CharSet,
    /// The length of the shortest suffix, 0 if a term ends here.
    pub(crate) length_min: u8,
    /// The length of the longest suffix, 255 for that and more.
    pub(crate) length_max: u8,
}

/// The state after some characters of a term.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// By typos: bit `n` is set if the characters read can stand for the first `n` of the word.
    read: [u64; COUNTS],
    /// By typos before: bit `n` is set if the last character read is the second one behind the
    /// first `n` of the word, and may be swapped with the next one.
    swapped: [u64; COUNTS - 1],
    /// The smallest distance of the word from a prefix of the term.
    nearest: u8,
}

impl CharSet {
    pub(crate) const EMPTY: CharSet = CharSet(0);

    pub(crate) fn with(self, character: char) -> CharSet {
        CharSet(self.0 | 1 << (u32::from(character) % u32::BITS))
    }

    pub(crate) fn union(self, other: CharSet) -> CharSet {
        CharSet(self.0 | other.0)
    }

    /// A lower bound of the characters that are missing in `other`.
    fn missing_in(self, other: CharSet) -> u32 {
        (self.0 & !other.0).count_ones()
    }
}

impl SuffixBounds {
    /// The bounds of no suffix at all.
    pub(crate) const EMPTY: SuffixBounds = SuffixBounds {
        characters: CharSet::EMPTY,
        length_min: u8::MAX,
        length_max: 0,
    };

    /// The bounds of the suffixes with a character in front of each.
    pub(crate) fn behind(self, character: char) -> SuffixBounds {
        SuffixBounds {
            characters: self.characters.with(character),
            length_min: self.length_min.saturating_add(1),
            length_max: self.length_max.saturating_add(1),
        }
    }

    pub(crate) fn merge(&mut self, other: SuffixBounds) {
        self.characters = self.characters.union(other.characters);
        self.length_min = self.length_min.min(other.length_min);
        self.length_max = self.length_max.max(other.length_max);
    }
}

impl TypoAutomaton {
    /// The longest word whose prefixes fit into the bit sets.
    pub(crate) const CHARS_MAX: usize = 63;

    pub(crate) fn new(word: &str, typos_max: u8, is_prefix: bool) -> TypoAutomaton {
        debug_assert!(word.chars().count() <= TypoAutomaton::CHARS_MAX);
        let characters: Vec<char> = word.chars().collect();
        let mut ascii_positions = Box::new([0; 128]);
        for (at, &character) in characters.iter().enumerate() {
            if let Some(positions) = ascii_positions.get_mut(character as usize) {
                *positions |= 1 << at;
            }
        }
        let mut rest = vec![CharSet::EMPTY; characters.len() + 1];
        for (at, &character) in characters.iter().enumerate().rev() {
            rest[at] = rest[at + 1].with(character);
        }
        TypoAutomaton {
            rest,
            all: u64::MAX >> (TypoAutomaton::CHARS_MAX - characters.len()),
            characters,
            ascii_positions,
            typos_max: typos_max.min(Typos::MAX),
            is_prefix,
        }
    }

    /// The distance of a term; `None` if it has too many typos.
    pub(crate) fn distance(&self, term: &str) -> Option<Distance> {
        let mut state = self.start();
        for character in term.chars() {
            state = self.step(&state, character);
        }
        self.distance_at(&state)
    }

    pub(crate) fn start(&self) -> State {
        let mut state = State {
            // The first characters may be missing.
            read: [0b1, 0b11, 0b111].map(|read| read & self.all),
            swapped: [0; COUNTS - 1],
            nearest: FAR,
        };
        state.nearest = self.whole(&state);
        state
    }

    /// The state after one more character of a term.
    #[inline]
    pub(crate) fn step(&self, state: &State, character: char) -> State {
        let positions = self.positions(character);
        let mut read = [0; COUNTS];
        let mut swapped = [0; COUNTS - 1];
        for typos in 0..COUNTS {
            let mut next = (state.read[typos] & positions) << 1;
            if let Some(fewer) = typos.checked_sub(1) {
                let before = state.read[fewer];
                // Inserted, replaced, deleted, swapped.
                next |= before | before << 1 | read[fewer] << 1;
                next |= (state.swapped[fewer] & positions) << 2;
                swapped[fewer] = before & positions >> 1;
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

    /// The distance of a term that ends here; `None` if it has too many typos.
    pub(crate) fn distance_at(&self, state: &State) -> Option<Distance> {
        let whole = self.whole(state);
        let typos = if self.is_prefix { state.nearest } else { whole };
        (typos <= self.typos_max).then_some(Distance {
            typos,
            continues: whole > typos,
        })
    }

    /// Whether a term that continues within these bounds may match.
    #[inline]
    pub(crate) fn can_match(&self, state: &State, suffixes: SuffixBounds) -> bool {
        if self.is_prefix && state.nearest <= self.typos_max {
            return true;
        }
        // A loop instead of `any`, whose closure is not inlined: a lookup takes an eighth less.
        for typos in 0..=self.typos_max {
            if self.can_match_after(typos, state, suffixes) {
                return true;
            }
        }
        false
    }

    /// Whether a term with this many typos up to here may match.
    #[inline]
    fn can_match_after(&self, typos: u8, state: &State, suffixes: SuffixBounds) -> bool {
        let length = self.characters.len();
        let read = state.read[usize::from(typos)];
        let typos_left = usize::from(self.typos_max - typos);
        // The rest of the word may differ by this much in length from the rest of the term.
        let read_min = length.saturating_sub(usize::from(suffixes.length_max) + typos_left);
        let read_max = if self.is_prefix {
            Some(length)
        } else {
            (length + typos_left).checked_sub(suffixes.length_min.into())
        };
        if read_max.is_none_or(|read_max| read & bits(read_min, read_max) == 0) {
            return false;
        }
        // Of two swapped characters the second one was read.
        let swapped = typos
            .checked_sub(1)
            .map_or(0, |fewer| state.swapped[usize::from(fewer)] << 2);
        let furthest = (read | swapped & self.all).ilog2();
        self.rest[furthest as usize].missing_in(suffixes.characters)
            <= u32::from(self.typos_max - typos)
    }

    /// The positions of a character in the word, a bit each.
    fn positions(&self, character: char) -> u64 {
        match self.ascii_positions.get(character as usize) {
            Some(positions) => *positions,
            None => (0..)
                .zip(&self.characters)
                .filter(|(_, other)| **other == character)
                .fold(0, |positions, (at, _)| positions | 1 << at),
        }
    }

    /// The distance of the whole word from the characters read so far.
    fn whole(&self, state: &State) -> u8 {
        let end = 1 << self.characters.len();
        let mut read = (0..).zip(&state.read);
        let fewest = read.find(|(_, read)| **read & end != 0);
        fewest.map_or(FAR, |(typos, _)| typos)
    }
}

impl Distance {
    /// Whether a query term may be at this distance from an indexed term.
    pub(crate) fn is_allowed(self, term: QueryTerm<'_>, target: &str) -> bool {
        // The continuation is not missing from the word.
        let target_chars = || match self.continues {
            true => 0,
            false => target.chars().count(),
        };
        self.typos == 0 || self.typos <= term.typos_max(target_chars())
    }

    /// The factor for a term at this distance from a word; 1 for the word itself.
    pub(crate) fn penalty(self, word: &str, term: &str) -> f64 {
        let mut penalty = TYPO_PENALTIES[usize::from(self.typos)];
        if self.typos > 0 && word.chars().next() != term.chars().next() {
            penalty *= FIRST_CHARACTER_PENALTY;
        }
        if self.continues {
            penalty *= PREFIX_PENALTY;
        }
        penalty
    }
}

/// The bits from `first` to `last`, both included.
fn bits(first: usize, last: usize) -> u64 {
    if first > last || first >= 64 {
        return 0;
    }
    u64::MAX << first & u64::MAX >> (63 - last.min(63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The last column of the dynamic-programming table, as in a textbook.
    fn distances(word: &str, term: &str) -> Vec<usize> {
        let (word, term): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
        let mut rows = vec![(0..=word.len()).collect::<Vec<usize>>()];
        for i in 1..=term.len() {
            let mut row = vec![i];
            for j in 1..=word.len() {
                let is_same = word[j - 1] == term[i - 1];
                let mut distance = (rows[i - 1][j] + 1)
                    .min(row[j - 1] + 1)
                    .min(rows[i - 1][j - 1] + usize::from(!is_same));
                if i > 1 && j > 1 && word[j - 1] == term[i - 2] && word[j - 2] == term[i - 1] {
                    distance = distance.min(rows[i - 2][j - 2] + 1);
                }
                row.push(distance);
            }
            rows.push(row);
        }
        rows.iter().map(|row| row[word.len()]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

        #[test]
        fn distances_equal_those_of_the_textbook_algorithm(
            word in "[abcéक]{1,9}",
            term in "[abcéक]{1,9}",
            typos_max in 0u8..=2,
        ) {
            let distances = distances(&word, &term);
            let whole = distances[term.chars().count()];
            let nearest = *distances.iter().min().unwrap();
            for (is_prefix, typos) in [(false, whole), (true, nearest)] {
                let automaton = TypoAutomaton::new(&word, typos_max, is_prefix);
                let expected = (typos <= usize::from(typos_max)).then(|| Distance {
                    typos: u8::try_from(typos).unwrap(),
                    continues: whole > typos,
                });
                prop_assert_eq!(automaton.distance(&term), expected);
            }
        }
    }

    #[test]
    fn swapped_neighbours_are_one_typo() {
        let automaton = TypoAutomaton::new("hostel", 2, false);
        let typos = |term| automaton.distance(term).map(|distance| distance.typos);
        assert_eq!(typos("hostle"), Some(1));
        assert_eq!(typos("ohstle"), Some(2));
        assert_eq!(typos("hotel"), Some(1));
        assert_eq!(typos("hospital"), None);
    }
}
