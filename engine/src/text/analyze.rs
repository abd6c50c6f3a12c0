//! Text analysis: the words of a text, folded.
//!
//! Texts and queries go through this one function, so that both spell a word in the same way. Words
//! are those of Unicode's UAX #29, in lower case, without accents and apostrophes. Scripts that put
//! no spaces between words, such as Chinese, are indexed as bigrams: overlapping pairs of
//! characters.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// A longer word is cut to this many bytes, which keeps the dictionary small: people do not type
/// such words.
const WORD_BYTES_MAX: usize = 64;

/// The words of a text in their order, folded. A word contains at least one letter or digit.
///
/// ```
/// let words: Vec<String> = roost_engine::words("L'Hôtel près de l’IIT–Bombay, 2BHK").collect();
/// assert_eq!(words, ["lhotel", "pres", "de", "liit", "bombay", "2bhk"]);
/// ```
pub fn words(text: &str) -> impl Iterator<Item = String> {
    words_with_ranges(text).map(|(_, word)| word)
}

/// The words of a text, each with the byte range of the text that it comes from. The ranges of
/// bigrams overlap.
pub(crate) fn words_with_ranges(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut words = Vec::new();
    let mut run = UnspacedRun::default();
    for (at, word) in text.unicode_word_indices() {
        let folded = fold(word);
        if !folded.is_empty() && folded.chars().all(is_unspaced) {
            if run.end() != Some(at) {
                run.flush(&mut words);
            }
            run.push(at, word, &folded);
        } else {
            run.flush(&mut words);
            words.push((at..at + word.len(), folded));
        }
    }
    run.flush(&mut words);
    words.into_iter().filter(|(_, word)| !word.is_empty())
}

/// Whether a word is a character or a bigram of a script without spaces.
pub(crate) fn is_of_unspaced_script(word: &str) -> bool {
    word.chars().all(is_unspaced)
}

/// Consecutive characters of a script without spaces, each with its byte range.
#[derive(Default)]
struct UnspacedRun(Vec<(Range<usize>, String)>);

impl UnspacedRun {
    /// The byte offset of its end in the text.
    fn end(&self) -> Option<usize> {
        self.0.last().map(|(range, _)| range.end)
    }

    /// Appends the characters of a word that starts at byte `at`.
    fn push(&mut self, at: usize, word: &str, folded: &str) {
        let length_before = self.0.len();
        for (start, grapheme) in word.grapheme_indices(true) {
            let range = at + start..at + start + grapheme.len();
            let folded = fold(grapheme);
            let characters = folded.graphemes(true);
            self.0
                .extend(characters.map(|character| (range.clone(), character.to_owned())));
        }
        // Where characters fold differently side by side, or were cut, each gets the whole range.
        let one_by_one = self.0[length_before..]
            .iter()
            .map(|(_, character)| character.as_str());
        if !one_by_one.eq(folded.graphemes(true)) {
            let whole = at..at + word.len();
            let characters = folded.graphemes(true);
            self.0.truncate(length_before);
            self.0
                .extend(characters.map(|character| (whole.clone(), character.to_owned())));
        }
    }

    /// Appends its bigrams to `words`, or its only character, and empties it.
    fn flush(&mut self, words: &mut Vec<(Range<usize>, String)>) {
        if let [(range, character)] = &self.0[..] {
            words.push((range.clone(), character.clone()));
        }
        words.extend(self.0.windows(2).map(|pair| {
            let [(first, character), (second, next)] = pair else {
                return (0..0, String::new());
            };
            (first.start..second.end, format!("{character}{next}"))
        }));
        self.0.clear();
    }
}

/// Han, Hiragana, Katakana, Thai, Lao, Burmese and Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{0E01}'..='\u{0E4E}'
            | '\u{0E81}'..='\u{0ECE}'
            | '\u{1000}'..='\u{103F}'
            | '\u{1780}'..='\u{17D3}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3041}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3134F}'
    )
}

