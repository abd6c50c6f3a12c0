//! Which words are asked for, and how forgivingly?

use super::language::{Language, Synonym};
use super::syntax::{self, Part};

/// The words of a query's text: those to find and those that must not be there, of which there is at
/// least one.
///
/// `"In quotes"` words are found as they are written and next to each other, and always required. A
/// hyphen before a word or before quotes excludes what holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    words: Vec<Word>,
    excluded: Vec<Vec<String>>,
    /// Whether a plain word is the last that was typed.
    is_open: bool,
    prefix_last: bool,
    typos: Typos,
    mode: MatchMode,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// As it is told.
    text: String,
    /// What stands in quotes, word by word; nothing for a plain word.
    quoted: Vec<String>,
    /// What it is found as besides.
    synonyms: Vec<Synonym>,
}

/// How many of the words a document must hold. Those that it lacks are missing from its text component,
/// each by its share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MatchMode {
    /// All of them.
    #[default]
    All,
    /// All of them where so many documents hold all. Else words that no document holds need not be
    /// there, and then none that is not in quotes: the words of a match say at least a third of what is
    /// asked, by their inverse document frequencies, or as much as the word that says most.
    Relaxed {
        /// How many matches are enough. A page has nothing to do with it, so that all pages show the
        /// same matches.
        min_matches: u64,
    },
    /// One of them.
    Any,
}

/// How many typos a word of a query may have. A typo is a letter too much, too few or wrong, or two
/// neighbours that changed places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Typos {
    /// In any word, up to [`Typos::MAX`].
    pub max: u8,
    /// A shorter word has none.
    pub one_typo_min_chars: u8,
    /// A shorter word has at most one, unless it was meant as a word of so many letters.
    pub two_typos_min_chars: u8,
    /// Whether words with digits, which are numbers and codes, may have typos too.
    pub in_numbers: bool,
}

/// Why a text can't be searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Nothing but spaces and punctuation.
    #[error("holds no word to search for")]
    NoWord,
    /// More words than a search takes.
    #[error("holds {0} words, more than {max}", max = Words::MAX)]
    TooMany(usize),
}

/// A word to look up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) word: &'a str,
    /// What stands in quotes, word by word; nothing for a plain word.
    pub(crate) quoted: &'a [String],
    pub(crate) synonyms: &'a [Synonym],
    /// Its place in the query, from 0.
    pub(crate) number: usize,
    /// Whether it may be the beginning of a longer one.
    pub(crate) is_prefix: bool,
    pub(crate) typos: Typos,
}

impl Words {
    /// The most words that a search takes.
    pub const MAX: usize = 32;

