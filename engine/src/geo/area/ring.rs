//! Which places are within some distance of another, and not too near?

use super::Relation;
use crate::geo::place::{Bounds, ChordSquared, LatLng, Radius, UnitVector};

/// The places between two distances from a center, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    center: UnitVector,
    nearest: ChordSquared,
    farthest: ChordSquared,
}

impl Ring {
    /// Without a least distance it is a disc, without a greatest one all but a disc.
    pub(crate) fn new(center: LatLng, least: Option<Radius>, most: Option<Radius>) -> Ring {
        Ring {
            center: center.into(),
            nearest: least.map_or(ChordSquared::ZERO, ChordSquared::across),
            farthest: most.map_or(ChordSquared::ANTIPODE, ChordSquared::across),
        }
    }

    pub(crate) fn holds(&self, point: UnitVector) -> bool {
        let chord = self.center.chord_squared(point);
        self.nearest <= chord && chord <= self.farthest
    }

    /// Bounds are exact to the last bit, so this needs no margin.
    pub(crate) fn relation(&self, bounds: &Bounds) -> Relation {
        let (nearest, farthest) = (bounds.nearest(self.center), bounds.farthest(self.center));
        if nearest > self.farthest || farthest < self.nearest {
            Relation::Outside
        } else if self.nearest <= nearest && farthest <= self.farthest {
            Relation::Inside
        } else {
            Relation::Crosses
        }
    }
}
