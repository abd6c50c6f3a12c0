//! The syntax of a query's text: plain words, quoted phrases and exclusions.
//!
//! Words in quotes form a phrase: they must match exactly, adjacent and in this order. A hyphen
//! before a word or a phrase excludes documents that contain it. Quotes and hyphens have this
//! meaning only where a word can start: `wi-fi` is two words, and `5"` a number. An unclosed quote,
//! as while the user is typing, is ignored, and so is a hyphen that stands alone.

use super::analyze;

/// A part of a query's text with at least one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Plain words.
    Words(Vec<String>),
    /// The words of a phrase to find.
    Quoted(Vec<String>),
    /// The words of a phrase to exclude.
    Excluded(Vec<String>),
}

/// The parts of a text in their order. No text is an error.
pub(crate) fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // The start of the plain words that are not parsed yet.
    let mut from = 0;
    let mut at = 0;
    let mut at_word_start = true;
    while let Some(char) = text[at..].chars().next() {
        let marked = Marked::at(text, at).filter(|_| at_word_start);
        if let Some(marked) = marked {
            add(&mut parts, Part::Words(words(&text[from..at])));
            add(&mut parts, marked.part);
            at = marked.end;
            from = at;
        } else {
            at += char.len_utf8();
            at_word_start = char.is_whitespace();
        }
    }
    add(&mut parts, Part::Words(words(&text[from..])));
    parts
}

/// A quoted or excluded part.
struct Marked {
    part: Part,
    /// The position after the part.
    end: usize,
}

impl Marked {
    fn at(text: &str, at: usize) -> Option<Marked> {
        let rest = &text[at..];
        let bare = rest.trim_start_matches('-');
        let is_excluded = bare.len() < rest.len();
        let start = text.len() - bare.len();
        if let Some(quoted) = bare.strip_prefix(is_quote)
            && let Some(length) = quoted.find(is_quote)
        {
            let words = words(&quoted[..length]);
            let mut rest = quoted[length..].chars();
            rest.next();
            return Some(Marked {
                part: if is_excluded {
                    Part::Excluded(words)
                } else {
                    Part::Quoted(words)
                },
                end: text.len() - rest.as_str().len(),
            });
        }
        let length = bare.find(char::is_whitespace).unwrap_or(bare.len());
        is_excluded.then(|| Marked {
            part: Part::Excluded(words(&bare[..length])),
            end: start + length,
        })
    }
}

/// Phones insert curly quotes by themselves.
fn is_quote(char: char) -> bool {
    matches!(
        char,
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

    /// Each part as a user would type it.
    fn read(text: &str) -> Vec<String> {
        let parts = parse(text).into_iter();
        let read = parts.map(|part| match part {
            Part::Words(words) => words.join(" "),
            Part::Quoted(words) => format!("\"{}\"", words.join(" ")),
            Part::Excluded(words) => format!("-\"{}\"", words.join(" ")),
        });
        read.collect()
    }

    #[test]
    fn quotes_and_hyphens_at_the_start_of_a_word_are_syntax() {
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
    fn quotes_and_hyphens_elsewhere_are_ignored() {
        assert_eq!(read("wi-fi 5\" bed 6\""), ["wi fi 5 bed 6"]);
        assert_eq!(read("quiet - desk -"), ["quiet", "desk"]);
        assert_eq!(read("\"quiet de"), ["quiet de"]);
        assert_eq!(read("-\"quiet de"), ["-\"quiet\"", "de"]);
        assert_eq!(read("\"\" -\"\" -!!! \"...\" -"), [""; 0]);
        assert_eq!(read("rock–climbing"), ["rock climbing"]);
    }

    proptest! {
        #[test]
        fn every_text_can_be_parsed(text in ".{0,60}") {
            for part in parse(&text) {
                let (Part::Words(words) | Part::Quoted(words) | Part::Excluded(words)) = part;
                prop_assert!(words.iter().all(|word| !word.is_empty()) && !words.is_empty());
            }
        }

        #[test]
        fn all_characters_come_from_the_text(text in "[-\" a-c“”é京\u{202E}\u{0}]{0,40}") {
            let parts = parse(&text);
            let taken = parts.iter().flat_map(|part| match part {
                Part::Words(words) | Part::Quoted(words) | Part::Excluded(words) => words,
            });
            let chars: String = analyze::words(&text).collect();
            for word in taken {
                prop_assert!(word.chars().all(|char| chars.contains(char)), "{word}");
            }
        }

        #[test]
        fn a_text_without_syntax_is_its_words(text in "[^-\"“”„＂]{0,60}") {
            let expected: Vec<String> = analyze::words(&text).collect();
            match &parse(&text)[..] {
                [] => prop_assert!(expected.is_empty()),
                [Part::Words(words)] => prop_assert_eq!(words, &expected),
                parts => prop_assert!(false, "{parts:?}"),
            }
        }
    }
}
