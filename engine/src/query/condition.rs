//! Conditions: Boolean combinations of predicates on a document's attributes.

use crate::availability::DateRange;
use crate::geo::area::Polygon;
use crate::schema::{Category, FieldId, Key, Tags};

/// A condition that a document either satisfies or not. An unknown number lies in no interval, so
/// the negation of an interval accepts it. A field of another kind has no value that a condition
/// accepts.
///
/// ```
/// use roost_engine::{Condition, Field, FieldKind, Interval, SchemaBuilder};
/// let mut schema = SchemaBuilder::new("rooms");
/// let price = schema.add(Field::new("price", FieldKind::Number));
/// let verified = schema.add(Field::new("verified", FieldKind::Flag));
/// let cheap = Condition::Number(price, Interval::UpTo(900.0));
/// let either = Condition::Any(vec![cheap, Condition::Flag(verified, true)]);
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
    Number(FieldId, Interval),
    /// The document has one of these categories.
    Category(FieldId, Vec<Category>),
    /// The document has at least one of these tags.
    AnyTag(FieldId, Tags),
    /// The document has all of these tags.
    AllTags(FieldId, Tags),
    /// The flag is set, or is not.
    Flag(FieldId, bool),
    /// The document has exactly one of these names; the empty name stands for none.
    Name(FieldId, Vec<String>),
    /// The days are known and have one of these in common.
    Overlaps(FieldId, DateRange),
    /// The place lies within the polygon.
    Within(Polygon),
    /// The document has one of these owners.
    Owner(Vec<Key>),
    /// The document has one of these keys.
    Key(Vec<Key>),
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
    /// The field on whose value alone the condition depends; `None` for one that combines others or
    /// that depends on a key, an owner or the place.
    pub fn field(&self) -> Option<FieldId> {
        match self {
            Condition::Number(field, _)
            | Condition::Category(field, _)
            | Condition::AnyTag(field, _)
            | Condition::AllTags(field, _)
            | Condition::Flag(field, _)
            | Condition::Name(field, _)
            | Condition::Overlaps(field, _) => Some(*field),
            Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_)
            | Condition::Within(_)
            | Condition::Owner(_)
            | Condition::Key(_) => None,
        }
    }

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
    /// The lowest and the highest number in the interval. If the interval is empty, the lowest is
    /// above the highest.
    pub(crate) fn ends(self) -> (f64, f64) {
        match self {
            Interval::Below(end) => (f64::NEG_INFINITY, end.next_down()),
            Interval::UpTo(max) => (f64::NEG_INFINITY, max),
            Interval::Above(end) => (end.next_up(), f64::INFINITY),
            Interval::From(min) => (min, f64::INFINITY),
            Interval::Between(min, max) => (min, max),
        }
    }
}
