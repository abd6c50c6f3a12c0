//! Polygons against known cases and against winding numbers.

use proptest::prelude::*;

use super::*;
use crate::geo::area::turns::turns_around;

fn polygon(corners: &[(f64, f64)]) -> Result<Polygon, PolygonError> {
    let corners = corners.iter().map(|&(lat, lng)| at(lat, lng)).collect();
    Polygon::new(corners)
}

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

fn contains(corners: &[(f64, f64)], lat: f64, lng: f64) -> bool {
    polygon(corners).unwrap().contains(at(lat, lng).into())
}

#[test]
fn too_few_too_many_and_too_distant_corners_are_rejected() {
    let line = [(0.0, 0.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0)];
    assert_eq!(polygon(&line), Err(PolygonError::TooFew(2)));
    assert_eq!(polygon(&[]), Err(PolygonError::TooFew(0)));
    let circle = |corners: u32| -> Vec<(f64, f64)> {
        let angles =
            (0..corners).map(|n| f64::from(n) / f64::from(corners) * std::f64::consts::TAU);
        angles.map(|angle| (angle.sin(), angle.cos())).collect()
    };
    assert!(polygon(&circle(500)).is_ok());
    assert_eq!(polygon(&circle(501)), Err(PolygonError::TooMany(501)));
    let equator = [(0.0, 0.0), (0.0, 120.0), (0.0, -120.0)];
    assert_eq!(polygon(&equator), Err(PolygonError::TooWide));
    let poles = [(90.0, 0.0), (-90.0, 0.0), (0.0, 0.0)];
    assert_eq!(polygon(&poles), Err(PolygonError::TooWide));
    let russia = [
        (41.0, 47.0),
        (55.0, 20.0),
        (77.0, 104.0),
        (66.0, -169.0),
        (43.0, 132.0),
    ];
    assert!(polygon(&russia).is_ok());
}

#[test]
fn a_closed_line_equals_an_open_one() {
    let open = [(19.0, 72.8), (19.2, 72.8), (19.1, 73.0)];
    let closed = [open[0], open[1], open[2], open[0]];
    assert_eq!(polygon(&open), polygon(&closed));
}

#[test]
fn corners_belong_to_a_polygon() {
    let corners = [(19.0, 72.8), (19.2, 72.8), (19.1, 73.0)];
    for (lat, lng) in corners {
        assert!(contains(&corners, lat, lng));
    }
    assert!(contains(&corners, 19.1, 72.85));
    assert!(!contains(&corners, 19.19, 72.95));
}

#[test]
fn edges_are_great_circles_and_not_parallels() {
    // The great circle between the first two reaches 67.8 degrees north in its middle.
    let corners = [(60.0, 0.0), (60.0, 90.0), (50.0, 45.0)];
    assert!(contains(&corners, 67.0, 45.0));
    assert!(!contains(&corners, 68.5, 45.0));
}

#[test]
fn a_polygon_may_cross_the_antimeridian() {
    let fiji = [
        (-19.0, 177.0),
        (-16.0, 177.0),
        (-16.0, -178.0),
        (-19.0, -178.0),
    ];
    assert!(contains(&fiji, -17.0, 180.0) && contains(&fiji, -17.0, -180.0));
    assert!(contains(&fiji, -18.0, -179.0));
    assert!(!contains(&fiji, -18.0, 0.0) && !contains(&fiji, 17.0, -1.0));
}

#[test]
fn a_polygon_may_contain_a_pole() {
    let arctic = [(70.0, 0.0), (70.0, 90.0), (70.0, 180.0), (70.0, -90.0)];
    assert!(contains(&arctic, 90.0, 0.0) && contains(&arctic, 85.0, -33.0));
    assert!(!contains(&arctic, 60.0, 10.0) && !contains(&arctic, -90.0, 0.0));
}

#[test]
fn both_loops_of_a_line_that_crosses_itself_are_inside() {
    let eight = [(0.0, 0.0), (2.0, 4.0), (0.0, 4.0), (2.0, 0.0)];
    assert!(contains(&eight, 1.0, 0.5) && contains(&eight, 1.0, 3.5));
    assert!(!contains(&eight, 1.8, 2.0) && !contains(&eight, 0.2, 2.0));
}

