//! Weighted term occurrences: a word of a text of weight 3 is indexed three times.
//!
//! All texts of a document go into one field, each with its weight. The tokenizer of the field
//! reads them from one string, in which each text follows its weight. Tantivy's own way to pass
//! tokens, `PreTokenizedString`, would take more: a `TantivyDocument` stores it as JSON, parses it,
//! and copies each token once more.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::analyze;

/// The name under which tantivy knows the tokenizer; part of the stored schema.
pub(crate) const TOKENIZER: &str = "weighted_words";

/// Positions between two texts, or two rounds of one, so that no phrase spans them.
const POSITION_GAP: usize = 100;

/// Ends a weight.
const WEIGHT_END: char = '\u{1F}';

/// Ends a text. No word contains a control character.
const TEXT_END: char = '\u{1E}';

/// Writes texts and their weights as one string.
pub(crate) fn encode(texts: &[(u8, String)]) -> String {
    let mut all = String::new();
    for (weight, text) in texts {
        all.push_str(&weight.to_string());
        all.push(WEIGHT_END);
        all.extend(text.chars().filter(|&c| c != TEXT_END));
        all.push(TEXT_END);
    }
    all
}

/// Tokenizes the strings that [`encode`] writes.
#[derive(Clone, Default)]
pub(crate) struct WeightedTokenizer;

/// The words of some texts, each with its position.
pub(crate) struct WeightedTokens {
    words: std::vec::IntoIter<(usize, String)>,
    token: Token,
}

impl Tokenizer for WeightedTokenizer {
    type TokenStream<'a> = WeightedTokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WeightedTokens {
        let mut words = Vec::new();
        let mut position = 0;
        for (weight, text) in decode(text) {
            let words_of_text: Vec<String> = analyze::words(text).collect();
            for _ in 0..weight {
                for word in &words_of_text {
                    words.push((position, word.clone()));
                    position += 1;
                }
                position += POSITION_GAP;
            }
        }
        WeightedTokens {
            words: words.into_iter(),
            token: Token::default(),
        }
    }
}

impl TokenStream for WeightedTokens {
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

fn decode(all: &str) -> impl Iterator<Item = (u8, &str)> {
    all.split_terminator(TEXT_END).filter_map(|text| {
        let (weight, text) = text.split_once(WEIGHT_END)?;
        Some((weight.parse().ok()?, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(texts: &[(u8, &str)]) -> Vec<(usize, String)> {
        let texts: Vec<(u8, String)> = texts
            .iter()
            .map(|&(weight, text)| (weight, text.to_owned()))
            .collect();
        let text = encode(&texts);
        let mut tokenizer = WeightedTokenizer;
        let mut stream = tokenizer.token_stream(&text);
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push((stream.token().position, stream.token().text.clone()));
        }
        tokens
    }

    #[test]
    fn a_weight_repeats_the_words_and_keeps_the_texts_apart() {
        let expected = [
            (0, "quiet"),
            (1, "room"),
            (102, "quiet"),
            (103, "room"),
            (204, "desk"),
        ];
        assert_eq!(
            tokens(&[(2, "Quiet room"), (1, "\u{1E}desk"), (3, "")]),
            expected.map(|(position, word)| (position, word.to_owned()))
        );
    }

    #[test]
    fn a_weight_of_more_than_one_digit_repeats_the_words_as_often() {
        for weight in [9, 10, 12, u8::MAX] {
            let tokens = tokens(&[(weight, "quiet"), (1, "12 desks")]);
            let quiet = tokens.iter().filter(|(_, word)| word == "quiet");
            assert_eq!(quiet.count(), usize::from(weight), "{weight}");
            let others: Vec<&str> = tokens[usize::from(weight)..]
                .iter()
                .map(|(_, word)| word.as_str())
                .collect();
            assert_eq!(others, ["12", "desks"]);
        }
    }
}
