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
pub(crate) enum Relation {
    /// Nothing of it matches.
    Outside,
    /// Each must be looked at.
    Crosses,
    /// All of it matches.
    Inside,
}

impl Relation {
    /// Where both must match.
    pub(crate) fn and(self, other: Relation) -> Relation {
        match (self, other) {
            (Relation::Outside, _) | (_, Relation::Outside) => Relation::Outside,
            (Relation::Inside, Relation::Inside) => Relation::Inside,
            _ => Relation::Crosses,
        }
    }

    /// Where one of both is enough.
    pub(crate) fn or(self, other: Relation) -> Relation {
        match (self, other) {
            (Relation::Inside, _) | (_, Relation::Inside) => Relation::Inside,
            (Relation::Outside, Relation::Outside) => Relation::Outside,
            _ => Relation::Crosses,
        }
    }

    /// Where it must not match.
    pub(crate) fn negated(self) -> Relation {
        match self {
            Relation::Outside => Relation::Inside,
            Relation::Crosses => Relation::Crosses,
            Relation::Inside => Relation::Outside,
        }
    }
}

/// More than rounding can add up to in any of the areas: some micrometres on the ground.
const MARGIN: f64 = 1e-12;
