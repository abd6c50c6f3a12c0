//! Splits a filter into tokens.

use std::borrow::Cow;

use super::error::FilterError;

/// A token with its text and the byte at which it starts.
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
    /// Characters without a meaning in the grammar: a keyword, a field or a value.
    Word,
    /// A value in quotes, which are part of the text.
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

/// Longer signs come before their prefixes.
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
    /// The first token from this byte on. After the end, the next token is the end again.
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
                let ends = |char: char| char.is_whitespace() || "()[],:=<>!\"".contains(char);
                Ok(piece(Token::Word, rest.find(ends).unwrap_or(rest.len())))
            }
        }
    }

    /// The byte after the token.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Whether it is this keyword, in any case.
    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.token == Token::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// The value without its quotes, and without the backslashes that escape quotes and
    /// backslashes.
    pub(super) fn value(&self) -> Cow<'a, str> {
        if self.token != Token::Quoted {
            return Cow::Borrowed(self.text);
        }
        let inner = &self.text[1..self.text.len() - 1];
        if !inner.contains('\\') {
            return Cow::Borrowed(inner);
        }
        let mut value = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(char) = chars.next() {
            value.extend(match char {
                '\\' => chars.next(),
                char => Some(char),
            });
        }
        Cow::Owned(value)
    }
}

/// The length in bytes of the quoted value at the start of a text; `None` without a closing quote.
fn quoted_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some(at + 1),
            '\\' => drop(chars.next()),
            _ => {}
        }
    }
    None
}
