//! Rings: the area between two distances from a centre.

use super::relation::Relation;
use crate::geo::place::{Bounds, ChordSquared, LatLng, Radius, UnitVector};

/// The points between two distances from a center, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    center: UnitVector,
    min: ChordSquared,
    max: ChordSquared,
}

impl Ring {
    /// Without a minimum this is a disc, without a maximum all but a disc.
    pub(crate) fn new(center: LatLng, min: Option<Radius>, max: Option<Radius>) -> Ring {
        Ring {
            center: center.into(),
            min: min.map_or(ChordSquared::ZERO, ChordSquared::across),
            max: max.map_or(ChordSquared::ANTIPODE, ChordSquared::across),
        }
    }

    pub(crate) fn contains(&self, point: UnitVector) -> bool {
        let chord = self.center.chord_squared(point);
        self.min <= chord && chord <= self.max
    }

    /// The bounds of the distance hold to the last bit, so this needs no margin.
    pub(crate) fn relation(&self, bounds: &Bounds) -> Relation {
        let nearest = bounds.nearest(self.center);
        if nearest > self.max {
            return Relation::Outside;
        }
        let farthest = bounds.farthest(self.center);
        if farthest < self.min {
            Relation::Outside
        } else if self.min <= nearest && farthest <= self.max {
            Relation::Inside
        } else {
            Relation::Crosses
        }
    }
}
