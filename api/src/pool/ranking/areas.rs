//! The areas where a landlord prefers requests, as a condition on requests.

use roost_engine::{Condition, LatLng, Polygon, PolygonError};
use roost_market::ActionError;
use roost_market::landlords::Areas;

/// More corners than the areas of a landlord can have.
const CORNERS_MAX: usize = 10_000;

/// An error quotes at most this many points of a ring.
const POINTS_SHOWN: usize = 8;

/// The condition that a place lies within one of the polygons, and in none of its holes. A ring
/// without an inside, which only another program can have stored, contains nothing.
pub(crate) fn within(areas: &Areas) -> Condition {
    let polygons = areas.polygons().iter().map(|rings| {
        let mut rings = rings.iter().map(|ring| within_ring(ring));
        let outer = rings.next().unwrap_or(Condition::Any(Vec::new()));
        let holes = rings.map(|hole| Condition::Not(Box::new(hole)));
        Condition::All([outer].into_iter().chain(holes).collect())
    });
    Condition::Any(polygons.collect())
}

/// Checks that a feed can search in areas.
///
/// # Errors
///
/// `Invalid` with the ring that has no inside: one that is too wide, or has fewer than three
/// different points.
pub(crate) fn check(field: &'static str, areas: &Areas) -> Result<(), ActionError> {
    let mut rings = areas.polygons().iter().flatten();
    let Some(ring) = rings.find(|ring| polygon(ring).is_err()) else {
        return Ok(());
    };
    let value = match ring.get(..POINTS_SHOWN) {
        Some(first) => format!("{first:?} and {} more points", ring.len() - POINTS_SHOWN),
        None => format!("{ring:?}"),
    };
    let (points, km) = (Polygon::CORNERS_MIN, Polygon::SPAN_MAX_KM);
    let expected =
        format!("rings of at least {points} different points within {km} km of their middle");
    Err(ActionError::invalid(field, value, expected))
}

fn within_ring(ring: &[[f64; 2]]) -> Condition {
    let polygon = polygon(ring).ok();
    polygon.map_or(Condition::Any(Vec::new()), Condition::Within)
}

/// The points of a ring have their longitudes first.
fn polygon(ring: &[[f64; 2]]) -> Result<Polygon, PolygonError> {
    let corners = ring.iter().map(|&[lng, lat]| LatLng::new(lat, lng));
    // Areas have no others.
    let corners: Vec<LatLng> = corners.filter_map(Result::ok).collect();
    Polygon::detailed(corners, CORNERS_MAX)
}
