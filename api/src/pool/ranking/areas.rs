//! The areas where a landlord prefers requests, as a condition on requests.

use roost_engine::{Condition, LatLng, Polygon};
use roost_market::landlords::Areas;

/// More corners than the areas of a landlord can have.
const CORNERS_MAX: usize = 10_000;

/// The condition that a place lies within one of the polygons, and in none of its holes. A ring
/// that is too wide to have an inside contains nothing.
pub(crate) fn within(areas: &Areas) -> Condition {
    let polygons = areas.polygons().iter().map(|rings| {
        let mut rings = rings.iter().map(|ring| within_ring(ring));
        let outer = rings.next().unwrap_or(Condition::Any(Vec::new()));
        let holes = rings.map(|hole| Condition::Not(Box::new(hole)));
        Condition::All([outer].into_iter().chain(holes).collect())
    });
    Condition::Any(polygons.collect())
}

/// The points of a ring have their longitudes first.
fn within_ring(ring: &[[f64; 2]]) -> Condition {
    let corners = ring.iter().map(|&[lng, lat]| LatLng::new(lat, lng));
    let corners: Option<Vec<LatLng>> = corners.map(Result::ok).collect();
    let polygon = corners.and_then(|corners| Polygon::detailed(corners, CORNERS_MAX).ok());
    polygon.map_or(Condition::Any(Vec::new()), Condition::Within)
}