    /// Takes a text apart as the indexed texts are: folded, lower case, each word once. The words
    /// are found as they are written, unless [`typos`](Words::typos) or
    /// [`prefix_last`](Words::prefix_last) forgive more.
    ///
    /// # Errors
    /// If there is no word in it, or more than [`Words::MAX`].
    pub fn new(text: &str) -> Result<Words, WordsError> {
        let mut words: Vec<Word> = Vec::new();
        let mut excluded = Vec::new();
        let mut is_open = false;
        for part in syntax::parse(text) {
            is_open = matches!(part, Part::Words(_));
            match part {
                Part::Words(plain) => plain.into_iter().map(Word::plain).for_each(|word| {
                    add(&mut words, word);
                }),
                Part::Quoted(quoted) => add(&mut words, Word::quoted(quoted)),
                Part::Excluded(together) => add(&mut excluded, together),
            }
        }
        // What is in quotes stands for the same word without.
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
                is_open,
                prefix_last: false,
                typos: Typos::NONE,
                mode: MatchMode::All,
            }),
        }
    }

    /// Lets the last word stand for every word that begins with it, as in search-as-you-type.
    #[must_use]
    pub fn prefix_last(mut self) -> Words {
        self.prefix_last = true;
        self
    }

    /// Lets each word stand for those that it may have been meant as.
    #[must_use]
    pub fn typos(mut self, typos: Typos) -> Words {
        self.typos = typos;
        self
    }

    /// The words of another text, as forgivingly. They have no synonyms.
    pub(crate) fn of_text(&self, text: &str) -> Result<Words, WordsError> {
        Ok(Words {
            prefix_last: self.prefix_last,
            typos: self.typos,
            mode: self.mode,
            ..Words::new(text)?
        })
    }

    /// The same, and none of them a beginning.
    pub(crate) fn whole(mut self) -> Words {
        self.prefix_last = false;
        self
    }

    /// Lets plain words stand for their synonyms as well, and leaves out stop words unless there is
    /// nothing else to find. It goes by [`typos`](Words::typos) and [`prefix_last`](Words::prefix_last),
    /// so say these before: a name may be misspelt or begun, and a last word that may go on is no
    /// stop word yet.
    #[must_use]
    pub fn in_language(mut self, language: &Language) -> Words {
        for at in 0..self.words.len() {
            let run = self.words[at..].iter().take_while(|word| word.is_plain());
            let run: Vec<&str> = run.map(|word| word.text.as_str()).collect();
            for (taken, synonyms) in language.synonyms_at(&run) {
                // What holds a synonym holds each of the words that it is one of.
                for word in &mut self.words[at..at + taken] {
                    word.synonyms.extend_from_slice(&synonyms);
                }
            }
        }
        let like: Vec<Vec<Synonym>> = self.iter().map(|it| language.synonyms_like(it)).collect();
        for (word, synonyms) in self.words.iter_mut().zip(like) {
            word.synonyms.extend(synonyms);
        }
        let open = self.open_word();
        let is_stop = |(number, word): (usize, &Word)| {
            word.is_plain() && Some(number) != open && language.is_stop_word(&word.text)
        };
        let are_stops: Vec<bool> = self.words.iter().enumerate().map(is_stop).collect();
        if are_stops.contains(&false) {
            let mut are_stops = are_stops.into_iter();
            self.words.retain(|_| are_stops.next() == Some(false));
        }
        self
    }

    /// Says how many of the words a document must hold.
    #[must_use]
    pub fn match_mode(mut self, mode: MatchMode) -> Words {
        self.mode = mode;
        self
    }

    /// Whether there is anything to find, and not only what must not be there.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Words that must not stand next to each other, if it is several, in a document.
    pub(crate) fn excluded(&self) -> &[Vec<String>] {
        &self.excluded
    }

    pub(crate) fn mode(&self) -> MatchMode {
        self.mode
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Wanted<'_>> {
        let open = self.open_word();
        let words = self.words.iter().enumerate();
        words.map(move |(number, word)| Wanted {
            word: &word.text,
            quoted: &word.quoted,
            number,
            synonyms: &word.synonyms,
            is_prefix: Some(number) == open,
            typos: self.typos,
        })
    }

    /// The number of the word that may go on.
    fn open_word(&self) -> Option<usize> {
        let last = self.words.last().filter(|word| word.is_plain());
        let open = last.filter(|_| self.prefix_last && self.is_open);
        open.map(|_| self.words.len() - 1)
    }

    /// Neighbours written as one word, each with the number of the first: a space too much is a typo,
    /// in numbers too.
    pub(crate) fn joined(&self) -> impl Iterator<Item = (usize, String)> {
        let pairs = self.words.windows(2).enumerate();
        let plain = pairs.filter(|(_, pair)| pair.iter().all(Word::is_plain));
        let joined = plain.map(|(at, pair)| (at, format!("{}{}", pair[0].text, pair[1].text)));
        let letters_least = usize::from(self.typos.one_typo_min_chars);
        joined.filter(move |(_, word)| self.typos.max > 0 && word.chars().count() >= letters_least)
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

impl Typos {
    /// The most that [`Typos::max`] is heeded to.
    pub const MAX: u8 = 2;

    /// Words are found as they are written.
    pub const NONE: Typos = Typos {
        max: 0,
        one_typo_min_chars: 4,
        two_typos_min_chars: 8,
        in_numbers: false,
    };
}

impl Wanted<'_> {
    /// How many typos the word may have where it was meant as one of so many letters. Letters that
    /// were left out count, else a word of eight with two of them missing would be too short to
    /// have two typos.
    pub(crate) fn typos_most(&self, letters_meant: usize) -> u8 {
        let letters = self.word.chars().count();
        let is_exempt = !self.typos.in_numbers && self.word.chars().any(char::is_numeric);
        if is_exempt || letters < usize::from(self.typos.one_typo_min_chars) {
            return 0;
        }
        let is_long = letters.max(letters_meant) >= usize::from(self.typos.two_typos_min_chars);
        (if is_long { Typos::MAX } else { 1 }).min(self.typos.max)
    }
}

impl Default for Typos {
    /// One from 4 letters and two from 8, in words without digits.
    fn default() -> Typos {
        Typos {
            max: 2,
            ..Typos::NONE
        }
    }
}

/// Each once.
fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_where_typos_are_forgiven() {
        let joined = |text: &str, typos: Typos| -> Vec<(usize, String)> {
            Words::new(text).unwrap().typos(typos).joined().collect()
        };
        let expected = [(0, "2bhk".to_owned()), (1, "bhkwi".to_owned())];
        assert_eq!(joined("2 bhk wi", Typos::default()), expected);
        assert_eq!(joined("a bc", Typos::default()), []);
        assert_eq!(joined("wi fi", Typos::NONE), []);
    }

    #[test]
    fn longer_words_may_have_more_typos_and_numbers_none() {
        let allowed = |text: &str, typos: Typos| -> Vec<u8> {
            let words = Words::new(text).unwrap().typos(typos);
            words.iter().map(|wanted| wanted.typos_most(0)).collect()
        };
        let text = "spa desk balcony bathroom 2bhk000000";
        assert_eq!(allowed(text, Typos::default()), [0, 1, 1, 2, 0]);
        assert_eq!(allowed(text, Typos::NONE), [0; 5]);
        let one = Typos {
            max: 1,
            in_numbers: true,
            ..Typos::default()
        };
        assert_eq!(allowed(text, one), [0, 1, 1, 1, 1]);
        let words = Words::new("bathrum").unwrap().typos(Typos::default());
        let bathrum = words.iter().next().unwrap();
        assert_eq!((bathrum.typos_most(7), bathrum.typos_most(8)), (1, 2));
    }
}
