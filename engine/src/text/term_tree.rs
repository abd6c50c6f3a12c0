//! A trie over the terms of a dictionary, for lookups with typos and prefixes.
//!
//! A walk follows the branches that a [`TypoAutomaton`] can still accept. Each node bounds the
//! lengths and characters of the suffixes below it, so that the walk leaves a branch as early as
//! possible. The nodes are in term order: a walk is one pass forward that skips the branches that
//! cannot match.

use super::edit_distance::{Distance, State, SuffixBounds, TypoAutomaton};
use crate::control::search_budget::SearchBudget;

/// The terms of a dictionary, each known by its ordinal in term order.
#[derive(Debug)]
pub(crate) struct TermTree {
    nodes: Box<[Node]>,
}

#[derive(Debug)]
struct Node {
    character: char,
    /// The index behind the last node below this one.
    end: u32,
    /// The ordinal of the term that ends here, or [`NO_TERM`].
    term: u32,
    suffixes: SuffixBounds,
}

const NO_TERM: u32 = u32::MAX;

/// The nodes after which a walk spends their steps. Most of the time of a lookup is spent on nodes,
/// each of which takes a few nanoseconds.
const STEPS_AT_ONCE: u32 = 32;

/// Goes along the terms that an automaton accepts, in term order.
pub(crate) struct FuzzyTerms<'t> {
    tree: &'t TermTree,
    automaton: &'t TypoAutomaton,
    /// The nodes from the root to the current one.
    path: Vec<Step>,
    /// The characters on the path.
    text: String,
    next: u32,
}

struct Step {
    end: u32,
    state: State,
    text_bytes: usize,
}

impl TermTree {
    /// A builder that takes the terms in order, each once and none empty.
    pub(crate) fn builder() -> TermTreeBuilder {
        TermTreeBuilder::default()
    }

    /// The terms that an automaton accepts.
    pub(crate) fn fuzzy_terms<'t>(&'t self, automaton: &'t TypoAutomaton) -> FuzzyTerms<'t> {
        FuzzyTerms {
            tree: self,
            automaton,
            path: vec![Step {
                end: u32::MAX,
                state: automaton.start(),
                text_bytes: 0,
            }],
            text: String::new(),
            next: 0,
        }
    }

    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.nodes[..])
    }
}

impl FuzzyTerms<'_> {
    /// The current term.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The ordinal of the next term and its distance from the word; `None` at the end and once the
    /// budget is exhausted.
    pub(crate) fn next(&mut self, budget: &mut SearchBudget) -> Option<(u32, Distance)> {
        let mut unspent = 0;
        while let Some(node) = self.tree.nodes.get(self.next as usize) {
            unspent += 1;
            if unspent == STEPS_AT_ONCE {
                budget.spend(unspent).ok()?;
                unspent = 0;
            }
            while self.path.pop_if(|step| step.end <= self.next).is_some() {}
            let last = self.path.last()?;
            let state = self.automaton.step(&last.state, node.character);
            if !self.automaton.can_match(&state, node.suffixes) {
                self.next = node.end;
                continue;
            }
            self.next += 1;
            self.text.truncate(last.text_bytes);
            self.text.push(node.character);
            self.path.push(Step {
                end: node.end,
                state,
                text_bytes: self.text.len(),
            });
            if node.term != NO_TERM
                && let Some(distance) = self.automaton.distance_at(&state)
            {
                budget.spend(unspent).ok()?;
                return Some((node.term, distance));
            }
        }
        // The caller stops here in any case.
        let _ = budget.spend(unspent);
        None
    }
}

/// Builds a tree from terms in order.
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
        let shared = path
            .zip(term.chars())
            .take_while(|&(&node, character)| self.nodes[node as usize].character == character);
        self.close(shared.count());
        for character in term.chars().skip(self.path.len()) {
            self.path.push(self.next());
            self.nodes.push(Node {
                character,
                end: 0,
                term: NO_TERM,
                suffixes: SuffixBounds::EMPTY,
            });
        }
        if let Some(&last) = self.path.last() {
            let last = &mut self.nodes[last as usize];
            last.term = self.terms;
            last.suffixes.length_min = 0;
        }
        self.terms += 1;
    }

    pub(crate) fn finish(mut self) -> TermTree {
        self.close(0);
        TermTree {
            nodes: self.nodes.into_boxed_slice(),
        }
    }

    /// Completes the nodes of the last term, except the first `open` ones.
    fn close(&mut self, open: usize) {
        let end = self.next();
        while self.path.len() > open {
            let Some(closed) = self.path.pop() else { break };
            let node = &mut self.nodes[closed as usize];
            node.end = end;
            let suffixes = node.suffixes.behind(node.character);
            if let Some(&parent) = self.path.last() {
                self.nodes[parent as usize].suffixes.merge(suffixes);
            }
        }
    }

    fn next(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
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
        fn the_terms_within_the_limit_are_found_in_order(
            terms in prop::collection::btree_set("[abcdéк]{1,9}", 0..60),
            word in "[abcdéк]{1,9}",
            typos_max in 0u8..=2,
            is_prefix: bool,
        ) {
            let automaton = TypoAutomaton::new(&word, typos_max, is_prefix);
            let matching = |(ordinal, term): (u32, &String)| {
                automaton.distance(term).map(|distance| (term.clone(), ordinal, distance))
            };
            let expected: Vec<_> = (0..).zip(&terms).filter_map(matching).collect();
            let tree = tree(&terms);
            let mut walk = tree.fuzzy_terms(&automaton);
            let mut budget = SearchBudget::new(None, None);
            let mut found = Vec::new();
            while let Some((ordinal, distance)) = walk.next(&mut budget) {
                found.push((walk.text().to_owned(), ordinal, distance));
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!(walk.next(&mut budget), None);
        }
    }

    #[test]
    fn terms_longer_than_the_counted_lengths_are_found() {
        let long = "a".repeat(300);
        let terms = BTreeSet::from([long.clone(), "a".repeat(62)]);
        let tree = tree(&terms);
        let word = "a".repeat(TypoAutomaton::CHARS_MAX);
        let found = |is_prefix| {
            let automaton = TypoAutomaton::new(&word, 1, is_prefix);
            let mut walk = tree.fuzzy_terms(&automaton);
            let mut budget = SearchBudget::new(None, None);
            let mut found = Vec::new();
            while walk.next(&mut budget).is_some() {
                found.push(walk.text().len());
            }
            found
        };
        assert_eq!(found(false), [62]);
        assert_eq!(found(true), [62, 300]);
    }
}
