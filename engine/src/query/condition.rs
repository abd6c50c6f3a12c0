//! What may be demanded of a document's attributes, in any combination?

use crate::collection::{Category, Status, Tags};
use crate::document::Key;

/// A condition that a document meets or does not: there is no third answer. What is not known is in no
/// interval, so its negation is met.
///
/// ```
/// use roost_engine::{Collection, Condition, Interval, Number};
/// let wifi = Condition::Tag(Collection::Rooms.tag("wifi").unwrap());
/// let cheap = Condition::Number(Number::Price, Interval::UpTo(900.0));
/// let either = Condition::Any(vec![cheap, Condition::Not(Box::new(wifi))]);
/// ```
///
/// What reads it goes down along its depth, which whoever makes it has to bound.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Each of these is met; so it is if there are none.
    All(Vec<Condition>),
    /// One of these is met at least; so it is not if there are none.
    Any(Vec<Condition>),
    /// This one is not met.
    Not(Box<Condition>),
    /// The number is known and lies in the interval.
    Number(Number, Interval),
    /// Of one of these categories.
    Category(Vec<Category>),
    /// With one of these tags at least.
    Tag(Tags),
    /// Of one of these statuses. [`Filters::statuses`](crate::Filters::statuses) says which are found
    /// at all.
    Status(Vec<Status>),
    /// Verified or not.
    Verified(bool),
    /// In one of these localities, written so to the letter; the empty one is that of documents
    /// without.
    Locality(Vec<String>),
    /// In one of these cities, likewise.
    City(Vec<String>),
    /// Of one of these owners.
    Owner(Vec<Key>),
    /// One of these documents.
    Key(Vec<Key>),
}

/// A number that documents have.
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

/// Where a number may lie.
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

impl Interval {
    /// Never a NaN.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Interval::Below(end) => value < end,
            Interval::UpTo(most) => value <= most,
            Interval::Above(end) => value > end,
            Interval::From(least) => value >= least,
            Interval::Between(least, most) => least <= value && value <= most,
        }
    }

    /// Whether it ends before, or begins behind, all from `least` to `most`.
    pub(crate) fn is_apart(self, least: f64, most: f64) -> bool {
        match self {
            Interval::Below(_) | Interval::UpTo(_) => !self.holds(least),
            Interval::Above(_) | Interval::From(_) => !self.holds(most),
            Interval::Between(from, to) => most < from || to < least,
        }
    }
}
