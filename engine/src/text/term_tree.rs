//! Which of many terms are a word but for some typos, or begin so?
//!
//! The terms are a tree of letters, whose branches an automaton of the word goes along ([`Edits`]). Each
//! node knows how long the terms below it may still become, and of which letters: a branch that lacks
//! letters of the word is left long before so many typos have been read. The nodes lie in the order of
//! the alphabet, so that a walk is one pass forward with leaps over what can't match.

use super::edit_distance::{Distance, Edits, Letters, State};

/// Terms, each known by its place in the order of the alphabet.
#[derive(Debug)]
pub(crate) struct TermTree {
    nodes: Box<[Node]>,
}

#[derive(Debug)]
struct Node {
    letter: char,
    /// Behind the last node below this one.
    end: u32,
    /// The term that ends here, or [`NO_TERM`].
    term: u32,
    ahead: Ahead,
}

/// What a term goes on with behind some of its letters, taken together for several terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    pub(crate) letters: Letters,
    /// So many letters at least, 0 if a term ends here.
    pub(crate) shortest: u8,
    /// So many at most; 255 for that and more.
    pub(crate) longest: u8,
}

const NO_TERM: u32 = u32::MAX;

/// A walk along the terms that a word may have been meant as, in the order of the alphabet.
pub(crate) struct Resembling<'t> {
    tree: &'t TermTree,
    edits: &'t Edits,
    /// The nodes from the root to where the walk stands.
    path: Vec<Step>,
    /// The letters on the path.
    text: String,
    next: u32,
}

struct Step {
    end: u32,
    state: State,
    text_bytes: usize,
}

impl TermTree {
    /// Of terms in the order of the alphabet, each once and none empty.
    pub(crate) fn builder() -> TermTreeBuilder {
        TermTreeBuilder::default()
    }

    /// Stands before the first one.
    pub(crate) fn resembling<'t>(&'t self, edits: &'t Edits) -> Resembling<'t> {
        Resembling {
            tree: self,
            edits,
            path: vec![Step {
                end: u32::MAX,
                state: edits.start(),
                text_bytes: 0,
            }],
            text: String::new(),
            next: 0,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.nodes[..])
    }
}

impl Resembling<'_> {
    /// The term that it stands at.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Iterator for Resembling<'_> {
    /// The place of a term, and how far it is from the word.
    type Item = (u32, Distance);

    fn next(&mut self) -> Option<(u32, Distance)> {
        while let Some(node) = self.tree.nodes.get(self.next as usize) {
            while self.path.pop_if(|step| step.end <= self.next).is_some() {}
            let last = self.path.last()?;
            let state = self.edits.read(&last.state, node.letter);
            if !self.edits.may_match(&state, node.ahead) {
                self.next = node.end;
                continue;
            }
            self.next += 1;
            self.text.truncate(last.text_bytes);
            self.text.push(node.letter);
            self.path.push(Step {
                end: node.end,
                state,
                text_bytes: self.text.len(),
            });
            if node.term != NO_TERM
                && let Some(distance) = self.edits.distance_at(&state)
            {
                return Some((node.term, distance));
            }
        }
        None
    }
}

/// Puts terms into a tree, one after the other.
#[derive(Default)]
pub(crate) struct TermTreeBuilder {
    nodes: Vec<Node>,
    /// The nodes of the last term.
    path: Vec<u32>,
    terms: u32,
}

impl TermTreeBuilder {
    pub(crate) fn push(&mut self, term: &str) {
        let path = self.path.iter();
        let shared = path.zip(term.chars());
        let shared =
            shared.take_while(|&(&node, letter)| self.nodes[node as usize].letter == letter);
        self.close(shared.count());
        for letter in term.chars().skip(self.path.len()) {
            self.path.push(self.next());
            self.nodes.push(Node {
                letter,
                end: 0,
                term: NO_TERM,
                ahead: Ahead::NOTHING,
            });
        }
        if let Some(&last) = self.path.last() {
            let last = &mut self.nodes[last as usize];
            last.term = self.terms;
            last.ahead.shortest = 0;
        }
        self.terms += 1;
    }

    pub(crate) fn finish(mut self) -> TermTree {
        self.close(0);
        TermTree {
            nodes: self.nodes.into_boxed_slice(),
        }
    }

    /// Nothing more comes below the nodes of the last term, but for so many of the first ones.
    fn close(&mut self, open: usize) {
        let end = self.next();
        while self.path.len() > open {
            let Some(closed) = self.path.pop() else { break };
            let node = &mut self.nodes[closed as usize];
            node.end = end;
            let ahead = node.ahead.with(node.letter);
            if let Some(&parent) = self.path.last() {
                self.nodes[parent as usize].ahead.add(ahead);
            }
        }
    }

    fn next(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }
}

impl Ahead {
    const NOTHING: Ahead = Ahead {
        letters: Letters::NONE,
        shortest: u8::MAX,
        longest: 0,
    };

    /// A letter earlier.
    fn with(self, letter: char) -> Ahead {
        Ahead {
            letters: self.letters.with(letter),
            shortest: self.shortest.saturating_add(1),
            longest: self.longest.saturating_add(1),
        }
    }

    fn add(&mut self, other: Ahead) {
        self.letters = self.letters.or(other.letters);
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn tree(terms: &BTreeSet<String>) -> TermTree {
        let mut builder = TermTree::builder();
        for term in terms {
            builder.push(term);
        }
        builder.finish()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn the_terms_that_resemble_a_word_are_found_in_their_order(
            terms in prop::collection::btree_set("[abcdéк]{1,9}", 0..60),
            word in "[abcdéк]{1,9}",
            most in 0u8..=2,
            is_prefix: bool,
        ) {
            let edits = Edits::new(&word, most, is_prefix);
            let resembling = |(place, term): (u32, &String)| {
                edits.distance(term).map(|distance| (term.clone(), place, distance))
            };
            let expected: Vec<_> = (0..).zip(&terms).filter_map(resembling).collect();
            let tree = tree(&terms);
            let mut walk = tree.resembling(&edits);
            let mut found = Vec::new();
            while let Some((place, distance)) = walk.next() {
                found.push((walk.text().to_owned(), place, distance));
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!(walk.next(), None);
        }
    }

    #[test]
    fn terms_longer_than_is_counted_are_found() {
        let long = "a".repeat(300);
        let terms = BTreeSet::from([long.clone(), "a".repeat(62)]);
        let tree = tree(&terms);
        let word = "a".repeat(Edits::CHARS_MAX);
        let found = |is_prefix| {
            let edits = Edits::new(&word, 1, is_prefix);
            let mut walk = tree.resembling(&edits);
            let mut found = Vec::new();
            while walk.next().is_some() {
                found.push(walk.text().len());
            }
            found
        };
        assert_eq!(found(false), [62]);
        assert_eq!(found(true), [62, 300]);
    }
}
