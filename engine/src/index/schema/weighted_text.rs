//! How do words of a title come to count more than words of a description?
//!
//! All texts of a document go into one field, each with a weight, and a word of a text of weight 3
//! is indexed three times. Tantivy sees one string in which every text follows a digit, and this
//! tokenizer of its takes that apart again.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::analyze;

/// The name under which an index knows the tokenizer.
pub(crate) const TOKENIZER: &str = "weighted_words";

/// Words of different texts, or of two rounds of one, never look adjacent to a phrase.
const POSITION_GAP: usize = 100;

/// Ends a text. No word holds a control character.
const END: char = '\u{1E}';

/// Texts and weights as one string.
pub(crate) struct WeightedText;

#[derive(Clone, Default)]
pub(crate) struct WeightedWords;

/// The words of the texts that were taken apart, each with its position.
pub(crate) struct Words {
    words: std::vec::IntoIter<(usize, String)>,
    token: Token,
}

impl WeightedText {
    /// Weights are 1 to 9.
    pub(crate) fn of(texts: &[(u8, String)]) -> String {
        let mut all = String::new();
        for (weight, text) in texts {
            all.push(char::from(b'0' + weight));
            all.extend(text.chars().filter(|&letter| letter != END));
            all.push(END);
        }
        all
    }
}

impl Tokenizer for WeightedWords {
    type TokenStream<'a> = Words;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words {
        let mut words = Vec::new();
        let mut position = 0;
        for text in text.split_terminator(END) {
            let (weight, text) = text.split_at_checked(1).unwrap_or(("0", ""));
            let of_text: Vec<String> = analyze::words(text).collect();
            for _ in 0..weight.parse().unwrap_or(0) {
                for word in &of_text {
                    words.push((position, word.clone()));
                    position += 1;
                }
                position += POSITION_GAP;
            }
        }
        Words {
            words: words.into_iter(),
            token: Token::default(),
        }
    }
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        let Some((position, text)) = self.words.next() else {
            return false;
        };
        self.token.position = position;
        self.token.text = text;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_repeats_the_words_and_keeps_the_texts_apart() {
        let texts = [
            (2, "Quiet room".to_owned()),
            (1, "\u{1E}desk".to_owned()),
            (3, String::new()),
        ];
        let text = WeightedText::of(&texts);
        let mut tokenizer = WeightedWords;
        let mut stream = tokenizer.token_stream(&text);
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().position, stream.token().text.clone()));
        }
        let expected = [
            (0, "quiet"),
            (1, "room"),
            (102, "quiet"),
            (103, "room"),
            (204, "desk"),
        ];
        assert_eq!(
            found,
            expected.map(|(position, word)| (position, word.to_owned()))
        );
    }
}
