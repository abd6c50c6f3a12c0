//! A dictionary of names: finds the names that match the words of a query.
//!
//! It serves lists of some thousand names, with the same typos and penalties as the lookup of terms
//! in an index.

use std::collections::{BTreeMap, HashMap};

use crate::control::search_budget::SearchBudget;
use crate::query::Words;
use crate::text::analyze;
use crate::text::edit_distance::TypoAutomaton;
use crate::text::query_term::{QueryTerm, Typos};
use crate::text::term_tree::TermTree;

/// Names, with a lookup by their words.
#[derive(Debug)]
pub(crate) struct NameDictionary {
    words: TermTree,
    /// By term ordinal: the word, and the names that contain it.
    postings: Vec<(String, Vec<Posting>)>,
    /// The number of words in each name.
    lengths: Vec<u32>,
}

/// A name that contains a word.
#[derive(Clone, Copy, Debug)]
struct Posting {
    name: usize,
    /// Whether the word is part of the name itself, and not only of its context.
    is_own: bool,
}

/// The match of a name with the words so far.
#[derive(Clone, Copy, Default)]
struct Found {
    fit: f64,
    own_words: u32,
}

/// A name that matches some words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NameMatch {
    /// The index of the name in the list.
    pub(crate) name: usize,
    /// The product of the penalties of all words, above 0; 1 for an exact match.
    pub(crate) fit: f64,
    /// The share of the words of the name that were found, up to 1.
    pub(crate) share: f64,
}

impl NameDictionary {
    /// A dictionary of names, each with a context: a text whose words may narrow the search.
    pub(crate) fn of<'n>(names: impl Iterator<Item = (&'n str, &'n str)>) -> NameDictionary {
        let mut postings: BTreeMap<String, Vec<Posting>> = BTreeMap::new();
        let mut lengths = Vec::new();
        for (name, (own, context)) in (0..).zip(names) {
            let mut length = 0;
            for (is_own, text) in [(true, own), (false, context)] {
                for word in analyze::words(text) {
                    length += u32::from(is_own);
                    postings
                        .entry(word)
                        .or_default()
                        .push(Posting { name, is_own });
                }
            }
            lengths.push(length);
        }
        let mut words = TermTree::builder();
        for word in postings.keys() {
            words.push(word);
        }
        NameDictionary {
            words: words.finish(),
            postings: postings.into_iter().collect(),
            lengths,
        }
    }

    /// The names that match all of the words, at least one of them with a word of the name itself.
    /// None once the budget is exhausted.
    pub(crate) fn look_up(&self, words: &Words, budget: &mut SearchBudget) -> Vec<NameMatch> {
        let mut all: Option<HashMap<usize, Found>> = None;
        for term in words.iter() {
            let mut here = self.look_up_word(term, budget);
            if let Some(before) = all {
                here.retain(|name, found| {
                    let before = before.get(name);
                    before.is_some_and(|before| {
                        found.fit *= before.fit;
                        found.own_words += before.own_words;
                        true
                    })
                });
            }
            all = Some(here);
        }
        if budget.is_exhausted() {
            return Vec::new();
        }
        let all = all.unwrap_or_default().into_iter();
        let matches = all.filter(|(_, found)| found.own_words > 0);
        let mut matches: Vec<NameMatch> = matches
            .map(|(name, found)| {
                let length = self.lengths[name];
                NameMatch {
                    name,
                    fit: found.fit,
                    share: f64::from(found.own_words.min(length)) / f64::from(length),
                }
            })
            .collect();
        matches.sort_by_key(|found| found.name);
        matches
    }

    /// The names with a word that matches, each with its best match.
    fn look_up_word(
        &self,
        term: QueryTerm<'_>,
        budget: &mut SearchBudget,
    ) -> HashMap<usize, Found> {
        let mut all: HashMap<usize, Found> = HashMap::new();
        let length = term.text.chars().count();
        if length > TypoAutomaton::CHARS_MAX {
            return all;
        }
        let typos_max = term.typos_max(length + usize::from(Typos::MAX));
        let automaton = TypoAutomaton::new(term.text, typos_max, term.is_prefix);
        let mut similar = self.words.fuzzy_terms(&automaton);
        while let Some((ordinal, distance)) = similar.next(budget) {
            let (word, postings) = &self.postings[ordinal as usize];
            if !distance.is_allowed(term, word) {
                continue;
            }
            for posting in postings {
                let found = all.entry(posting.name).or_default();
                found.fit = found.fit.max(distance.penalty(term.text, word));
                found.own_words |= u32::from(posting.is_own);
            }
        }
        // A synonym of several words would need a phrase match.
        for synonym in term.synonyms.iter().filter(|name| name.words.len() == 1) {
            let at = self
                .postings
                .binary_search_by_key(&&synonym.words[0], |(word, _)| word);
            for posting in at.map_or(&[][..], |at| &self.postings[at].1) {
                let found = all.entry(posting.name).or_default();
                found.fit = found.fit.max(f64::from(synonym.percent) / 100.0);
                found.own_words |= u32::from(posting.is_own);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn found(text: &str) -> Vec<(usize, f64, f64)> {
        let names = [
            ("Powai", "Mumbai"),
            ("Andheri West", "Mumbai"),
            ("Mumbai", ""),
            ("New Delhi", ""),
        ];
        let names = NameDictionary::of(names.into_iter());
        let words = Words::new(text).unwrap().typos(Typos::default());
        let mut budget = SearchBudget::new(None, None);
        let matches = names.look_up(&words.prefix_last(), &mut budget).into_iter();
        matches
            .map(|found| (found.name, found.fit, found.share))
            .collect()
    }

    #[test]
    fn names_are_found_by_all_words_with_typos_and_prefixes() {
        assert_eq!(found("powai"), [(0, 1.0, 1.0)]);
        assert_eq!(found("pow"), [(0, 0.9, 1.0)]);
        assert_eq!(found("powia"), [(0, 0.7, 1.0)]);
        assert_eq!(found("west andheri"), [(1, 1.0, 1.0)]);
        assert_eq!(found("delhi"), [(3, 1.0, 0.5)]);
        assert_eq!(found("powai delhi"), []);
    }

    #[test]
    fn names_are_found_by_their_synonyms() {
        let names = NameDictionary::of([("Mumbai", ""), ("Powai", "Mumbai")].into_iter());
        let mut language = Language::new(90);
        language.add_synonyms("mumbai, bombay").unwrap();
        let words = Words::new("bombay").unwrap().in_language(&language);
        let found = names.look_up(&words, &mut SearchBudget::new(None, None));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name, found[0].fit), (0, 0.9));
    }

    #[test]
    fn a_context_narrows_a_search_and_finds_no_name_alone() {
        assert_eq!(found("mumbai"), [(2, 1.0, 1.0)]);
        assert_eq!(found("powai mumbai"), [(0, 1.0, 1.0)]);
    }
}
