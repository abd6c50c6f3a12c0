//! How do the pieces of a filter belong together?
//!
//! One function for each rule of the grammar in `docs/filters.md`, each of which takes its pieces off
//! the front of the text. They call each other as deep as parentheses and negations stand inside one
//! another, which is bounded.

use roost_engine::Condition;

use super::fields::{FIELDS, Field};
use super::tokens::{Comparison, Piece, Token};
use super::{DEPTH_MAX, FilterError, VALUES_MAX};
use crate::params::nearest;

pub(super) fn parse(text: &str) -> Result<Condition, FilterError> {
    let mut parser = Parser {
        text,
        next: Piece::first_from(text, 0)?,
        depth: 0,
        values: 0,
    };
    let condition = parser.any()?;
    match parser.next.token {
        Token::End => Ok(condition),
        Token::Close => Err(parser.unexpected("no parenthesis that was not opened")),
        _ => Err(parser.unexpected("AND, OR or the end")),
    }
}

pub(super) struct Parser<'a> {
    text: &'a str,
    next: Piece<'a>,
    depth: usize,
    values: usize,
}

const BEGIN: &str = "a field, NOT or an opening parenthesis";

impl<'a> Parser<'a> {
    /// Conditions joined by OR.
    fn any(&mut self) -> Result<Condition, FilterError> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.next.is_keyword("OR") {
            self.take()?;
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    /// Conditions joined by AND.
    fn all(&mut self) -> Result<Condition, FilterError> {
        let first = self.one()?;
        let mut parts = vec![first];
        while self.next.is_keyword("AND") {
            self.take()?;
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, FilterError> {
        if self.next.is_keyword("NOT") {
            return self.negated(Parser::one);
        }
        if self.next.token != Token::Open {
            return self.comparison();
        }
        self.go_deeper()?;
        self.take()?;
        let inner = self.any()?;
        if self.next.token != Token::Close {
            return Err(self.unexpected("AND, OR or a closing parenthesis"));
        }
        self.take()?;
        self.depth -= 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Condition, FilterError> {
        let field = self.field()?;
        match self.next.token {
            Token::Compare(Comparison::IsNot) => {
                self.negated(|parser| field.compared(Comparison::Is, parser))
            }
            Token::Compare(comparison) if field.takes(comparison) => {
                self.take()?;
                field.compared(comparison, self)
            }
            _ => Err(self.unexpected(field.comparisons())),
        }
    }

    fn field(&mut self) -> Result<&'static Field, FilterError> {
        let is_keyword = |keyword| self.next.is_keyword(keyword);
        if self.next.token != Token::Word || is_keyword("AND") || is_keyword("OR") {
            return Err(self.unexpected(BEGIN));
        }
        let name = self.next.text;
        if let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) {
            self.take()?;
            return Ok(field);
        }
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        Err(self.unknown_word(&names))
    }

    /// Takes the sign of a negation, and negates what follows.
    fn negated(
        &mut self,
        rest: impl FnOnce(&mut Parser<'a>) -> Result<Condition, FilterError>,
    ) -> Result<Condition, FilterError> {
        self.go_deeper()?;
        self.take()?;
        let negated = rest(self)?;
        self.depth -= 1;
        Ok(Condition::Not(Box::new(negated)))
    }

    fn go_deeper(&mut self) -> Result<(), FilterError> {
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

    /// One value, or several in brackets, each of which `read` understands.
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
            self.take()?;
            values.push(self.value(expected, &read)?);
            match self.next.token {
                Token::Comma => {}
                Token::CloseSet => break,
                _ => return Err(self.unexpected("a comma or a closing bracket")),
            }
        }
        self.take()?;
        Ok(values)
    }

    /// One value that `read` understands. Its errors are about the value, which is taken last.
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
        self.take()?;
        Ok(value)
    }

    fn take(&mut self) -> Result<(), FilterError> {
        self.next = Piece::first_from(self.text, self.next.end())?;
        Ok(())
    }

    /// The error for the next piece.
    pub(super) fn unexpected(&self, expected: impl Into<String>) -> FilterError {
        FilterError::at(self.text, self.next.at, self.next.text, expected)
    }

    /// The same where it is none of a few words.
    pub(super) fn unknown_word(&self, known: &[&str]) -> FilterError {
        let error = self.unexpected(format!("one of {}", known.join(", ")));
        error.meant(nearest(&self.next.value(), known.iter().copied()))
    }
}

fn one_or(mut parts: Vec<Condition>, many: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}
