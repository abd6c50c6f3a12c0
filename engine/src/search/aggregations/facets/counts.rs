//! The counts of matches by the values of a facet.

use crate::schema::{Category, Tags};

/// The counts of all matches by one [`Facet`](crate::Facet).
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCounts {
    /// The values that matches have, most matches first; or all ranges, the lowest first.
    pub values: Vec<FacetCount>,
    /// The number of different values that matches have, returned or not.
    pub values_total: u64,
    /// Matches without a value.
    pub missing: u64,
    /// Of ranges: the lowest and the highest value.
    pub extent: Option<(f64, f64)>,
    /// Whether the deadline has cut the search short, so that all numbers are lower bounds.
    pub is_partial: bool,
}

/// The number of matches with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCount {
    /// The value.
    pub value: FacetValue,
    /// The number of matches that have it.
    pub count: u64,
}

/// A value that matches are counted by.
#[derive(Clone, Debug, PartialEq)]
pub enum FacetValue {
    /// One of the field's categories.
    Category(Category),
    /// One of the field's tags.
    Tag(Tags),
    /// Whether the flag is set.
    Flag(bool),
    /// A name.
    Name(String),
    /// From the first number up to, and without, the second; unbounded where there is none.
    Range(Option<f64>, Option<f64>),
}
