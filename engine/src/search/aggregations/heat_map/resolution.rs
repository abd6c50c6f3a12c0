//! Chooses a resolution for a heat map from the size of the searched area.

use h3o::Resolution;

use crate::geo::area::BoundingBox;
use crate::geo::{Bounds, EARTH_RADIUS_M, LatLng, Radius};
use crate::index::Snapshot;
use crate::query::Query;

/// The finest resolution at which about `cells_max` cells cover the searched area, or all documents
/// if the area is unbounded. It depends on the area and not on the matches, so that cells do not
/// change their size with each filter.
pub(super) fn suited(query: &Query, snapshot: &Snapshot, cells_max: usize) -> Resolution {
    let extent_m = extent_m(query).unwrap_or_else(|| {
        let mut all = Bounds::EMPTY;
        for view in &snapshot.segments {
            all.merge(&view.segment.tree.node(0).bounds);
        }
        all.half_diagonal_m()
    });
    let mut resolution = Resolution::Fifteen;
    while cells_within(extent_m, resolution) > as_number(cells_max)
        && let Some(coarser) = resolution.pred()
    {
        resolution = coarser;
    }
    resolution
}

/// The approximate number of cells that overlap a disc.
fn cells_within(radius_m: f64, resolution: Resolution) -> f64 {
    let overlapped_m = radius_m + resolution.edge_length_m();
    std::f64::consts::PI * overlapped_m * overlapped_m / resolution.area_m2()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a limit of cells is far below 2^52"
)]
fn as_number(cells_max: usize) -> f64 {
    cells_max as f64
}

/// The approximate radius of the searched area; `None` if it is the whole Earth.
fn extent_m(query: &Query) -> Option<f64> {
    let radius = query.center.and(query.radius);
    let polygon = query.filters.polygon.as_ref();
    let polygon = polygon.map(|polygon| around(polygon.corners().iter().copied()));
    let between = query.filters.bounding_box.as_ref().map(as_disc);
    let extents = [radius.map(Radius::metres), polygon, between];
    extents.into_iter().flatten().reduce(f64::min)
}

fn around(places: impl Iterator<Item = LatLng>) -> f64 {
    let mut bounds = Bounds::EMPTY;
    places.for_each(|place| bounds.include(place.into()));
    bounds.half_diagonal_m()
}

/// The radius of a disc of the same area.
fn as_disc(area: &BoundingBox) -> f64 {
    let turn = if area.west <= area.east { 0.0 } else { 360.0 };
    let width = (area.east - area.west + turn).to_radians();
    let height = area.north.to_radians().sin() - area.south.to_radians().sin();
    EARTH_RADIUS_M * (width * height / std::f64::consts::PI).sqrt()
}
