//! The fields of filters, and the values that each accepts.

use std::ops::RangeInclusive;

use roost_engine::{Collection, Condition, Interval, Key, Number, Tags};

use super::error::FilterError;
use super::parser::Parser;
use super::tokens::Comparison;
use crate::rooms::filters::price::LARGEST_PRICE;
use crate::rooms::vocabulary::{VISIBLE_STATUSES, visible_status};

pub(super) enum Field {
    Number {
        number: Number,
        max: f64,
        is_whole: bool,
    },
    RoomType,
    Amenities,
    Status,
    Verified,
    Locality,
    City,
    Landlord,
    Id,
}

/// Every field. `docs/filters.md` and the OpenAPI document list the same.
pub(super) static FIELDS: [(&str, Field); 13] = [
    decimal(Number::Price, LARGEST_PRICE),
    decimal(Number::Rating, 5.0),
    whole(Number::Reviews, 1_000_000_000.0),
    whole(Number::Occupancy, 100.0),
    whole(Number::NightsMin, 10_000.0),
    ("room_type", Field::RoomType),
    ("amenities", Field::Amenities),
    ("status", Field::Status),
    ("verified", Field::Verified),
    ("locality", Field::Locality),
    ("city", Field::City),
    ("landlord", Field::Landlord),
    ("id", Field::Id),
];

const fn decimal(number: Number, max: f64) -> (&'static str, Field) {
    let field = Field::Number {
        number,
        max,
        is_whole: false,
    };
    (number_name(number), field)
}

const fn whole(number: Number, max: f64) -> (&'static str, Field) {
    let field = Field::Number {
        number,
        max,
        is_whole: true,
    };
    (number_name(number), field)
}

pub(super) const fn number_name(number: Number) -> &'static str {
    match number {
        Number::Price => "price",
        Number::Rating => "rating",
        Number::Reviews => "review_count",
        Number::Occupancy => "occupancy",
        Number::NightsMin => "minimum_nights",
    }
}

impl Field {
    pub(super) fn accepts(&self, comparison: Comparison) -> bool {
        matches!(self, Field::Number { .. }) || comparison == Comparison::Is
    }

    pub(super) fn comparisons(&self) -> &'static str {
        match self {
            Field::Number { .. } => "one of : = != < <= > >=",
            _ => "one of : = !=",
        }
    }

    /// Parses what the field is compared with.
    pub(super) fn parse(
        &self,
        comparison: Comparison,
        parser: &mut Parser<'_>,
    ) -> Result<Condition, FilterError> {
        match self {
            Field::Number {
                number,
                max,
                is_whole,
            } => {
                let range = 0.0..=*max;
                let interval = interval(comparison, &range, *is_whole, parser)?;
                Ok(Condition::Number(*number, interval))
            }
            Field::RoomType => {
                let known = Collection::Rooms.categories();
                let read = |name: &str| Collection::Rooms.category(name);
                names("a room type", known, read, parser).map(Condition::Category)
            }
            Field::Amenities => {
                let known = Collection::Rooms.tags();
                let read = |name: &str| Collection::Rooms.tag(name);
                let tags = names("an amenity", known, read, parser)?;
                let tags = tags.into_iter().fold(Tags::NONE, Tags::with);
                Ok(Condition::Tag(tags))
            }
            Field::Status => {
                let statuses = names("a status", &VISIBLE_STATUSES, visible_status, parser);
                statuses.map(Condition::Status)
            }
            Field::Verified => {
                let expected = "true or false";
                let verified = parser.value(expected, |parser, word| {
                    word.parse().map_err(|_| parser.unexpected(expected))
                });
                verified.map(Condition::Verified)
            }
            Field::Locality => texts("a locality", parser).map(Condition::Locality),
            Field::City => texts("a city", parser).map(Condition::City),
            Field::Landlord => ids(parser).map(Condition::Owner),
            Field::Id => ids(parser).map(Condition::Key),
        }
    }
}

/// A known name, or several in brackets.
fn names<T>(
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
