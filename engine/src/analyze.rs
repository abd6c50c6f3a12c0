//! Which words does a text hold?
//!
//! Texts and queries are taken apart by this one function, so what is written the same way is
//! found. Words are those of Unicode's UAX #29, in lower case, without accents and apostrophes.

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
    text.unicode_words()
        .map(fold)
        .filter(|word| !word.is_empty())
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

/// Accents of the Latin, Greek and Cyrillic scripts are dropped; vowel signs and viramas of the
/// Indic scripts are no accents and stay.
fn is_part_of_a_word(letter: char) -> bool {
    let is_accent = matches!(letter, '\u{0300}'..='\u{036F}');
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
    fn punctuation_and_emoji_are_no_words() {
        assert!(list("!!! ... 🏠 —").is_empty());
    }

    #[test]
    fn a_very_long_word_is_cut_at_a_letter() {
        let word = "é".repeat(200) + "क्";
        assert!(list(&word)[0].len() <= WORD_BYTES_MAX);
    }
}
