//! The text of a query after analysis: its terms, and how tolerantly they match.

use crate::text::language::Language;
use crate::text::query_term::{QueryTerm, Synonym, Typos};
use crate::text::syntax::{self, Part};

/// The terms and the excluded phrases of a query's text, at least one of either.
///
/// Words `"in quotes"` must match exactly, adjacent and in their order, and are always required. A
/// hyphen before a word or before quotes excludes documents that contain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    words: Vec<Word>,
    excluded: Vec<Vec<String>>,
    /// Whether the text ends with a plain word.
    ends_plain: bool,
    prefix_last: bool,
    typos: Typos,
    mode: MatchMode,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// The word after analysis; of a phrase its words with spaces between them.
    text: String,
    /// The words of a quoted phrase; empty for a plain word.
    quoted: Vec<String>,
    synonyms: Vec<Synonym>,
}

/// Which query terms a document must contain. The text component of a document decreases with each
/// term that it lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MatchMode {
    /// All terms.
    #[default]
    All,
    /// All terms, if enough documents match. Otherwise terms that no document contains become
    /// optional, and after them all terms that are not quoted. The terms of a match must then have
    /// a third of the query's IDF, or that of the most informative term.
    Relaxed {
        /// The number of matches that are enough. It does not depend on the page, so that all pages
        /// show the same matches.
        min_matches: u64,
    },
    /// Any term.
    Any,
}

/// Why a text is not a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The text has only spaces and punctuation.
    #[error("contains no word to search for")]
    NoWord,
    /// The text has more than [`Words::MAX`] words.
    #[error("contains {0} words, more than {max}", max = Words::MAX)]
    TooMany(usize),
}

impl Words {
    /// The maximum number of words.
    pub const MAX: usize = 32;

    /// Analyses a text like the indexed texts: folded, in lower case, each word once. The terms
    /// match exactly unless [`typos`](Words::typos) or [`prefix_last`](Words::prefix_last) allow
    /// more.
    ///
    /// # Errors
    /// If the text has no word, or more than [`Words::MAX`].
    pub fn new(text: &str) -> Result<Words, WordsError> {
        let mut words: Vec<Word> = Vec::new();
        let mut excluded = Vec::new();
        let mut ends_plain = false;
        for part in syntax::parse(text) {
            ends_plain = matches!(part, Part::Words(_));
            match part {
                Part::Words(plain) => plain.into_iter().map(Word::plain).for_each(|word| {
                    add(&mut words, word);
                }),
                Part::Quoted(quoted) => add(&mut words, Word::quoted(quoted)),
                Part::Excluded(phrase) => add(&mut excluded, phrase),
            }
        }
        // A quoted word replaces the same word without quotes.
        let quoted: Vec<Word> = words
            .iter()
            .filter(|word| !word.is_plain())
            .cloned()
            .collect();
        words.retain(|word| {
            !word.is_plain()
                || quoted
                    .iter()
                    .all(|quoted| quoted.quoted != [word.text.as_str()])
        });
        let found: usize = words.iter().map(|word| word.quoted.len().max(1)).sum();
        let not_found: usize = excluded.iter().map(Vec::len).sum();
        match found + not_found {
            0 => Err(WordsError::NoWord),
            n if n > Words::MAX => Err(WordsError::TooMany(n)),
            _ => Ok(Words {
                words,
                excluded,
                ends_plain,
                prefix_last: false,
                typos: Typos::NONE,
                mode: MatchMode::All,
            }),
        }
    }

    /// Makes the last word a prefix, as in search-as-you-type.
    #[must_use]
    pub fn prefix_last(mut self) -> Words {
        self.prefix_last = true;
        self
    }

    /// Allows typos.
    #[must_use]
    pub fn typos(mut self, typos: Typos) -> Words {
        self.typos = typos;
        self
    }

    /// The words of another text with the same tolerance, without synonyms.
    ///
    /// # Errors
    /// As [`Words::new`].
    pub fn of_text(&self, text: &str) -> Result<Words, WordsError> {
        Ok(Words {
            prefix_last: self.prefix_last,
            typos: self.typos,
            mode: self.mode,
            ..Words::new(text)?
        })
    }

    /// The same words without a prefix.
    pub(crate) fn whole(mut self) -> Words {
        self.prefix_last = false;
        self
    }

