//! Conditions: Boolean combinations of predicates on a document's attributes.

use crate::collection::{Category, Status, Tags};
use crate::document::Key;

/// A condition that a document either satisfies or not. An unknown number lies in no interval, so
/// the negation of an interval accepts it.
///
/// ```
/// use roost_engine::{Collection, Condition, Interval, Number};
/// let wifi = Condition::Tag(Collection::Rooms.tag("wifi").unwrap());
/// let cheap = Condition::Number(Number::Price, Interval::UpTo(900.0));
/// let either = Condition::Any(vec![cheap, Condition::Not(Box::new(wifi))]);
/// ```
///
/// Evaluation recurses along the depth of the condition, which the caller must limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these hold; true if there are none.
    All(Vec<Condition>),
    /// At least one of these holds; false if there are none.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// The number is known and lies in the interval.
    Number(Number, Interval),
    /// The document has one of these categories.
    Category(Vec<Category>),
    /// The document has at least one of these tags.
    Tag(Tags),
    /// The document has one of these statuses, of those that
    /// [`Filters::statuses`](crate::Filters::statuses) admits.
    Status(Vec<Status>),
    /// The document is verified, or is not.
    Verified(bool),
    /// The document has exactly one of these localities; the empty name stands for none.
    Locality(Vec<String>),
    /// The document has exactly one of these cities; the empty name stands for none.
    City(Vec<String>),
    /// The document has one of these owners.
    Owner(Vec<Key>),
    /// The document has one of these keys.
    Key(Vec<Key>),
}

/// A numeric attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// [`Document::price`](crate::Document::price).
    Price,
    /// [`Document::rating`](crate::Document::rating).
    Rating,
    /// [`Document::reviews`](crate::Document::reviews).
    Reviews,
    /// [`Document::occupancy`](crate::Document::occupancy).
    Occupancy,
    /// [`Document::nights_min`](crate::Document::nights_min).
    NightsMin,
}

/// An interval of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Interval {
    /// Less than this.
    Below(f64),
    /// This or less.
    UpTo(f64),
    /// More than this.
    Above(f64),
    /// This or more.
    From(f64),
    /// From the first to the second, both included.
    Between(f64, f64),
}

impl Condition {
    /// The number of predicates.
    pub(crate) fn size(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().map(Condition::size).sum()
            }
            Condition::Not(part) => part.size(),
            _ => 1,
        }
    }
}

impl Interval {
    /// NaN lies in no interval.
    pub(crate) fn contains(self, value: f64) -> bool {
        match self {
            Interval::Below(end) => value < end,
            Interval::UpTo(max) => value <= max,
            Interval::Above(end) => value > end,
            Interval::From(min) => value >= min,
            Interval::Between(min, max) => min <= value && value <= max,
        }
    }

    /// Whether the interval shares no number with the closed interval from `min` to `max`.
    pub(crate) fn is_disjoint(self, min: f64, max: f64) -> bool {
        match self {
            Interval::Below(_) | Interval::UpTo(_) => !self.contains(min),
            Interval::Above(_) | Interval::From(_) => !self.contains(max),
            Interval::Between(from, to) => max < from || to < min,
        }
    }
}
