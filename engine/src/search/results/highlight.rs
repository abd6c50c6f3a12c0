//! Where does a hit hold the words of the query?
//!
//! A word of a text is marked if some word of the query stands for it, as what was written, as what
//! may have been meant, or as what was only begun: the same terms by which the document was found. It
//! is marked whole, since of a word with a typo nobody can say which letters were found.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Document;
use crate::text::analyze;

/// A text of a document that can be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextField {
    /// Its name.
    Title,
    /// Free text.
    Description,
    /// Street and number.
    Address,
    /// Neighbourhood.
    Locality,
    /// Town or city.
    City,
}

/// A text of a hit that holds words of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Which text.
    pub field: TextField,
    /// Where, in the order of the text, none over another.
    pub marks: Vec<Mark>,
}

/// A part of a text that a word of the query stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its bytes, of whole letters.
    pub range: Range<usize>,
    /// For which words of the query, a bit each.
    words: u64,
}

/// The terms that the words of a query stand for, each with the bits of the words.
pub(super) struct Marker<'t> {
    words: HashMap<&'t str, u64>,
    /// Terms of several words, to be found next to each other.
    phrases: Vec<(Vec<&'t str>, u64)>,
}

impl TextField {
    /// Every text, the one that weighs most first.
    pub const ALL: [TextField; 5] = [
        TextField::Title,
        TextField::Locality,
        TextField::City,
        TextField::Address,
        TextField::Description,
    ];

    /// The name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            TextField::Title => "title",
            TextField::Description => "description",
            TextField::Address => "address",
            TextField::Locality => "locality",
            TextField::City => "city",
        }
    }

    /// The text of a document.
    pub fn of<Text: Borrow<str>>(self, document: &Document<Text>) -> &str {
        match self {
            TextField::Title => document.title.borrow(),
            TextField::Description => document.description.borrow(),
            TextField::Address => document.address.borrow(),
            TextField::Locality => document.locality.borrow(),
            TextField::City => document.city.borrow(),
        }
    }
}

/// The part of a text of at most so many words in which the marks of most words of the query stand
/// together; of several the one with most marks, then the first.
///
/// ```
/// assert_eq!(roost_engine::snippet("A quiet, small room.", &[], 2), 0..7);
/// ```
pub fn snippet(text: &str, marks: &[Mark], words_most: usize) -> Range<usize> {
    let words: Vec<Range<usize>> = text
        .unicode_word_indices()
        .map(|(at, word)| at..at + word.len())
        .collect();
    if words.len() <= words_most {
        return 0..text.len();
    }
    let cluster = best_cluster(&words, marks, words_most);
    // What is left is shared by what stands before and behind.
    let spare = words_most.saturating_sub(cluster.len());
    let first = cluster.start.saturating_sub(spare / 2);
    let end = (first + words_most.max(1)).min(words.len());
    let first = end.saturating_sub(words_most.max(1));
    let start = if first == 0 { 0 } else { words[first].start };
    start..match words.get(end) {
        None => text.len(),
        Some(_) => words[end - 1].end,
    }
}

/// The words from the first to the last of the marks that are best shown together.
fn best_cluster(words: &[Range<usize>], marks: &[Mark], words_most: usize) -> Range<usize> {
    let places: Vec<Range<usize>> = marks
        .iter()
        .map(|mark| {
            let first = words.partition_point(|word| word.end <= mark.range.start);
            let end = words.partition_point(|word| word.start < mark.range.end);
            first..end.min(first + words_most)
        })
        .collect();
    let mut best = 0..0;
    let mut best_value = (0, 0);
    for (at, place) in places.iter().enumerate() {
        let mut found = 0;
        let together = places[at..]
            .iter()
            .take_while(|last| last.end <= place.start + words_most);
        for (count, last) in together.enumerate() {
            found |= marks[at + count].words;
            let value = (found.count_ones(), count + 1);
            if value > best_value {
                best_value = value;
                best = place.start..last.end;
            }
        }
    }
    best
}

