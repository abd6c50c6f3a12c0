//! The fields of filters, and the values that each accepts.

use std::ops::RangeInclusive;

use roost_collections::{Declaration, FieldDeclaration, Source, rooms};
use roost_engine::{Condition, Date, DateRange, FieldId, Interval, Key, Radius, Tags};

use super::error::FilterError;
use super::parser::Parser;
use super::tokens::Comparison;

/// A field that a filter can name.
#[derive(Clone, Copy)]
pub(super) struct Field {
    declared: &'static FieldDeclaration,
    /// `None` for the key and the owner.
    id: Option<FieldId>,
}

/// The names of all fields, in the order of the declaration. `docs/filters.md` and the OpenAPI
/// document list the same.
pub(super) fn names() -> Vec<&'static str> {
    fields().map(|field| field.declared.query_name).collect()
}

/// The field of that name.
pub(super) fn named(name: &str) -> Option<Field> {
    fields().find(|field| field.declared.query_name == name)
}

/// The name of the field for which `is_source` holds.
pub(super) fn name_of_source(is_source: impl Fn(Source) -> bool) -> &'static str {
    let mut fields = DECLARATION.fields.iter();
    let declared = fields.find(|field| is_source(field.source));
    declared.map_or("", |declared| declared.query_name)
}

const DECLARATION: &Declaration = &rooms::DECLARATION;

fn fields() -> impl Iterator<Item = Field> {
    let fields = DECLARATION.fields_by_id();
    let fields = fields.map(|(id, declared)| Field { declared, id });
    fields.filter(|field| {
        let source = field.declared.source;
        !matches!(
            source,
            Source::Text { .. } | Source::Texts | Source::Place | Source::Time
        )
    })
}

impl Field {
    fn is_number(&self) -> bool {
        matches!(
            self.declared.source,
            Source::Number { .. } | Source::Reach { .. }
        )
    }

    pub(super) fn accepts(&self, comparison: Comparison) -> bool {
        self.is_number() || comparison == Comparison::Is
    }

    pub(super) fn comparisons(&self) -> &'static str {
        match self.is_number() {
            true => "one of : = != < <= > >=",
            false => "one of : = !=",
        }
    }

    /// Parses what the field is compared with.
    pub(super) fn parse(
        &self,
        comparison: Comparison,
        parser: &mut Parser<'_>,
    ) -> Result<Condition, FilterError> {
        let FieldDeclaration { noun, source, .. } = *self.declared;
        let Some(id) = self.id else {
            return match source {
                Source::Key => ids(parser).map(Condition::Key),
                _ => ids(parser).map(Condition::Owner),
            };
        };
        let (collection, known) = (rooms::collection(), self.declared.names());
        match source {
            Source::Number {
                min, max, is_whole, ..
            } => {
                let interval = interval(comparison, &(min..=max), is_whole, parser)?;
                Ok(Condition::Number(id, interval))
            }
            Source::Reach { .. } => {
                let interval = interval(comparison, &(0.0..=Radius::MAX_M), false, parser)?;
                Ok(Condition::Number(id, interval))
            }
            Source::DateRange { .. } => days(parser).map(|days| Condition::Overlaps(id, days)),
            Source::Category(_) => {
                let read = |name: &str| {
                    let category = collection.category(id, name);
                    category.filter(|_| known.contains(&name))
                };
                let categories = some_of(noun, known, read, parser)?;
                Ok(Condition::Category(id, categories))
            }
            Source::Tags(_) => {
                let tags = some_of(noun, known, |name| collection.tag(id, name), parser)?;
                let tags = tags.into_iter().fold(Tags::NONE, Tags::with);
                Ok(Condition::AnyTag(id, tags))
            }
            Source::IsSet | Source::IsTrue => {
                let expected = "true or false";
                let is_set = parser.value(expected, |parser, word| {
                    word.parse().map_err(|_| parser.unexpected(expected))
                });
                Ok(Condition::Flag(id, is_set?))
            }
            _ => Ok(Condition::Name(id, texts(noun, parser)?)),
        }
    }
}

/// A known name, or several in brackets.
fn some_of<T>(
    expected: &str,
    known: &[&str],
    read: impl Fn(&str) -> Option<T>,
    parser: &mut Parser<'_>,
) -> Result<Vec<T>, FilterError> {
    let expected = format!("{expected}, or several in brackets");
    parser.values(&expected, |parser, name| {
        read(name).ok_or_else(|| parser.unknown_name(known))
    })
}

/// A text, or several in brackets.
fn texts(expected: &str, parser: &mut Parser<'_>) -> Result<Vec<String>, FilterError> {
    let expected = format!("{expected}, or several in brackets");
    parser.values(&expected, |_, text| Ok(text.to_owned()))
}

fn ids(parser: &mut Parser<'_>) -> Result<Vec<Key>, FilterError> {
    let expected = "an id such as 0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001, or several in brackets";
    parser.values(expected, |parser, word| {
        word.parse().map_err(|_| parser.unexpected(expected))
    })
}

/// A day, or the days from one to another, both included.
fn days(parser: &mut Parser<'_>) -> Result<DateRange, FilterError> {
    let expected = "a date such as 2026-12-10, or a range such as 2026-12-10..2026-12-12";
    parser.value(expected, |parser, word| {
        let (first, last) = word.split_once("..").unwrap_or((word, word));
        let date = |text: &str| text.parse::<Date>().ok();
        let days = date(first).zip(date(last));
        let range = days.and_then(|(first, last)| DateRange::new(first, last.plus_days(1)).ok());
        range.ok_or_else(|| parser.unexpected(expected))
    })
}

/// A number. An equality also accepts a range, one end of which may be missing.
fn interval(
    comparison: Comparison,
    range: &RangeInclusive<f64>,
    is_whole: bool,
    parser: &mut Parser<'_>,
) -> Result<Interval, FilterError> {
    let kind = if is_whole {
        "a whole number"
    } else {
        "a number"
    };
    let mut expected = format!("{kind} from {} to {}", range.start(), range.end());
    if comparison == Comparison::Is {
        expected += ", or a range such as 2..5";
    }
    parser.value(&expected, |parser, word| {
        let number = |digits: &str| {
            let number = number(digits, is_whole).filter(|number| range.contains(number));
            number.ok_or_else(|| parser.unexpected(expected.as_str()))
        };
        let interval = match comparison {
            Comparison::Below => Interval::Below(number(word)?),
            Comparison::UpTo => Interval::UpTo(number(word)?),
            Comparison::Above => Interval::Above(number(word)?),
            Comparison::From => Interval::From(number(word)?),
            Comparison::Is | Comparison::IsNot => match word.split_once("..") {
                None => {
                    let value = number(word)?;
                    Interval::Between(value, value)
                }
                Some(("", max)) => Interval::UpTo(number(max)?),
                Some((min, "")) => Interval::From(number(min)?),
                Some((min, max)) => Interval::Between(number(min)?, number(max)?),
            },
        };
        match interval {
            Interval::Between(min, max) if min > max => {
                Err(parser.unexpected("a range that does not end before it begins"))
            }
            interval => Ok(interval),
        }
    })
}

/// Parses digits and, unless the number must be whole, a point and more digits.
fn number(text: &str, is_whole: bool) -> Option<f64> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = match text.split_once('.') {
        None => is_digits(text),
        Some((whole, fraction)) => !is_whole && is_digits(whole) && is_digits(fraction),
    };
    text.parse().ok().filter(|_| is_number)
}
