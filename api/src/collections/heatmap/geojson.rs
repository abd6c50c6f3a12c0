//! H3 cells as GeoJSON.
//!
//! As RFC 7946 demands, longitude comes before latitude, rings are closed and counterclockwise, and
//! cells that cross the antimeridian are split there. A cell that contains a pole is drawn up to
//! it, along the whole edge of the map.

use roost_engine::{HeatCell, HeatMap, LatLng};
use serde::Serialize;
use utoipa::ToSchema;

/// A GeoJSON feature collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeatureCollection {
    #[serde(rename = "type")]
    #[schema(example = "FeatureCollection")]
    kind: &'static str,
    features: Vec<Feature>,
}

/// A GeoJSON feature: a cell.
#[derive(Debug, Serialize, ToSchema)]
struct Feature {
    #[serde(rename = "type")]
    #[schema(example = "Feature")]
    kind: &'static str,
    /// The H3 index.
    #[schema(example = "88608b0b31fffff")]
    id: String,
    geometry: Geometry,
    properties: Properties,
}

/// The area of the cell: a polygon, or two if it crosses the antimeridian.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

/// The corners of an area; the last equals the first.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(value_type = Vec<Vec<f64>>)]
struct Ring(Vec<Point>);

/// Longitude and latitude.
type Point = [f64; 2];

/// The documents of a cell.
#[derive(Debug, Serialize, ToSchema)]
struct Properties {
    /// The number of matching documents.
    #[schema(example = 12)]
    count: u64,
    /// Of rooms: the lowest price; null if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, example = 450.0)]
    price_min: Option<Option<f64>>,
    /// Of rooms: the median price; null if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, example = 800.0)]
    price_median: Option<Option<f64>>,
    /// The highest match score.
    #[schema(example = 81.25)]
    match_score_max: f64,
}

impl FeatureCollection {
    pub(super) fn of(map: &HeatMap, has_price: bool) -> FeatureCollection {
        let cells = map.cells.iter();
        FeatureCollection {
            kind: "FeatureCollection",
            features: cells.map(|cell| Feature::of(cell, has_price)).collect(),
        }
    }
}

impl Feature {
    fn of(cell: &HeatCell, has_price: bool) -> Feature {
        Feature {
            kind: "Feature",
            id: cell.cell.to_string(),
            geometry: Geometry::of(&cell.cell.boundary()),
            properties: Properties {
                count: cell.count,
                price_min: has_price.then_some(cell.number_min),
                price_median: has_price.then_some(cell.number_median),
                match_score_max: cell.score_max,
            },
        }
    }
}

impl Geometry {
    /// The area between corners that are given counterclockwise.
    fn of(corners: &[LatLng]) -> Geometry {
        let mut ring: Vec<Point> = Vec::new();
        for corner in corners {
            let before = ring.last().map_or(corner.lng(), |&[lng, _]| lng);
            ring.push([nearest_turn(before, corner.lng()), corner.lat()]);
        }
        let (Some(&first), Some(&last)) = (ring.first(), ring.last()) else {
            return Geometry::Polygon(Vec::new());
        };
        let is_closed = (nearest_turn(last[0], first[0]) - first[0]).abs() < 1.0;
        if !is_closed {
            return Geometry::Polygon(vec![closed(around_pole(corners))]);
        }
        let lngs = || ring.iter().map(|&[lng, _]| lng);
        let crossed = if lngs().any(|lng| lng > 180.0) {
            180.0
        } else if lngs().any(|lng| lng < -180.0) {
            -180.0
        } else {
            return Geometry::Polygon(vec![closed(ring)]);
        };
        let west = cut(&ring, crossed, |lng| lng < crossed);
        let east = cut(&ring, crossed, |lng| lng > crossed);
        // One part has to move back onto the map by a full turn.
        let parts = [(west, crossed - 180.0), (east, crossed + 180.0)].map(|(part, turn)| {
            let back = part.into_iter().map(|[lng, lat]| [lng - turn, lat]);
            vec![closed(back.collect())]
        });
        Geometry::MultiPolygon(parts.into())
    }
}

/// The longitude that equals this one up to full turns and is nearest to another.
fn nearest_turn(before: f64, lng: f64) -> f64 {
    lng + ((before - lng) / 360.0).round() * 360.0
}

