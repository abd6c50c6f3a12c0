//! The winding number of a line around a point: the oracle of polygons, by another algorithm.

use geo::{Bearing, Haversine, Point};

use crate::geo::place::LatLng;

/// Sums the angles between the bearings of the corners. Bearings turn in the same way around the
/// antipode, so the point must be on the corners' side of the Earth.
pub(crate) fn turns_around(corners: &[LatLng], place: LatLng) -> i32 {
    let bearings: Vec<f64> = corners
        .iter()
        .map(|&corner| bearing(place, corner))
        .collect();
    let next = bearings.iter().cycle().skip(1);
    let turns = bearings.iter().zip(next).map(|(from, to)| {
        let turn = (to - from).rem_euclid(360.0);
        if turn > 180.0 { turn - 360.0 } else { turn }
    });
    (turns.sum::<f64>() / 360.0).round() as i32
}

fn bearing(from: LatLng, to: LatLng) -> f64 {
    let point = |place: LatLng| Point::new(place.lng(), place.lat());
    Haversine.bearing(point(from), point(to))
}
