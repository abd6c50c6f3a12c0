//! H3 cells.

use std::fmt;

use h3o::CellIndex;

use super::place::LatLng;

/// A cell of H3: a hexagon or one of the few pentagons. It is displayed as H3 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(pub(crate) CellIndex);

impl Cell {
    /// The finest resolution, with cells of about a square metre; the coarsest is 0.
    pub const RESOLUTION_MAX: u8 = 15;

    /// The corners, counterclockwise. The longitude of one at the antimeridian may have either
    /// sign.
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
