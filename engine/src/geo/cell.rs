//! Which part of the Earth is a cell of H3?

use std::fmt;

use h3o::CellIndex;

use crate::geo::LatLng;

/// A cell of H3, a hexagon or one of the few pentagons. It is written as H3 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(pub(crate) CellIndex);

impl Cell {
    /// The finest resolution, of cells about a square metre large; the coarsest is 0.
    pub const RESOLUTION_MAX: u8 = 15;

    /// The corners, counterclockwise. One at the antimeridian may have either sign.
    pub fn boundary(self) -> Vec<LatLng> {
        let boundary = self.0.boundary();
        let corners = boundary.iter();
        corners
            .filter_map(|corner| LatLng::new(corner.lat(), corner.lng()).ok())
            .collect()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