#[test]
fn a_box_that_no_edge_crosses_is_inside_or_outside() {
    let mumbai = polygon(&[(18.8, 72.7), (19.4, 72.7), (19.4, 73.1), (18.8, 73.1)]).unwrap();
    let relation = |(lat, lng): (f64, f64)| {
        let mut bounds = Bounds::EMPTY;
        bounds.include(at(lat, lng).into());
        bounds.include(at(lat + 0.01, lng + 0.01).into());
        mumbai.relation(&bounds)
    };
    assert_eq!(relation((19.0, 72.9)), Relation::Inside);
    assert_eq!(relation((19.395, 72.9)), Relation::Crosses);
    for far in [(19.41, 72.9), (28.6, 77.2), (-19.0, -107.1), (40.7, -74.0)] {
        assert_eq!(relation(far), Relation::Outside);
    }
}

/// Points at some bearings and distances in metres from another.
fn around(middle: LatLng, offsets: &[(f64, f64)]) -> Vec<LatLng> {
    use geo::{Destination, HaversineMeasure, Point};
    let sphere = HaversineMeasure::new(crate::EARTH_RADIUS_M);
    let middle = Point::new(middle.lng(), middle.lat());
    let points = offsets
        .iter()
        .map(|&(bearing, metres)| sphere.destination(middle, bearing, metres));
    points
        .map(|point| at(point.y().clamp(-90.0, 90.0), point.x().clamp(-180.0, 180.0)))
        .collect()
}

fn offsets(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((0.0..360.0, 0.0..1.0), count)
}

fn middles() -> impl Strategy<Value = LatLng> {
    prop_oneof![
        (-90.0..=90.0, -180.0..=180.0),
        (-60.0..=60.0, Just(180.0)),
        (89.9..=90.0, -180.0..=180.0),
        (-90.0..=-89.9, -180.0..=180.0),
    ]
    .prop_map(|(lat, lng)| at(lat, lng))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_place_is_inside_if_the_line_runs_around_it(
        middle in middles(),
        size_m in prop_oneof![Just(300.0), Just(20_000.0), Just(1_000_000.0), Just(4_000_000.0)],
        corners in offsets(3..30),
        places in offsets(1..20),
    ) {
        let scaled = |offsets: &[(f64, f64)]| {
            let offsets: Vec<_> = offsets.iter().map(|&(b, share)| (b, share * size_m)).collect();
            around(middle, &offsets)
        };
        let corners = scaled(&corners);
        let polygon = Polygon::new(corners.clone()).unwrap();
        for place in scaled(&places) {
            let expected = turns_around(&corners, place) != 0;
            prop_assert_eq!(polygon.contains(place.into()), expected, "{:?} in {:?}", place, corners);
            let antipode = UnitVector(UnitVector::from(place).0.map(|along| -along));
            prop_assert!(!polygon.contains(antipode));
        }
    }

    #[test]
    fn a_relation_applies_to_every_point_of_a_box(
        middle in middles(),
        size_m in prop_oneof![Just(300.0), Just(20_000.0), Just(4_000_000.0)],
        corners in offsets(3..30),
        (bearing, share, share_of_size) in (0.0..360.0, 0.0..2.0, 0.0..0.5),
        places in offsets(1..20),
    ) {
        let corners: Vec<_> = corners.iter().map(|&(b, share)| (b, share * size_m)).collect();
        let polygon = Polygon::new(around(middle, &corners)).unwrap();
        let at = around(middle, &[(bearing, share * size_m)])[0];
        let near: Vec<_> = places.iter().map(|&(b, s)| (b, s * share_of_size * size_m)).collect();
        let mut bounds = Bounds::EMPTY;
        let points: Vec<UnitVector> = around(at, &near).into_iter().map(Into::into).collect();
        points.iter().for_each(|&point| bounds.include(point));
        let inside = points.iter().filter(|&&point| polygon.contains(point)).count();
        match polygon.relation(&bounds) {
            Relation::Inside => prop_assert_eq!(inside, points.len()),
            Relation::Outside => prop_assert_eq!(inside, 0),
            Relation::Crosses => {}
        }
    }
}
