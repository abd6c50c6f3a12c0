//! Highlights the parts of a hit's texts that match the query, and cuts snippets around them.
//!
//! A word of a text is marked if it is an expansion of a query term: the same terms by which the
//! document was found. It is marked as a whole, since a word with a typo has no matching part.

use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Document;
use crate::schema::FieldId;
use crate::text::analyze;

/// A text of a hit that matches query terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// The field.
    pub field: FieldId,
    /// The matching parts, in the order of the text, without overlaps.
    pub marks: Vec<Mark>,
}

/// A part of a text that matches a query term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bytes of the part, at character boundaries.
    pub range: Range<usize>,
    /// One bit per matching query term.
    terms: u64,
}

/// Finds the expansions of a query in texts. Each expansion has the bits of its query terms.
pub(super) struct Highlighter<'t> {
    terms: HashMap<&'t str, u64>,
    /// Expansions of several words, which must be adjacent.
    phrases: Vec<(Vec<&'t str>, u64)>,
}

/// The part of a text, of up to `words_max` words, with marks of as many query terms as possible;
/// of several such parts the one with the most marks, then the first.
///
/// ```
/// assert_eq!(roost_engine::snippet("A quiet, small room.", &[], 2), 0..7);
/// ```
pub fn snippet(text: &str, marks: &[Mark], words_max: usize) -> Range<usize> {
    let words: Vec<Range<usize>> = text
        .unicode_word_indices()
        .map(|(at, word)| at..at + word.len())
        .collect();
    if words.len() <= words_max {
        return 0..text.len();
    }
    let cluster = best_cluster(&words, marks, words_max);
    // The words that are left are shared between both sides of the cluster.
    let spare = words_max.saturating_sub(cluster.len());
    let first = cluster.start.saturating_sub(spare / 2);
    let end = (first + words_max.max(1)).min(words.len());
    let first = end.saturating_sub(words_max.max(1));
    let start = if first == 0 { 0 } else { words[first].start };
    start..match words.get(end) {
        None => text.len(),
        Some(_) => words[end - 1].end,
    }
}

/// The words from the first to the last mark of the best part.
fn best_cluster(words: &[Range<usize>], marks: &[Mark], words_max: usize) -> Range<usize> {
    let positions: Vec<Range<usize>> = marks
        .iter()
        .map(|mark| {
            let first = words.partition_point(|word| word.end <= mark.range.start);
            let end = words.partition_point(|word| word.start < mark.range.end);
            first..end.min(first + words_max)
        })
        .collect();
    let mut best = 0..0;
    let mut best_value = (0, 0);
    for (at, first) in positions.iter().enumerate() {
        let mut found = 0;
        let together = positions[at..]
            .iter()
            .take_while(|last| last.end <= first.start + words_max);
        for (count, last) in together.enumerate() {
            found |= marks[at + count].terms;
            let value = (found.count_ones(), count + 1);
            if value > best_value {
                best_value = value;
                best = first.start..last.end;
            }
        }
    }
    best
}

impl<'t> Highlighter<'t> {
    /// Takes the expansions of each query term.
    pub(super) fn new<Expansions: IntoIterator<Item = &'t str>>(
        terms: impl Iterator<Item = Expansions>,
    ) -> Highlighter<'t> {
        let mut highlighter = Highlighter {
            terms: HashMap::new(),
            phrases: Vec::new(),
        };
        for (at, expansions) in terms.enumerate() {
            // A query has up to 32 terms, and each may be split into two.
            let bit = 1 << at.min(63);
            for expansion in expansions {
                if expansion.contains(' ') {
                    highlighter
                        .phrases
                        .push((expansion.split(' ').collect(), bit));
                } else {
                    *highlighter.terms.entry(expansion).or_default() |= bit;
                }
            }
        }
        highlighter
    }

    /// Highlights some fields of a document. Fields without a match are left out.
    pub(super) fn highlight(
        &self,
        document: &Document<&str>,
        fields: &[FieldId],
    ) -> Vec<Highlight> {
        let texts = fields.iter().map(|&field| Highlight {
            field,
            marks: self.marks(document.text(field)),
        });
        texts.filter(|text| !text.marks.is_empty()).collect()
    }

    fn marks(&self, text: &str) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let words: Vec<(Range<usize>, String)> = analyze::words_with_ranges(text).collect();
        for (at, (range, word)) in words.iter().enumerate() {
            let mut end = range.end;
            let mut terms = self.terms.get(word.as_str()).copied().unwrap_or_default();
            for (phrase, bit) in &self.phrases {
                let mut here = words[at..].iter().take(phrase.len());
                if here.clone().map(|(_, word)| word).eq(phrase) {
                    terms |= bit;
                    end = here.next_back().map_or(end, |(last, _)| end.max(last.end));
                }
            }
            match marks.last_mut() {
                _ if terms == 0 => {}
                Some(last) if range.start < last.range.end => {
                    last.range.end = last.range.end.max(end);
                    last.terms |= terms;
                }
                _ => marks.push(Mark {
                    range: range.start..end,
                    terms,
                }),
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, expansions: &[&[&str]]) -> Vec<Mark> {
        let expansions = expansions.iter().map(|of_term| of_term.iter().copied());
        Highlighter::new(expansions).marks(text)
    }

    fn marked<'t>(text: &'t str, words: &[&[&str]]) -> Vec<&'t str> {
        let marks = marks(text, words);
        marks.into_iter().map(|mark| &text[mark.range]).collect()
    }

    #[test]
    fn every_expansion_of_a_term_is_marked() {
        let text = "A CAFÉ, a café’s cafeteria";
        let words: &[&[&str]] = &[&["cafe", "cafeteria"], &["garden"]];
        assert_eq!(marked(text, words), ["CAFÉ", "cafeteria"]);
    }

    #[test]
    fn a_phrase_is_marked_where_its_words_are_adjacent() {
        let words: &[&[&str]] = &[&["near campus"], &["room"]];
        let text = "Near a campus, near-campus room; near";
        assert_eq!(marked(text, words), ["near-campus", "room"]);
    }

    #[test]
    fn overlapping_pairs_of_characters_are_one_mark() {
        let words: &[&[&str]] = &[&["北京"], &["京大"], &["大学"]];
        assert_eq!(marked("在北京大学附近, 大学", words), ["北京大学", "大学"]);
    }

    #[test]
    fn a_snippet_shows_the_part_with_the_most_query_terms() {
        let text = "desk desk desk one two three four quiet, five desk six seven eight nine ten";
        let marks = marks(text, &[&["quiet"], &["desk"]]);
        let shown = |words_max| &text[snippet(text, &marks, words_max)];
        assert_eq!(shown(3), "quiet, five desk");
        assert_eq!(shown(5), "four quiet, five desk six");
        assert_eq!(
            shown(14),
            "desk desk desk one two three four quiet, five desk six seven eight nine"
        );
        assert_eq!(shown(99), text);
    }

    #[test]
    fn a_snippet_without_marks_is_the_start_of_the_text() {
        let text = "“One, two; three.”";
        assert_eq!(&text[snippet(text, &[], 2)], "“One, two");
        assert_eq!(&text[snippet(text, &[], 3)], text);
        assert_eq!(snippet("", &[], 3), 0..0);
    }

    #[test]
    fn a_mark_longer_than_a_snippet_is_cut() {
        let text = "one two three 房間房間房間";
        let marks = marks(text, &[&["房間"], &["間房"]]);
        assert_eq!(marks.len(), 1);
        assert_eq!(&text[snippet(text, &marks, 3)], "房間房");
    }
}
