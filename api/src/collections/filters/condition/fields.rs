//! The fields of filters, and the values that each accepts.

use std::ops::RangeInclusive;

use roost_collections::{Declared, FieldDeclaration, Source};
use roost_engine::{Collection, Condition, Date, DateRange, FieldId, Interval, Key, Radius, Tags};

use super::error::FilterError;
use super::parser::Parser;
use super::tokens::Comparison;

/// A field that a filter can name.
#[derive(Clone, Copy)]
pub(super) struct Field {
    collection: Collection,
    declared: &'static FieldDeclaration,
    /// `None` for the key and the owner.
    id: Option<FieldId>,
}

/// The names of all fields of a collection, in the order of the declaration. `docs/filters.md` and
/// the OpenAPI document list those of rooms.
pub(super) fn names(declared: Declared) -> Vec<&'static str> {
    fields(declared)
        .map(|field| field.declared.query_name)
        .collect()
}

/// The field of that name.
pub(super) fn named(declared: Declared, name: &str) -> Option<Field> {
    fields(declared).find(|field| field.declared.query_name == name)
}

/// The name of the field for which `is_source` holds.
pub(super) fn name_of_source(
    declared: Declared,
    is_source: impl Fn(Source) -> bool,
) -> &'static str {
    let mut fields = declared.declaration.fields.iter();
    let field = fields.find(|field| is_source(field.source));
    field.map_or("", |field| field.query_name)
}

/// Whether filters can compare a field of that source.
pub(crate) fn is_comparable(source: Source) -> bool {
    !matches!(
        source,
        Source::Text { .. } | Source::Texts | Source::Place | Source::Time
    )
}

fn fields(declared: Declared) -> impl Iterator<Item = Field> {
    let collection = declared.collection;
    let fields = declared.declaration.fields_by_id();
    let fields = fields.map(move |(id, declared)| Field {
        collection,
        declared,
        id,
    });
    fields.filter(|field| is_comparable(field.declared.source))
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
        let (collection, known) = (self.collection, self.declared.names());
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
            let number = number(digits, range, is_whole).filter(|number| range.contains(number));
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

/// Parses digits and, unless the number must be whole, a point and more digits, after a minus sign
/// if the range has negative numbers.
fn number(text: &str, range: &RangeInclusive<f64>, is_whole: bool) -> Option<f64> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').filter(|_| *range.start() < 0.0);
    let unsigned = unsigned.unwrap_or(text);
    let is_number = match unsigned.split_once('.') {
        None => is_digits(unsigned),
        Some((whole, fraction)) => !is_whole && is_digits(whole) && is_digits(fraction),
    };
    text.parse().ok().filter(|_| is_number)
}
