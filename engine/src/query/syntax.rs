//! What does a person mean by the text of a query?
//!
//! Words are words. What stands in quotes is a phrase: its words as they are written, next to each
//! other, in this order. A word or a phrase behind a hyphen must not be there. A quote or a hyphen says so
//! only where a word could begin: `wi-fi` is two words, and `5"` a number. A quote that is never closed,
//! as while somebody is typing, means nothing, and neither does a hyphen that stands alone.

use crate::text::analyze;

/// A part of a query's text that holds a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Words to find, whatever stands between them.
    Words(Vec<String>),
    /// Words to find as they stand here.
    Quoted(Vec<String>),
    /// Words that must not stand together as they do here.
    Excluded(Vec<String>),
}

/// The parts of a text in their order. Whatever it holds, it means something or nothing.
pub(crate) fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // Where the words begin that are not taken yet.
    let mut from = 0;
    let mut at = 0;
    let mut may_begin = true;
    while let Some(letter) = text[at..].chars().next() {
        let marked = Marked::at(text, at).filter(|_| may_begin);
        if let Some(marked) = marked {
            add(&mut parts, Part::Words(words(&text[from..at])));
            add(&mut parts, marked.part);
            at = marked.end;
            from = at;
        } else {
            at += letter.len_utf8();
            may_begin = letter.is_whitespace();
        }
    }
    add(&mut parts, Part::Words(words(&text[from..])));
    parts
}

/// A part with a mark before it.
struct Marked {
    part: Part,
    /// Where the text goes on.
    end: usize,
}

impl Marked {
    fn at(text: &str, at: usize) -> Option<Marked> {
        let rest = &text[at..];
        let bare = rest.trim_start_matches('-');
        let is_excluded = bare.len() < rest.len();
        let begin = text.len() - bare.len();
        if let Some(quoted) = bare.strip_prefix(is_quote)
            && let Some(length) = quoted.find(is_quote)
        {
            let words = words(&quoted[..length]);
            let mut behind = quoted[length..].chars();
            behind.next();
            return Some(Marked {
                part: if is_excluded {
                    Part::Excluded(words)
                } else {
                    Part::Quoted(words)
                },
                end: text.len() - behind.as_str().len(),
            });
        }
        let length = bare.find(char::is_whitespace).unwrap_or(bare.len());
        is_excluded.then(|| Marked {
            part: Part::Excluded(words(&bare[..length])),
            end: begin + length,
        })
    }
}

/// Phones put in the curly ones by themselves.
fn is_quote(letter: char) -> bool {
    matches!(
        letter,
        '"' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{FF02}'
    )
}

fn words(text: &str) -> Vec<String> {
    analyze::words(text).collect()
}

fn add(parts: &mut Vec<Part>, part: Part) {
    let (Part::Words(words) | Part::Quoted(words) | Part::Excluded(words)) = &part;
    if !words.is_empty() {
        parts.push(part);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each part as one would write it.
    fn read(text: &str) -> Vec<String> {
        let parts = parse(text).into_iter();
        let told = parts.map(|part| match part {
            Part::Words(words) => words.join(" "),
            Part::Quoted(words) => format!("\"{}\"", words.join(" ")),
            Part::Excluded(words) => format!("-\"{}\"", words.join(" ")),
        });
        told.collect()
    }

    #[test]
    fn quotes_and_hyphens_where_a_word_begins_mean_something() {
        assert_eq!(
            read("quiet \"sea view\" room"),
            ["quiet", "\"sea view\"", "room"]
        );
        assert_eq!(read("quiet -shared room"), ["quiet", "-\"shared\"", "room"]);
        assert_eq!(read("-\"sea view\""), ["-\"sea view\""]);
        assert_eq!(read("“Sea View” desk"), ["\"sea view\"", "desk"]);
        assert_eq!(read("\"a\"\"b\"c"), ["\"a\"", "\"b\"", "c"]);
        assert_eq!(read("-wi-fi"), ["-\"wi fi\""]);
        assert_eq!(read("--desk"), ["-\"desk\""]);
    }

    #[test]
    fn quotes_and_hyphens_elsewhere_mean_nothing() {
        assert_eq!(read("wi-fi 5\" bed 6\""), ["wi fi 5 bed 6"]);
        assert_eq!(read("quiet - desk -"), ["quiet", "desk"]);
        assert_eq!(read("\"quiet de"), ["quiet de"]);
        assert_eq!(read("-\"quiet de"), ["-\"quiet\"", "de"]);
        assert_eq!(read("\"\" -\"\" -!!! \"...\" -"), [""; 0]);
        assert_eq!(read("rock–climbing"), ["rock climbing"]);
    }

    proptest! {
        #[test]
        fn every_text_means_something_or_nothing(text in ".{0,60}") {
            for part in parse(&text) {
                let (Part::Words(words) | Part::Quoted(words) | Part::Excluded(words)) = part;
                prop_assert!(words.iter().all(|word| !word.is_empty()) && !words.is_empty());
            }
        }

        #[test]
        fn no_word_is_made_up(text in "[-\" a-c“”é京\u{202E}\u{0}]{0,40}") {
            let parts = parse(&text);
            let taken = parts.iter().flat_map(|part| match part {
                Part::Words(words) | Part::Quoted(words) | Part::Excluded(words) => words,
            });
            let letters: String = analyze::words(&text).collect();
            for word in taken {
                prop_assert!(word.chars().all(|letter| letters.contains(letter)), "{word}");
            }
        }

        #[test]
        fn a_text_without_marks_is_its_words(text in "[^-\"“”„＂]{0,60}") {
            let expected: Vec<String> = analyze::words(&text).collect();
            match &parse(&text)[..] {
                [] => prop_assert!(expected.is_empty()),
                [Part::Words(words)] => prop_assert_eq!(words, &expected),
                parts => prop_assert!(false, "{parts:?}"),
            }
        }
    }
}
