//! How fine are the cells that suit a search?

use h3o::Resolution;

use crate::geo::area::BoundingBox;
use crate::geo::{Bounds, EARTH_RADIUS_M, LatLng, Radius};
use crate::index::Snapshot;
use crate::query::Query;

/// The finest resolution of which about so many cells at most cover the area that is searched, or where
/// it has no bounds, that of all documents. It depends on the area and not on what is found there, so
/// that cells do not change their size with each filter.
pub(super) fn suited(query: &Query, snapshot: &Snapshot, most: usize) -> Resolution {
    let reach_m = reach_m(query).unwrap_or_else(|| {
        let mut all = Bounds::EMPTY;
        for view in &snapshot.segments {
            all.merge(&view.segment.tree.node(0).bounds);
        }
        all.half_diagonal_m()
    });
    let mut resolution = Resolution::Fifteen;
    while cells_within(reach_m, resolution) > most_of(most)
        && let Some(coarser) = resolution.pred()
    {
        resolution = coarser;
    }
    resolution
}

/// About how many cells lie within, or reach into, a disc.
fn cells_within(radius_m: f64, resolution: Resolution) -> f64 {
    let reached_m = radius_m + resolution.edge_length_m();
    std::f64::consts::PI * reached_m * reached_m / resolution.area_m2()
}

#[expect(clippy::cast_precision_loss, reason = "the number is a round one")]
fn most_of(most: usize) -> f64 {
    most as f64
}

/// About the radius of the area; `None` if all of the Earth is searched.
fn reach_m(query: &Query) -> Option<f64> {
    let radius = query.center.and(query.radius);
    let polygon = query.filters.polygon.as_ref();
    let polygon = polygon.map(|polygon| around(polygon.corners().iter().copied()));
    let between = query.filters.bounding_box.as_ref().map(as_disc);
    let reaches = [radius.map(Radius::metres), polygon, between];
    reaches.into_iter().flatten().reduce(f64::min)
}

fn around(places: impl Iterator<Item = LatLng>) -> f64 {
    let mut bounds = Bounds::EMPTY;
    places.for_each(|place| bounds.include(place.into()));
    bounds.half_diagonal_m()
}

/// The radius of a disc as large.
fn as_disc(area: &BoundingBox) -> f64 {
    let turn = if area.west <= area.east { 0.0 } else { 360.0 };
    let width = (area.east - area.west + turn).to_radians();
    let height = area.north.to_radians().sin() - area.south.to_radians().sin();
    EARTH_RADIUS_M * (width * height / std::f64::consts::PI).sqrt()
}
