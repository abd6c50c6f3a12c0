//! Which words does a text hold?
//!
//! Texts and queries are taken apart by this one function, so what is written the same way is
//! found. Words are those of Unicode's UAX #29, in lower case, without accents and apostrophes. Scripts
//! that put no spaces between words, such as Chinese, are taken as pairs of letters instead.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// A longer word is cut to this many bytes: nobody types it, and the dictionary stays small.
const WORD_BYTES_MAX: usize = 64;

/// The words of a text in their order, folded. What has no letter or digit is no word.
///
/// ```
/// let words: Vec<String> = roost_engine::words("L'Hôtel près de l’IIT–Bombay, 2BHK").collect();
/// assert_eq!(words, ["lhotel", "pres", "de", "liit", "bombay", "2bhk"]);
/// ```
pub fn words(text: &str) -> impl Iterator<Item = String> {
    words_in_place(text).map(|(_, word)| word)
}

/// The words of a text, each with the bytes of the text that it was made of. Those of pairs of
/// letters overlap.
pub(crate) fn words_in_place(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut words = Vec::new();
    let mut run = Run::default();
    for (at, word) in text.unicode_word_indices() {
        let folded = fold(word);
        if !folded.is_empty() && folded.chars().all(is_unspaced) {
            if run.end() != Some(at) {
                run.end_into(&mut words);
            }
            run.add(at, word, &folded);
        } else {
            run.end_into(&mut words);
            words.push((at..at + word.len(), folded));
        }
    }
    run.end_into(&mut words);
    words.into_iter().filter(|(_, word)| !word.is_empty())
}

/// Whether a word is a letter, or a pair of letters, of a script without spaces.
pub(crate) fn is_of_unspaced(word: &str) -> bool {
    word.chars().all(is_unspaced)
}

/// Letters of a script without spaces, one behind the other, each with where it stands.
#[derive(Default)]
struct Run(Vec<(Range<usize>, String)>);

impl Run {
    /// Where in the text it ends.
    fn end(&self) -> Option<usize> {
        self.0.last().map(|(place, _)| place.end)
    }

    /// Adds the letters of a word that stands at `at`.
    fn add(&mut self, at: usize, word: &str, folded: &str) {
        let known = self.0.len();
        for (start, letter) in word.grapheme_indices(true) {
            let place = at + start..at + start + letter.len();
            let folded = fold(letter);
            let letters = folded.graphemes(true);
            self.0
                .extend(letters.map(|letter| (place.clone(), letter.to_owned())));
        }
        // Letters that fold otherwise side by side, or were cut, stand for the word as a whole.
        let alone = self.0[known..].iter().map(|(_, letter)| letter.as_str());
        if !alone.eq(folded.graphemes(true)) {
            let whole = at..at + word.len();
            let letters = folded.graphemes(true);
            self.0.truncate(known);
            self.0
                .extend(letters.map(|letter| (whole.clone(), letter.to_owned())));
        }
    }

    /// Its overlapping pairs; the letter itself where it is alone.
    fn end_into(&mut self, words: &mut Vec<(Range<usize>, String)>) {
        if let [(place, letter)] = &self.0[..] {
            words.push((place.clone(), letter.clone()));
        }
        words.extend(self.0.windows(2).map(|pair| {
            let [(first, letter), (second, next)] = pair else {
                return (0..0, String::new());
            };
            (first.start..second.end, format!("{letter}{next}"))
        }));
        self.0.clear();
    }
}

/// Han, Hiragana, Katakana, Thai, Lao, Burmese and Khmer.
fn is_unspaced(letter: char) -> bool {
    matches!(
        letter,
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
        let letters = word
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .take(WORD_BYTES_MAX);
        return letters
            .map(|letter| char::from(letter.to_ascii_lowercase()))
            .collect();
    }
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd().flat_map(char::to_lowercase).nfkd() {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'þ' => folded.push_str("th"),
            letter if is_part_of_a_word(letter) => folded.push(letter),
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

/// Accents of the Latin, Greek and Cyrillic scripts are dropped, and so are the points of Hebrew and
/// the vowel marks, hamzas and stretching of Arabic, which people leave out; vowel signs and viramas of
/// the Indic scripts are no accents and stay.
fn is_part_of_a_word(letter: char) -> bool {
    let is_accent = matches!(
        letter,
        '\u{0300}'..='\u{036F}'
            | '\u{0591}'..='\u{05C7}'
            | '\u{0640}'
            | '\u{064B}'..='\u{065F}'
            | '\u{0670}'
    );
    let is_mark = unicode_normalization::char::is_combining_mark(letter);
    !is_accent && (letter.is_alphanumeric() || is_mark)
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
    fn scripts_without_spaces_are_pairs_of_letters() {
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
    fn punctuation_and_emoji_are_no_words() {
        assert!(list("!!! ... 🏠 —").is_empty());
    }

    #[test]
    fn a_word_knows_what_of_the_text_it_was_made_of() {
        let text = "Üñí-ﬁnal ﾎﾃﾙ 北京大 L’Été";
        let placed: Vec<(&str, String)> = words_in_place(text)
            .map(|(place, word)| (&text[place], word))
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
        assert_eq!(placed, expected.map(|(at, word)| (at, word.to_owned())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn places_are_in_the_text_and_hold_their_words(text in "(\\PC|[a-zé北ホﾎﾞ ก])*") {
            let mut last = 0;
            for (place, word) in words_in_place(&text) {
                prop_assert!(last <= place.start && place.start < place.end);
                last = place.start;
                let there: Vec<String> = words(&text[place]).collect();
                prop_assert!(there.contains(&word), "{there:?} lacks {word:?}");
            }
        }
    }

    #[test]
    fn a_very_long_word_is_cut_at_a_letter() {
        let word = "é".repeat(200) + "क्";
        assert!(list(&word)[0].len() <= WORD_BYTES_MAX);
    }
}