impl<'t> Marker<'t> {
    /// For the terms of each word of a query.
    pub(super) fn new<Terms: IntoIterator<Item = &'t str>>(
        words: impl Iterator<Item = Terms>,
    ) -> Marker<'t> {
        let mut marker = Marker {
            words: HashMap::new(),
            phrases: Vec::new(),
        };
        for (at, terms) in words.enumerate() {
            // The bits are as many as words can be in a query, each of them being two.
            let bit = 1 << at.min(63);
            for term in terms {
                if term.contains(' ') {
                    marker.phrases.push((term.split(' ').collect(), bit));
                } else {
                    *marker.words.entry(term).or_default() |= bit;
                }
            }
        }
        marker
    }

    /// Those of some texts of a document that hold words of the query.
    pub(super) fn highlight(
        &self,
        document: &Document<&str>,
        fields: &[TextField],
    ) -> Vec<Highlight> {
        let texts = fields.iter().map(|&field| Highlight {
            field,
            marks: self.marks(field.of(document)),
        });
        texts.filter(|text| !text.marks.is_empty()).collect()
    }

    fn marks(&self, text: &str) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let words: Vec<(Range<usize>, String)> = analyze::words_in_place(text).collect();
        for (at, (range, word)) in words.iter().enumerate() {
            let mut end = range.end;
            let mut meant = self.words.get(word.as_str()).copied().unwrap_or_default();
            for (phrase, bit) in &self.phrases {
                let mut here = words[at..].iter().take(phrase.len());
                if here.clone().map(|(_, word)| word).eq(phrase) {
                    meant |= bit;
                    end = here.next_back().map_or(end, |(last, _)| end.max(last.end));
                }
            }
            match marks.last_mut() {
                _ if meant == 0 => {}
                Some(last) if range.start < last.range.end => {
                    last.range.end = last.range.end.max(end);
                    last.words |= meant;
                }
                _ => marks.push(Mark {
                    range: range.start..end,
                    words: meant,
                }),
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, words: &[&[&str]]) -> Vec<Mark> {
        Marker::new(words.iter().map(|terms| terms.iter().copied())).marks(text)
    }

    fn marked<'t>(text: &'t str, words: &[&[&str]]) -> Vec<&'t str> {
        let marks = marks(text, words);
        marks.into_iter().map(|mark| &text[mark.range]).collect()
    }

    #[test]
    fn every_term_of_a_word_is_marked_as_the_text_has_it() {
        let text = "A CAFÉ, a café’s cafeteria";
        let words: &[&[&str]] = &[&["cafe", "cafeteria"], &["garden"]];
        assert_eq!(marked(text, words), ["CAFÉ", "cafeteria"]);
    }

    #[test]
    fn a_term_of_several_words_is_marked_where_they_stand_together() {
        let words: &[&[&str]] = &[&["near campus"], &["room"]];
        let text = "Near a campus, near-campus room; near";
        assert_eq!(marked(text, words), ["near-campus", "room"]);
    }

    #[test]
    fn pairs_of_letters_that_overlap_are_one_mark() {
        let words: &[&[&str]] = &[&["北京"], &["京大"], &["大学"]];
        assert_eq!(marked("在北京大学附近, 大学", words), ["北京大学", "大学"]);
    }

    #[test]
    fn a_snippet_shows_where_most_words_of_the_query_stand_together() {
        let text = "desk desk desk one two three four quiet, five desk six seven eight nine ten";
        let marks = marks(text, &[&["quiet"], &["desk"]]);
        let shown = |words_most| &text[snippet(text, &marks, words_most)];
        assert_eq!(shown(3), "quiet, five desk");
        assert_eq!(shown(5), "four quiet, five desk six");
        assert_eq!(
            shown(14),
            "desk desk desk one two three four quiet, five desk six seven eight nine"
        );
        assert_eq!(shown(99), text);
    }

    #[test]
    fn a_snippet_without_marks_is_the_beginning() {
        let text = "“One, two; three.”";
        assert_eq!(&text[snippet(text, &[], 2)], "“One, two");
        assert_eq!(&text[snippet(text, &[], 3)], text);
        assert_eq!(snippet("", &[], 3), 0..0);
    }

    #[test]
    fn a_mark_longer_than_a_snippet_is_begun() {
        let text = "one two three 房間房間房間";
        let marks = marks(text, &[&["房間"], &["間房"]]);
        assert_eq!(marks.len(), 1);
        assert_eq!(&text[snippet(text, &marks, 3)], "房間房");
    }
}