    /// Adds the synonyms of plain words, and removes stop words unless there are only stop words.
    /// Call [`typos`](Words::typos) and [`prefix_last`](Words::prefix_last) first: names match with
    /// the allowed typos, and a prefix is not a stop word yet.
    #[must_use]
    pub fn in_language(mut self, language: &Language) -> Words {
        for at in 0..self.words.len() {
            let run = self.words[at..].iter().take_while(|word| word.is_plain());
            let run: Vec<&str> = run.map(|word| word.text.as_str()).collect();
            for (taken, synonyms) in language.synonyms_at(&run) {
                // A document with a synonym of several words matches each of these words.
                for word in &mut self.words[at..at + taken] {
                    word.synonyms.extend_from_slice(&synonyms);
                }
            }
        }
        let terms = self.iter();
        let similar: Vec<Vec<Synonym>> = terms
            .map(|term| language.synonyms_of_similar(term))
            .collect();
        for (word, synonyms) in self.words.iter_mut().zip(similar) {
            word.synonyms.extend(synonyms);
        }
        let prefix = self.prefix();
        let is_stop = |(position, word): (usize, &Word)| {
            word.is_plain() && Some(position) != prefix && language.is_stop_word(&word.text)
        };
        let are_stops: Vec<bool> = self.words.iter().enumerate().map(is_stop).collect();
        if are_stops.contains(&false) {
            let mut are_stops = are_stops.into_iter();
            self.words.retain(|_| are_stops.next() == Some(false));
        }
        self
    }

    /// Sets which terms a document must contain.
    #[must_use]
    pub fn match_mode(mut self, mode: MatchMode) -> Words {
        self.mode = mode;
        self
    }

    /// The query terms as they are displayed, in the order that
    /// [`SearchAfter::optional_words`](crate::SearchAfter::optional_words) refers to.
    pub fn term_texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// Whether there are terms, and not only excluded phrases.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// The phrases that exclude a document, word by word.
    pub(crate) fn excluded(&self) -> &[Vec<String>] {
        &self.excluded
    }

    pub(crate) fn mode(&self) -> MatchMode {
        self.mode
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = QueryTerm<'_>> {
        let prefix = self.prefix();
        let words = self.words.iter().enumerate();
        words.map(move |(position, word)| QueryTerm {
            text: &word.text,
            quoted: &word.quoted,
            position,
            synonyms: &word.synonyms,
            is_prefix: Some(position) == prefix,
            typos: self.typos,
        })
    }

    /// The position of the prefix.
    fn prefix(&self) -> Option<usize> {
        let last = self.words.last().filter(|word| word.is_plain());
        let prefix = last.filter(|_| self.prefix_last && self.ends_plain);
        prefix.map(|_| self.words.len() - 1)
    }

    /// Neighbouring words joined to one, each with the position of the first: a superfluous space
    /// is a typo, even between numbers.
    pub(crate) fn joined(&self) -> impl Iterator<Item = (usize, String)> {
        let pairs = self.words.windows(2).enumerate();
        let plain = pairs.filter(|(_, pair)| pair.iter().all(Word::is_plain));
        let joined = plain.map(|(at, pair)| (at, format!("{}{}", pair[0].text, pair[1].text)));
        let chars_min = usize::from(self.typos.one_typo_min_chars);
        joined.filter(move |(_, word)| self.typos.max > 0 && word.chars().count() >= chars_min)
    }
}

impl Word {
    fn plain(text: String) -> Word {
        Word {
            text,
            quoted: Vec::new(),
            synonyms: Vec::new(),
        }
    }

    fn quoted(quoted: Vec<String>) -> Word {
        Word {
            text: quoted.join(" "),
            quoted,
            synonyms: Vec::new(),
        }
    }

    fn is_plain(&self) -> bool {
        self.quoted.is_empty()
    }
}

/// Adds an item unless it is there already.
fn add<T: PartialEq>(all: &mut Vec<T>, item: T) {
    if !all.contains(&item) {
        all.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_if_typos_are_allowed() {
        let joined = |text: &str, typos: Typos| -> Vec<(usize, String)> {
            Words::new(text).unwrap().typos(typos).joined().collect()
        };
        let expected = [(0, "2bhk".to_owned()), (1, "bhkwi".to_owned())];
        assert_eq!(joined("2 bhk wi", Typos::default()), expected);
        assert_eq!(joined("a bc", Typos::default()), []);
        assert_eq!(joined("wi fi", Typos::NONE), []);
    }
}