/// The part of a ring on one side of a meridian.
fn cut(ring: &[Point], meridian: f64, keeps: impl Fn(f64) -> bool) -> Vec<Point> {
    let mut kept = Vec::new();
    for (index, &[lng, lat]) in ring.iter().enumerate() {
        let [next_lng, next_lat] = ring[(index + 1) % ring.len()];
        if keeps(lng) {
            kept.push([lng, lat]);
        }
        if keeps(lng) != keeps(next_lng) {
            let share = (meridian - lng) / (next_lng - lng);
            kept.push([meridian, lat + share * (next_lat - lat)]);
        }
    }
    kept
}

/// The ring of a cell with a pole: from the western edge of the map to the eastern one, and back
/// along the pole.
fn around_pole(corners: &[LatLng]) -> Vec<Point> {
    let mut ring: Vec<Point> = corners.iter().map(|it| [it.lng(), it.lat()]).collect();
    ring.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let (first, last) = (ring[0], ring[ring.len() - 1]);
    let share = (180.0 - last[0]) / (first[0] + 360.0 - last[0]);
    let lat_at_edge = last[1] + share * (first[1] - last[1]);
    let pole = 90.0_f64.copysign(lat_at_edge);
    ring.insert(0, [-180.0, lat_at_edge]);
    ring.extend([[180.0, lat_at_edge], [180.0, pole], [-180.0, pole]]);
    if pole < 0.0 {
        ring.reverse();
    }
    ring
}

/// The ring for JSON: rounded to a centimetre, with the first corner repeated at the end.
fn closed(mut ring: Vec<Point>) -> Ring {
    for point in &mut ring {
        *point = point.map(|degrees| (degrees * 1e7).round() / 1e7);
    }
    ring.extend(ring.first().copied());
    Ring(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(corners: &[(f64, f64)]) -> Geometry {
        let corners = corners.iter();
        let corners = corners.map(|&(lng, lat)| LatLng::new(lat, lng).unwrap());
        Geometry::of(&corners.collect::<Vec<_>>())
    }

    /// Twice the area, positive where the ring is counterclockwise.
    fn area(Ring(ring): &Ring) -> f64 {
        let pairs = ring.windows(2);
        pairs
            .map(|it| it[0][0] * it[1][1] - it[1][0] * it[0][1])
            .sum()
    }

    #[test]
    fn an_ordinary_cell_is_a_closed_ring_of_its_corners() {
        let ring = Ring(vec![[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]);
        assert_eq!(
            geometry(&[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)]),
            Geometry::Polygon(vec![ring])
        );
    }

    #[test]
    fn a_cell_across_the_antimeridian_is_split_there() {
        let expected = Geometry::MultiPolygon(vec![
            vec![Ring(vec![
                [179.0, 0.0],
                [180.0, 0.0],
                [180.0, 2.0],
                [179.0, 2.0],
                [179.0, 0.0],
            ])],
            vec![Ring(vec![
                [-180.0, 0.0],
                [-179.0, 0.0],
                [-179.0, 2.0],
                [-180.0, 2.0],
                [-180.0, 0.0],
            ])],
        ]);
        let corners = [(179.0, 0.0), (-179.0, 0.0), (-179.0, 2.0), (179.0, 2.0)];
        assert_eq!(geometry(&corners), expected);
        // The first corner does not matter.
        let corners = [(-179.0, 0.0), (-179.0, 2.0), (179.0, 2.0), (179.0, 0.0)];
        let Geometry::MultiPolygon(parts) = geometry(&corners) else {
            panic!("it is one polygon");
        };
        for part in parts {
            assert_eq!(area(&part[0]), 4.0, "{part:?}");
            assert!(part[0].0.iter().all(|[lng, _]| lng.abs() <= 180.0));
        }
    }

    #[test]
    fn a_cell_with_a_pole_is_drawn_up_to_the_pole() {
        for pole in [90.0, -90.0] {
            let lat = 88.0_f64.copysign(pole);
            let mut corners = [(-100.0, lat), (20.0, lat), (140.0, lat)];
            if pole < 0.0 {
                corners.reverse();
            }
            let Geometry::Polygon(rings) = geometry(&corners) else {
                panic!("it is cut");
            };
            assert_eq!(area(&rings[0]), 2.0 * 360.0 * 2.0, "{rings:?}");
        }
    }
}
