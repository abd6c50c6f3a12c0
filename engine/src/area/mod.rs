//! Does a place lie in the part of the Earth that is searched, and does a box of places?
//!
//! Each area is made ready once a query. Of a place it answers yes or no. Of a box around many
//! places it may answer "border", which is never wrong, only slower: the places are then looked at
//! one by one.

mod bounding_box;
mod polygon;
mod ring;
#[cfg(test)]
pub(crate) mod turns;

pub(crate) use bounding_box::Window;
pub use bounding_box::{BoundingBox, BoundingBoxError};
pub use polygon::{Polygon, PolygonError};
pub(crate) use ring::Ring;

/// How all that a box or a node holds stands to what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing of it matches.
    Outside,
    /// Each must be looked at.
    Border,
    /// All of it matches.
    Inside,
}

impl Verdict {
    /// Where both must match.
    pub(crate) fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Outside, _) | (_, Verdict::Outside) => Verdict::Outside,
            (Verdict::Inside, Verdict::Inside) => Verdict::Inside,
            _ => Verdict::Border,
        }
    }

    /// Where one of both is enough.
    pub(crate) fn or(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Inside, _) | (_, Verdict::Inside) => Verdict::Inside,
            (Verdict::Outside, Verdict::Outside) => Verdict::Outside,
            _ => Verdict::Border,
        }
    }

    /// Where it must not match.
    pub(crate) fn negated(self) -> Verdict {
        match self {
            Verdict::Outside => Verdict::Inside,
            Verdict::Border => Verdict::Border,
            Verdict::Inside => Verdict::Outside,
        }
    }
}

/// More than rounding can add up to in any of the areas: some micrometres on the ground.
const MARGIN: f64 = 1e-12;