fn fold(word: &str) -> String {
    if word.is_ascii() {
        let bytes = word
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .take(WORD_BYTES_MAX);
        return bytes
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
    }
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().flat_map(char::to_lowercase).nfkd() {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'þ' => folded.push_str("th"),
            c if is_word_character(c) => folded.push(c),
            _ => {}
        }
        if folded.len() > WORD_BYTES_MAX {
            while folded.len() > WORD_BYTES_MAX {
                folded.pop();
            }
            break;
        }
    }
    folded.nfc().collect()
}

/// Drops what people leave out: accents of the Latin, Greek and Cyrillic scripts, points of Hebrew,
/// and vowel marks, hamzas and stretching of Arabic. Keeps the vowel signs and viramas of the Indic
/// scripts, which are not accents.
fn is_word_character(c: char) -> bool {
    let is_accent = matches!(
        c,
        '\u{0300}'..='\u{036F}'
            | '\u{0591}'..='\u{05C7}'
            | '\u{0640}'
            | '\u{064B}'..='\u{065F}'
            | '\u{0670}'
    );
    let is_mark = unicode_normalization::char::is_combining_mark(c);
    !is_accent && (c.is_alphanumeric() || is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn accents_case_and_width_are_folded() {
        assert_eq!(
            list("CAFÉ Ærø Straße ＷＩＦＩ İzmir"),
            ["cafe", "aero", "strasse", "wifi", "izmir"]
        );
    }

    #[test]
    fn a_devanagari_word_stays_whole() {
        assert_eq!(list("बेंगलुरु विद्यालय").len(), 2);
        assert_ne!(list("कमल"), list("कमला"));
    }

    #[test]
    fn scripts_without_spaces_become_bigrams() {
        assert_eq!(list("北京大学"), ["北京", "京大", "大学"]);
        assert_eq!(list("房, room房間wifi"), ["房", "room", "房間", "wifi"]);
        assert_eq!(list("東京のホテル").len(), 5);
        assert_eq!(list("ﾎﾃﾙ"), list("ホテル"));
        assert_eq!(list("ที่พัก").len(), 2);
    }

    #[test]
    fn marks_that_people_leave_out_are_dropped() {
        assert_eq!(list("غُرْفَة أحمد"), list("غرفة احمد"));
        assert_eq!(list("שָׁלוֹם"), list("שלום"));
        assert_ne!(list("தமிழ்"), list("தமழ"));
    }

    #[test]
    fn punctuation_and_emoji_are_not_words() {
        assert!(list("!!! ... 🏠 —").is_empty());
    }

    #[test]
    fn a_word_has_the_byte_range_that_it_comes_from() {
        let text = "Üñí-ﬁnal ﾎﾃﾙ 北京大 L’Été";
        let found: Vec<(&str, String)> = words_with_ranges(text)
            .map(|(range, word)| (&text[range], word))
            .collect();
        let expected = [
            ("Üñí", "uni"),
            ("ﬁnal", "final"),
            ("ﾎﾃ", "ホテ"),
            ("ﾃﾙ", "テル"),
            ("北京", "北京"),
            ("京大", "京大"),
            ("L’Été", "lete"),
        ];
        assert_eq!(found, expected.map(|(at, word)| (at, word.to_owned())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn ranges_are_in_the_text_and_contain_their_words(text in "(\\PC|[a-zé北ホﾎﾞ ก])*") {
            let mut last = 0;
            for (range, word) in words_with_ranges(&text) {
                prop_assert!(last <= range.start && range.start < range.end);
                last = range.start;
                let in_range: Vec<String> = words(&text[range]).collect();
                prop_assert!(in_range.contains(&word), "{in_range:?} lacks {word:?}");
            }
        }
    }

    #[test]
    fn a_very_long_word_is_cut_between_characters() {
        let word = "é".repeat(200) + "क्";
        assert!(list(&word)[0].len() <= WORD_BYTES_MAX);
    }
}
