//! Which words mean the same, and which mean nothing?

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::words::{Typos, Wanted};
use crate::text::edit_distance::Edits;

/// Synonyms and stop words of queries.
///
/// ```
/// use roost_engine::{Language, Words};
///
/// let mut language = Language::new(90);
/// language.add_synonyms("flat, apartment\nlaundry => washing machine # one way")?;
/// language.add_stop_words("a\nthe");
/// let words = Words::new("the flat")?.in_language(&language);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    percent: u8,
    /// By the first word of what is typed.
    synonyms: HashMap<String, Vec<Rule>>,
    /// The names of one word by their first letter.
    names: HashMap<char, Vec<String>>,
    stop_words: HashSet<String>,
}

/// Why a text tells no synonyms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is {text:?}: expected {expected}", expected = Language::EXPECTED)]
pub struct LanguageError {
    line: usize,
    text: String,
}

/// What a word may be found as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synonym {
    /// If it is several they stand next to each other.
    pub(crate) words: Vec<String>,
    /// What it counts, in percent of the word itself.
    pub(crate) percent: u8,
    /// How many lie between what was typed and the name that it is a synonym of.
    pub(crate) typos: u8,
}

/// What may be found where some words are typed one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    typed: Vec<String>,
    synonyms: Vec<Vec<String>>,
}

/// Longer names are no names, and each word of one is looked up.
const WORDS_MAX: usize = 8;

/// A name that fewer letters of are typed may be any.
const BEGUN_LETTERS: usize = 3;

/// Of a word; each one costs a search as much as a word of its own.
const SYNONYMS_MAX: usize = 32;

impl Language {
    const EXPECTED: &str = "words or names that mean the same, with commas between, \
                            or those to type, =>, and those to find; at most 8 words each and \
                            33 on a line";

    /// Without any yet. A synonym counts so many percent of the word itself, 1 to 100.
    pub fn new(percent: u8) -> Language {
        Language {
            percent: percent.clamp(1, 100),
            synonyms: HashMap::new(),
            names: HashMap::new(),
            stop_words: HashSet::new(),
        }
    }

    /// Adds synonyms, a line each group: `flat, apartment` find each other, and `laundry => washing
    /// machine` finds one by the other. What follows a `#` is a comment.
    ///
    /// # Errors
    /// If a line is something else. The lines before it are added.
    pub fn add_synonyms(&mut self, lines: &str) -> Result<(), LanguageError> {
        for (number, line) in (1..).zip(lines.lines()) {
            let (told, _) = line.split_once('#').unwrap_or((line, ""));
            if told.trim().is_empty() {
                continue;
            }
            let groups = match told.split_once("=>") {
                Some((typed, found)) => names(typed).zip(names(found)),
                None => names(told)
                    .filter(|names| names.len() > 1)
                    .map(|names| (names.clone(), names)),
            };
            let (typed, found) = groups.ok_or_else(|| LanguageError {
                line: number,
                text: line.trim().to_owned(),
            })?;
            for name in typed {
                self.add(&name, &found);
            }
        }
        Ok(())
    }

    /// Adds words that a search leaves out unless it has no others, on a line each or several. What
    /// follows a `#` is a comment.
    pub fn add_stop_words(&mut self, lines: &str) {
        for line in lines.lines() {
            let (told, _) = line.split_once('#').unwrap_or((line, ""));
            self.stop_words.extend(crate::words(told));
        }
    }

    /// How many words or names have synonyms.
    pub fn synonym_count(&self) -> usize {
        self.synonyms.values().map(Vec::len).sum()
    }

    /// How many words are left out.
    pub fn stop_word_count(&self) -> usize {
        self.stop_words.len()
    }

