//! The grammar of filters: one function for each rule in `docs/filters.md`.
//!
//! The functions recurse as deep as parentheses and negations are nested, which is limited.

use roost_collections::Declared;
use roost_engine::Condition;

use super::error::FilterError;
use super::fields::{self, Field};
use super::parser::Parser;
use super::tokens::{Comparison, Token};

/// Parses a whole filter of documents of a collection.
pub(super) fn parse(text: &str, declared: Declared) -> Result<Condition, FilterError> {
    let mut parser = Parser::new(text, declared)?;
    let condition = disjunction(&mut parser)?;
    match parser.next().token {
        Token::End => Ok(condition),
        Token::Close => Err(parser.unexpected("no unmatched closing parenthesis")),
        _ => Err(parser.unexpected("AND, OR or the end")),
    }
}

const OPERAND: &str = "a field, NOT or an opening parenthesis";

/// Conditions joined by OR.
fn disjunction(parser: &mut Parser<'_>) -> Result<Condition, FilterError> {
    let mut parts = vec![conjunction(parser)?];
    while parser.next().is_keyword("OR") {
        parser.advance()?;
        parts.push(conjunction(parser)?);
    }
    Ok(one_or(parts, Condition::Any))
}

/// Conditions joined by AND.
fn conjunction(parser: &mut Parser<'_>) -> Result<Condition, FilterError> {
    let mut parts = vec![operand(parser)?];
    while parser.next().is_keyword("AND") {
        parser.advance()?;
        parts.push(operand(parser)?);
    }
    Ok(one_or(parts, Condition::All))
}

/// A negation, a condition in parentheses, or a comparison.
fn operand(parser: &mut Parser<'_>) -> Result<Condition, FilterError> {
    if parser.next().is_keyword("NOT") {
        return negated(parser, operand);
    }
    if parser.next().token != Token::Open {
        return comparison(parser);
    }
    parser.descend()?;
    parser.advance()?;
    let inner = disjunction(parser)?;
    if parser.next().token != Token::Close {
        return Err(parser.unexpected("AND, OR or a closing parenthesis"));
    }
    parser.advance()?;
    parser.ascend();
    Ok(inner)
}

fn comparison(parser: &mut Parser<'_>) -> Result<Condition, FilterError> {
    let field = field(parser)?;
    match parser.next().token {
        Token::Compare(Comparison::IsNot) => {
            negated(parser, |parser| field.parse(Comparison::Is, parser))
        }
        Token::Compare(comparison) if field.accepts(comparison) => {
            parser.advance()?;
            field.parse(comparison, parser)
        }
        _ => Err(parser.unexpected(field.comparisons())),
    }
}

fn field(parser: &mut Parser<'_>) -> Result<Field, FilterError> {
    let next = parser.next();
    if next.token != Token::Word || next.is_keyword("AND") || next.is_keyword("OR") {
        return Err(parser.unexpected(OPERAND));
    }
    if let Some(field) = fields::named(parser.declared(), next.text) {
        parser.advance()?;
        return Ok(field);
    }
    Err(parser.unknown_name(&fields::names(parser.declared())))
}

/// Takes the sign of a negation, and negates what follows.
fn negated<'a>(
    parser: &mut Parser<'a>,
    rest: impl FnOnce(&mut Parser<'a>) -> Result<Condition, FilterError>,
) -> Result<Condition, FilterError> {
    parser.descend()?;
    parser.advance()?;
    let negated = rest(parser)?;
    parser.ascend();
    Ok(Condition::Not(Box::new(negated)))
}

/// The only part, or all of them joined.
fn one_or(mut parts: Vec<Condition>, join: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}
