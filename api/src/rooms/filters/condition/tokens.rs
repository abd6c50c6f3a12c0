//! Which pieces is a filter's text made of?

use std::borrow::Cow;

use super::FilterError;

/// A piece of the text, with the byte at which it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) token: Token,
    pub(super) text: &'a str,
    pub(super) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    OpenSet,
    CloseSet,
    Comma,
    Compare(Comparison),
    /// Letters, digits and whatever else has no meaning of its own.
    Word,
    /// Between quotes, which are part of the piece.
    Quoted,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Is,
    IsNot,
    Below,
    UpTo,
    Above,
    From,
}

/// Longer ones before those that they begin with.
const COMPARISONS: [(&str, Comparison); 7] = [
    ("!=", Comparison::IsNot),
    ("<=", Comparison::UpTo),
    (">=", Comparison::From),
    ("<", Comparison::Below),
    (">", Comparison::Above),
    ("=", Comparison::Is),
    (":", Comparison::Is),
];

impl<'a> Piece<'a> {
    /// The first piece of the text from this byte on; of the end there is no end.
    pub(super) fn first_from(text: &'a str, at: usize) -> Result<Piece<'a>, FilterError> {
        let rest = text[at..].trim_start();
        let at = text.len() - rest.len();
        let piece = |token, length| Piece {
            token,
            text: &rest[..length],
            at,
        };
        let Some(first) = rest.chars().next() else {
            return Ok(piece(Token::End, 0));
        };
        let mark = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '[' => Some(Token::OpenSet),
            ']' => Some(Token::CloseSet),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if let Some(token) = mark {
            return Ok(piece(token, 1));
        }
        let comparison = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign));
        if let Some(&(sign, comparison)) = comparison {
            return Ok(piece(Token::Compare(comparison), sign.len()));
        }
        match first {
            '"' => match quoted_length(rest) {
                Some(length) => Ok(piece(Token::Quoted, length)),
                None => Err(FilterError::at(text, text.len(), "", "a closing quote")),
            },
            '!' => Err(FilterError::at(text, at, "!", "!= or NOT")),
            _ => {
                let ends = |letter: char| letter.is_whitespace() || "()[],:=<>!\"".contains(letter);
                Ok(piece(Token::Word, rest.find(ends).unwrap_or(rest.len())))
            }
        }
    }

    /// The byte behind it.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Whether it is this word of the language, in capitals or not.
    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.token == Token::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// What a value says: without quotes, and without the backslashes before quotes and backslashes.
    pub(super) fn value(&self) -> Cow<'a, str> {
        if self.token != Token::Quoted {
            return Cow::Borrowed(self.text);
        }
        let inner = &self.text[1..self.text.len() - 1];
        if !inner.contains('\\') {
            return Cow::Borrowed(inner);
        }
        let mut value = String::with_capacity(inner.len());
        let mut letters = inner.chars();
        while let Some(letter) = letters.next() {
            value.extend(match letter {
                '\\' => letters.next(),
                letter => Some(letter),
            });
        }
        Cow::Owned(value)
    }
}

/// How long a quoted value is that begins here, in bytes; `None` if its quote is never closed.
fn quoted_length(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some(at + 1),
            '\\' => drop(letters.next()),
            _ => {}
        }
    }
    None
}