    pub(super) fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }

    /// What is found for names that some words begin with: how many of the words the name takes, and
    /// its synonyms.
    pub(super) fn synonyms_at(&self, words: &[&str]) -> Vec<(usize, Vec<Synonym>)> {
        let rules = words.first().and_then(|first| self.synonyms.get(*first));
        let rules = rules.into_iter().flatten();
        let here = rules.filter(|rule| {
            let begin = words.get(..rule.typed.len());
            begin.is_some_and(|begin| rule.typed == begin)
        });
        let here = here.map(|rule| {
            let synonyms = rule.synonyms.iter().map(|words| Synonym {
                words: words.clone(),
                percent: self.percent,
                typos: 0,
            });
            (rule.typed.len(), synonyms.collect())
        });
        here.collect()
    }

    /// What is found for names of one word that a word may have been meant as, the likeliest first. Names
    /// with another first letter are not looked at, and those that are barely begun could be any.
    pub(super) fn synonyms_like(&self, wanted: Wanted<'_>) -> Vec<Synonym> {
        let letters = wanted.word.chars().count();
        let first = wanted.word.chars().next();
        let names = first.and_then(|first| self.names.get(&first));
        let most = wanted.typos_most(letters + usize::from(Typos::MAX));
        let is_exact = most == 0 && !wanted.is_prefix || !wanted.quoted.is_empty();
        if is_exact || !(BEGUN_LETTERS..=Edits::LETTERS_MAX).contains(&letters) {
            return Vec::new();
        }
        let Some(names) = names else {
            return Vec::new();
        };
        let edits = Edits::new(wanted.word, most, wanted.is_prefix);
        let mut found = Vec::new();
        for name in names.iter().filter(|name| *name != wanted.word) {
            let distance = edits.distance(name);
            let Some(distance) = distance.filter(|it| it.is_allowed(wanted, name)) else {
                continue;
            };
            let percent = percent_of(self.percent, distance.penalty(wanted.word, name));
            for (_, synonyms) in self.synonyms_at(&[name.as_str()]) {
                found.extend(synonyms.into_iter().map(|synonym| Synonym {
                    percent,
                    typos: distance.typos,
                    ..synonym
                }));
            }
        }
        found.sort_by_key(|synonym| (synonym.typos, Reverse(synonym.percent)));
        found.truncate(SYNONYMS_MAX);
        found
    }

    fn add(&mut self, typed: &[String], found: &[Vec<String>]) {
        let Some(first) = typed.first() else { return };
        let rules = self.synonyms.entry(first.clone()).or_default();
        let at = rules.iter().position(|rule| rule.typed == typed);
        let at = at.unwrap_or_else(|| {
            rules.push(Rule {
                typed: typed.to_vec(),
                synonyms: Vec::new(),
            });
            if let ([name], Some(letter)) = (typed, first.chars().next()) {
                self.names.entry(letter).or_default().push(name.clone());
            }
            rules.len() - 1
        });
        for name in found {
            let synonyms = &mut rules[at].synonyms;
            if name != typed && !synonyms.contains(name) && synonyms.len() < SYNONYMS_MAX {
                synonyms.push(name.clone());
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a percentage is one"
)]
fn percent_of(percent: u8, penalty: f64) -> u8 {
    (f64::from(percent) * penalty).round().max(1.0) as u8
}

/// Names with commas between, word by word, of which there is one at least.
fn names(list: &str) -> Option<Vec<Vec<String>>> {
    let names = list
        .split(',')
        .map(|name| -> Vec<String> { crate::words(name).collect() });
    let names: Vec<Vec<String>> = names.collect();
    let are_names = names
        .iter()
        .all(|name| (1..=WORDS_MAX).contains(&name.len()));
    (are_names && names.len() <= SYNONYMS_MAX + 1).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(language: &Language, typed: &str) -> Vec<(usize, String)> {
        let words: Vec<&str> = typed.split(' ').collect();
        let found = language.synonyms_at(&words).into_iter();
        let found = found.flat_map(|(taken, synonyms)| {
            let synonyms = synonyms.into_iter();
            synonyms.map(move |synonym| (taken, synonym.words.join(" ")))
        });
        found.collect()
    }

    #[test]
    fn equivalent_names_find_each_other_and_others_one_way() {
        let mut language = Language::new(90);
        let lines = "# For tests\n\nFlat, Apartment, wohnung\nlaundry => washing machine, dryer # one way\n\
                     New Bombay, Navi Mumbai\nflat => floor";
        language.add_synonyms(lines).unwrap();
        let expected = [(1, "apartment"), (1, "wohnung"), (1, "floor")];
        assert_eq!(
            found(&language, "flat"),
            expected.map(|(n, name)| (n, name.to_owned()))
        );
        assert_eq!(found(&language, "laundry").len(), 2);
        assert!(found(&language, "dryer").is_empty());
        assert_eq!(
            found(&language, "new bombay room"),
            [(2, "navi mumbai".to_owned())]
        );
        assert!(found(&language, "new delhi").is_empty());
        assert_eq!(language.synonym_count(), 6);
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        for line in [
            "flat",
            "flat,",
            "=> flat",
            "flat =>",
            "a b c d e f g h i, j",
            "!!!, flat",
        ] {
            let error = Language::new(90).add_synonyms(&format!("a, b\n{line}"));
            let error = error.unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("line 2 is {line:?}: expected")),
                "{error}"
            );
        }
    }

    #[test]
    fn stop_words_are_folded_and_may_share_a_line() {
        let mut language = Language::new(90);
        language.add_stop_words("a the\nÀ # and a comment\n");
        assert!(language.is_stop_word("the") && !language.is_stop_word("comment"));
        assert_eq!(language.stop_word_count(), 2);
    }
}
