//! Synonyms and stop words of query terms.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::analyze;
use super::edit_distance::TypoAutomaton;
use super::query_term::{QueryTerm, Synonym, Typos};

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
    /// The penalty of a synonym, in percent of the word itself.
    percent: u8,
    /// By the first word of the typed name.
    synonyms: HashMap<String, Vec<Rule>>,
    /// The typed names of one word by their first character.
    names: HashMap<char, Vec<String>>,
    stop_words: HashSet<String>,
}

/// Why a text does not define synonyms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is {text:?}: expected {expected}", expected = Language::EXPECTED)]
pub struct LanguageError {
    line: usize,
    text: String,
}

/// The synonyms of a name, which is one or more consecutive words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    typed: Vec<String>,
    synonyms: Vec<Vec<String>>,
}

/// Words of a name. Each of them is looked up.
const WORDS_MAX: usize = 8;

/// Characters of a query term for which names with typos or continuations are looked up. A shorter
/// one could be the beginning of any name.
const SIMILAR_MIN_CHARS: usize = 3;

/// Synonyms of a query term. Each costs a search as much as a further term.
const SYNONYMS_MAX: usize = 32;

impl Language {
    const EXPECTED: &str = "synonyms separated by commas, or names to type, =>, and names to \
                            find; up to 8 words per name and 33 names per line";

    /// A language without synonyms and stop words. A synonym counts `percent` percent of the word
    /// itself, 1 to 100.
    pub fn new(percent: u8) -> Language {
        Language {
            percent: percent.clamp(1, 100),
            synonyms: HashMap::new(),
            names: HashMap::new(),
            stop_words: HashSet::new(),
        }
    }

    /// Adds groups of synonyms, one per line: the names in `flat, apartment` find each other, and
    /// with `laundry => washing machine` the first finds the second. A `#` starts a comment.
    ///
    /// # Errors
    /// If a line is neither. The lines before it are added.
    pub fn add_synonyms(&mut self, lines: &str) -> Result<(), LanguageError> {
        for (number, line) in (1..).zip(lines.lines()) {
            let (rule, _) = line.split_once('#').unwrap_or((line, ""));
            if rule.trim().is_empty() {
                continue;
            }
            let groups = match rule.split_once("=>") {
                Some((typed, found)) => names(typed).zip(names(found)),
                None => names(rule)
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

    /// Adds stop words, one or several per line. A search ignores them unless it has no other
    /// terms. A `#` starts a comment.
    pub fn add_stop_words(&mut self, lines: &str) {
        for line in lines.lines() {
            let (words, _) = line.split_once('#').unwrap_or((line, ""));
            self.stop_words.extend(analyze::words(words));
        }
    }

    /// The number of names with synonyms.
    pub fn synonym_count(&self) -> usize {
        self.synonyms.values().map(Vec::len).sum()
    }

    /// The number of stop words.
    pub fn stop_word_count(&self) -> usize {
        self.stop_words.len()
    }

    pub(crate) fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }

    /// The names that some words begin with: for each the number of its words, and its synonyms.
    pub(crate) fn synonyms_at(&self, words: &[&str]) -> Vec<(usize, Vec<Synonym>)> {
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

    /// The synonyms of names of one word that are similar to a query term, the most similar first.
    /// Only names with the same first character are compared.
    pub(crate) fn synonyms_of_similar(&self, term: QueryTerm<'_>) -> Vec<Synonym> {
        let chars = term.text.chars().count();
        let first = term.text.chars().next();
        let names = first.and_then(|first| self.names.get(&first));
        let typos_max = term.typos_max(chars + usize::from(Typos::MAX));
        let is_exact = typos_max == 0 && !term.is_prefix || !term.quoted.is_empty();
        if is_exact || !(SIMILAR_MIN_CHARS..=TypoAutomaton::CHARS_MAX).contains(&chars) {
            return Vec::new();
        }
        let Some(names) = names else {
            return Vec::new();
        };
        let automaton = TypoAutomaton::new(term.text, typos_max, term.is_prefix);
        let mut found = Vec::new();
        for name in names.iter().filter(|name| *name != term.text) {
            let distance = automaton.distance(name);
            let Some(distance) = distance.filter(|it| it.is_allowed(term, name)) else {
                continue;
            };
            let percent = percent_of(self.percent, distance.penalty(term.text, name));
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
            if let ([name], Some(first)) = (typed, first.chars().next()) {
                self.names.entry(first).or_default().push(name.clone());
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
    reason = "a percentage times a penalty within 0 to 1 is a percentage"
)]
fn percent_of(percent: u8, penalty: f64) -> u8 {
    (f64::from(percent) * penalty).round().max(1.0) as u8
}

/// The names of a comma-separated list, word by word; `None` if one of them is empty or too long.
fn names(list: &str) -> Option<Vec<Vec<String>>> {
    let names = list
        .split(',')
        .map(|name| -> Vec<String> { analyze::words(name).collect() });
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
    fn names_in_a_group_find_each_other_and_arrows_point_one_way() {
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
    fn an_invalid_line_is_reported() {
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
