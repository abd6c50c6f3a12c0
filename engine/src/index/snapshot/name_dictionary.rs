//! Which of some names may the words have been meant as?
//!
//! For lists that are short beside the index: some thousand names, looked up as its words are, with
//! the same typos and penalties.

use std::collections::{BTreeMap, HashMap};

use crate::query::Words;
use crate::text::analyze;
use crate::text::edit_distance::Edits;
use crate::text::query_term::{QueryTerm, Typos};
use crate::text::term_tree::TermTree;

/// Names, to be found by their words.
#[derive(Debug)]
pub(crate) struct NameDictionary {
    words: TermTree,
    /// By the place of a word in the order of the alphabet: the word, and the names that hold it.
    holders: Vec<(String, Vec<Holder>)>,
    /// How many words each name has.
    lengths: Vec<u32>,
}

/// A name that holds a word.
#[derive(Clone, Copy, Debug)]
struct Holder {
    name: usize,
    /// Whether it is a word of the name itself, or only of what goes with it.
    is_own: bool,
}

/// What is known of a name after some words.
#[derive(Clone, Copy, Default)]
struct Found {
    fit: f64,
    own_words: u32,
}

/// A name that words may have been meant as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NameMatch {
    /// Its place in the list.
    pub(crate) name: usize,
    /// What the penalties of all words leave, above 0; 1 for what is written so.
    pub(crate) fit: f64,
    /// How much of the name is asked for, up to 1.
    pub(crate) share: f64,
}

impl NameDictionary {
    /// Of names, each with a text whose words may go with it.
    pub(crate) fn of<'n>(names: impl Iterator<Item = (&'n str, &'n str)>) -> NameDictionary {
        let mut holders: BTreeMap<String, Vec<Holder>> = BTreeMap::new();
        let mut lengths = Vec::new();
        for (name, (own, with)) in (0..).zip(names) {
            let mut length = 0;
            for (is_own, text) in [(true, own), (false, with)] {
                for word in analyze::words(text) {
                    length += u32::from(is_own);
                    holders
                        .entry(word)
                        .or_default()
                        .push(Holder { name, is_own });
                }
            }
            lengths.push(length);
        }
        let mut words = TermTree::builder();
        for word in holders.keys() {
            words.push(word);
        }
        NameDictionary {
            words: words.finish(),
            holders: holders.into_iter().collect(),
            lengths,
        }
    }

    /// The names that all of the words may have been meant as, one of them at least as the name
    /// itself.
    pub(crate) fn look_up(&self, words: &Words) -> Vec<NameMatch> {
        let mut all: Option<HashMap<usize, Found>> = None;
        for term in words.iter() {
            let mut here = self.look_up_word(term);
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

    /// The names that hold what a word may have been meant as, each for the word that fits best.
    fn look_up_word(&self, term: QueryTerm<'_>) -> HashMap<usize, Found> {
        let mut all: HashMap<usize, Found> = HashMap::new();
        let letters = term.text.chars().count();
        if letters > Edits::CHARS_MAX {
            return all;
        }
        let typos_max = term.typos_max(letters + usize::from(Typos::MAX));
        let edits = Edits::new(term.text, typos_max, term.is_prefix);

        for (place, distance) in self.words.resembling(&edits) {
            let (word, holders) = &self.holders[place as usize];
            if !distance.is_allowed(term, word) {
                continue;
            }
            for holder in holders {
                let found = all.entry(holder.name).or_default();
                found.fit = found.fit.max(distance.penalty(term.text, word));
                found.own_words |= u32::from(holder.is_own);
            }
        }
        // A name of several words would have to be found in its order.
        for synonym in term.synonyms.iter().filter(|name| name.words.len() == 1) {
            let at = self
                .holders
                .binary_search_by_key(&&synonym.words[0], |(word, _)| word);
            for holder in at.map_or(&[][..], |at| &self.holders[at].1) {
                let found = all.entry(holder.name).or_default();
                found.fit = found.fit.max(f64::from(synonym.percent) / 100.0);
                found.own_words |= u32::from(holder.is_own);
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
        let matches = names.look_up(&words.prefix_last()).into_iter();
        matches
            .map(|found| (found.name, found.fit, found.share))
            .collect()
    }

    #[test]
    fn names_are_found_by_all_words_typos_and_beginnings() {
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
        let found = names.look_up(&words);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name, found[0].fit), (0, 0.9));
    }

    #[test]
    fn what_goes_with_a_name_narrows_it_and_finds_it_not_alone() {
        assert_eq!(found("mumbai"), [(2, 1.0, 1.0)]);
        assert_eq!(found("powai mumbai"), [(0, 1.0, 1.0)]);
    }
}
