//! Which words does a text hold?
//!
//! Texts and queries are taken apart by this one function, so what is written the same way is
//! found. Words are those of Unicode's UAX #29, in lower case, without accents and apostrophes. Scripts
//! that put no spaces between words, such as Chinese, are taken as pairs of letters instead.

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
    let mut words = Vec::new();
    let mut run = Run::default();
    for (at, word) in text.unicode_word_indices() {
        let folded = fold(word);
        if !folded.is_empty() && folded.chars().all(is_unspaced) {
            if run.end != at {
                run.end_into(&mut words);
            }
            run.letters
                .extend(folded.graphemes(true).map(str::to_owned));
            run.end = at + word.len();
        } else {
            run.end_into(&mut words);
            words.push(folded);
        }
    }
    run.end_into(&mut words);
    words.into_iter().filter(|word| !word.is_empty())
}

/// Letters of a script without spaces, one behind the other.
#[derive(Default)]
struct Run {
    letters: Vec<String>,
    /// Where in the text it ends.
    end: usize,
}

impl Run {
    /// Its overlapping pairs; the letter itself where it is alone.
    fn end_into(&mut self, words: &mut Vec<String>) {
        match &self.letters[..] {
            [] => {}
            [letter] => words.push(letter.clone()),
            letters => words.extend(letters.windows(2).map(<[String]>::concat)),
        }
        self.letters.clear();
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
    fn a_very_long_word_is_cut_at_a_letter() {
        let word = "é".repeat(200) + "क्";
        assert!(list(&word)[0].len() <= WORD_BYTES_MAX);
    }
}
