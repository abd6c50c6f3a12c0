//! The state of parsing a filter: the next token, and how much of the limits is used.

use roost_collections::Declared;

use super::error::FilterError;
use super::limits::{DEPTH_MAX, VALUES_MAX};
use super::tokens::{Piece, Token};
use crate::params::spelling::nearest;

/// Parses a filter token by token.
pub(super) struct Parser<'a> {
    text: &'a str,
    declared: Declared,
    next: Piece<'a>,
    depth: usize,
    values: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, declared: Declared) -> Result<Parser<'a>, FilterError> {
        Ok(Parser {
            text,
            declared,
            next: Piece::first_from(text, 0)?,
            depth: 0,
            values: 0,
        })
    }

    /// The collection whose fields the filter names.
    pub(super) fn declared(&self) -> Declared {
        self.declared
    }

    /// The next token with its text.
    pub(super) fn next(&self) -> Piece<'a> {
        self.next
    }

    /// Moves past the next token.
    pub(super) fn advance(&mut self) -> Result<(), FilterError> {
        self.next = Piece::first_from(self.text, self.next.end())?;
        Ok(())
    }

    /// Enters a parenthesis or negation.
    pub(super) fn descend(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(FilterError::too_deep(
                self.text,
                self.next.at,
                self.next.text,
            ));
        }
        Ok(())
    }

    /// Leaves a parenthesis or negation.
    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// One value, or several in brackets, each parsed by `read`.
    pub(super) fn values<T>(
        &mut self,
        expected: &str,
        read: impl Fn(&Parser<'a>, &str) -> Result<T, FilterError>,
    ) -> Result<Vec<T>, FilterError> {
        if self.next.token != Token::OpenSet {
            return Ok(vec![self.value(expected, read)?]);
        }
        let mut values = Vec::new();
        loop {
            // The opening bracket, or a comma.
            self.advance()?;
            values.push(self.value(expected, &read)?);
            match self.next.token {
                Token::Comma => {}
                Token::CloseSet => break,
                _ => return Err(self.unexpected("a comma or a closing bracket")),
            }
        }
        self.advance()?;
        Ok(values)
    }

    /// One value, parsed by `read` while it still is the next token, so that errors are about it.
    pub(super) fn value<T>(
        &mut self,
        expected: &str,
        read: impl FnOnce(&Parser<'a>, &str) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if !matches!(self.next.token, Token::Word | Token::Quoted) {
            return Err(self.unexpected(expected));
        }
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(FilterError::too_many(
                self.text,
                self.next.at,
                self.next.text,
            ));
        }
        let value = read(self, &self.next.value())?;
        self.advance()?;
        Ok(value)
    }

    /// The error for the next token.
    pub(super) fn unexpected(&self, expected: impl Into<String>) -> FilterError {
        FilterError::at(self.text, self.next.at, self.next.text, expected)
    }

    /// The error for a next token that is none of these names.
    pub(super) fn unknown_name(&self, known: &[&str]) -> FilterError {
        let error = self.unexpected(format!("one of {}", known.join(", ")));
        error.with_suggestion(nearest(&self.next.value(), known.iter().copied()))
    }
}
