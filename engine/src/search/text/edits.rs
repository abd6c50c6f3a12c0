//! How many typos lie between a word and a term?
//!
//! A typo is a letter too much, too few or wrong, or two neighbours that changed places. A
//! dictionary is a tree of letters, and this automaton goes along its branches with one row of the
//! table of distances (optimal string alignment), as wide as typos can move a letter. A branch is
//! left once every cell of the row is over the limit.

use tantivy_fst::Automaton;

use crate::query::Typos;

const REACH: usize = Typos::MAX as usize;
const CELLS: usize = 2 * REACH + 1;

/// More than is ever allowed.
const FAR: u8 = Typos::MAX + 1;

/// Accepts the terms that are a word but for some typos, or that begin so.
pub(super) struct Edits {
    letters: Vec<u32>,
    most: u8,
    is_prefix: bool,
}

/// How far a term is from the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Distance {
    /// Of the whole term, or of its beginning that is nearest where the word may be a beginning.
    pub(super) typos: u8,
    /// Whether the term goes on behind what is nearest.
    pub(super) goes_on: bool,
}

/// Where in the table the automaton is, after some bytes of a term.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// Letters of the term so far.
    at: usize,
    /// Cell `k` is the distance from the first `at + k - REACH` letters of the word.
    row: [u8; CELLS],
    row_before: [u8; CELLS],
    letter_before: u32,
    /// The smallest distance of the word from any beginning of the term.
    nearest: u8,
    /// A letter that some bytes are missing from.
    begun: u32,
    bytes_missing: u8,
}

impl Edits {
    pub(super) fn new(word: &str, most: u8, is_prefix: bool) -> Edits {
        Edits {
            letters: word.chars().map(u32::from).collect(),
            most: most.min(Typos::MAX),
            is_prefix,
        }
    }

    /// The distance of a term; `None` if it is over the limit.
    pub(super) fn distance(&self, term: &str) -> Option<Distance> {
        let mut state = self.start();
        for letter in term.chars() {
            state = self.read(&state, u32::from(letter));
        }
        let whole = self.last_cell(&state);
        let typos = if self.is_prefix { state.nearest } else { whole };
        (typos <= self.most).then_some(Distance {
            typos,
            goes_on: whole > typos,
        })
    }

    fn read(&self, state: &State, letter: u32) -> State {
        let at = state.at + 1;
        let mut row = [FAR; CELLS];
        for k in 0..CELLS {
            // The cell stands for so many letters of the word.
            let Some(of_word) = (at + k).checked_sub(REACH) else {
                continue;
            };
            if of_word > self.letters.len() {
                break;
            }
            let mut least = FAR;
            if k + 1 < CELLS {
                least = least.min(state.row[k + 1] + 1);
            }
            if of_word > 0 {
                let wanted = self.letters[of_word - 1];
                if k > 0 {
                    least = least.min(row[k - 1] + 1);
                }
                least = least.min(state.row[k] + u8::from(wanted != letter));
                let is_swapped = of_word > 1
                    && wanted == state.letter_before
                    && self.letters[of_word - 2] == letter;
                if is_swapped {
                    least = least.min(state.row_before[k] + 1);
                }
            }
            row[k] = least;
        }
        let mut next = State {
            at,
            row,
            row_before: state.row,
            letter_before: letter,
            ..*state
        };
        next.nearest = state.nearest.min(self.last_cell(&next));
        next
    }

    /// The distance of the whole word from the term so far.
    fn last_cell(&self, state: &State) -> u8 {
        let k = (self.letters.len() + REACH).checked_sub(state.at);
        k.and_then(|k| state.row.get(k)).copied().unwrap_or(FAR)
    }

    /// A row never holds less than the least of the row before.
    fn least(state: &State) -> u8 {
        state.row.into_iter().min().unwrap_or(FAR)
    }
}

impl Automaton for Edits {
    type State = State;

    fn start(&self) -> State {
        let mut row = [FAR; CELLS];
        for (cell, distance) in row[REACH..].iter_mut().zip(0..) {
            *cell = distance;
        }
        let mut state = State {
            at: 0,
            row,
            row_before: [FAR; CELLS],
            letter_before: 0,
            nearest: FAR,
            begun: 0,
            bytes_missing: 0,
        };
        state.nearest = self.last_cell(&state);
        state
    }

    fn is_match(&self, state: &State) -> bool {
        let typos = if self.is_prefix {
            state.nearest
        } else {
            self.last_cell(state)
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
