//! Bounding boxes: the area between two parallels and two meridians.

use super::relation::{MARGIN, Relation};
use crate::geo::place::{Bounds, LatLng, PlaceError, UnitVector};

/// The area between two latitudes, and from a western longitude eastward to another, edges
/// included. It crosses the antimeridian if `west` is more than `east`. A pole has every longitude.
///
/// ```
/// use roost_engine::BoundingBox;
/// let fiji = BoundingBox::new(-19.2, 176.8, -15.7, -178.2).unwrap();
/// assert!(BoundingBox::new(-15.7, 176.8, -19.2, -178.2).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    pub(crate) south: f64,
    pub(crate) west: f64,
    pub(crate) north: f64,
    pub(crate) east: f64,
}

/// Why four numbers are not a bounding box.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BoundingBoxError {
    /// A corner has invalid coordinates.
    #[error(transparent)]
    Corner(#[from] PlaceError),
    /// The southern edge is north of the northern one.
    #[error("south, {south}, is above north, {north}")]
    UpsideDown {
        /// The southern edge, in degrees.
        south: f64,
        /// The northern edge, in degrees.
        north: f64,
    },
}

impl BoundingBox {
    /// South, west, north and east, in degrees.
    pub fn edges(&self) -> [f64; 4] {
        [self.south, self.west, self.north, self.east]
    }

    /// Takes degrees.
    ///
    /// # Errors
    /// For a corner with invalid coordinates, and for a southern edge north of the northern one.
    pub fn new(
        south: f64,
        west: f64,
        north: f64,
        east: f64,
    ) -> Result<BoundingBox, BoundingBoxError> {
        LatLng::new(south, west)?;
        LatLng::new(north, east)?;
        if south > north {
            return Err(BoundingBoxError::UpsideDown { south, north });
        }
        Ok(BoundingBox {
            south,
            west,
            north,
            east,
        })
    }
}

/// A bounding box prepared for a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreparedBoundingBox {
    south: Parallel,
    north: Parallel,
    longitudes: Longitudes,
}

#[derive(Clone, Copy, Debug)]
struct Parallel {
    sine: f64,
    cosine: f64,
}

#[derive(Clone, Copy, Debug)]
enum Longitudes {
    All,
    /// At most half a turn: on the right side of both meridians, and not on the far side of the
    /// Earth, where a narrow box would have a mirror image.
    AllOf([HalfSpace; 3]),
    /// More than half a turn: on the right side of either meridian.
    AnyOf([HalfSpace; 2]),
}

/// The points on one side of a plane through the centre of the Earth, given by its normal.
#[derive(Clone, Copy, Debug)]
struct HalfSpace(UnitVector);

impl PreparedBoundingBox {
    pub(crate) fn new(area: &BoundingBox) -> PreparedBoundingBox {
        let turn = if area.west <= area.east { 0.0 } else { 360.0 };
        let width = area.east - area.west + turn;
        let west = HalfSpace(direction(area.west + 90.0));
        let east = HalfSpace(direction(area.east - 90.0));
        let middle = HalfSpace(direction(area.west + width / 2.0));
        PreparedBoundingBox {
            south: Parallel::at(area.south),
            north: Parallel::at(area.north),
            longitudes: if width >= 360.0 {
                Longitudes::All
            } else if width <= 180.0 {
                Longitudes::AllOf([west, east, middle])
            } else {
                Longitudes::AnyOf([west, east])
            },
        }
    }

    pub(crate) fn contains(&self, point: UnitVector) -> bool {
        self.south.height_of(point) >= -EDGE_TOLERANCE
            && self.north.height_of(point) <= EDGE_TOLERANCE
            && match self.longitudes {
                Longitudes::All => true,
                Longitudes::AllOf(sides) => sides.iter().all(|side| side.contains(point)),
                Longitudes::AnyOf(sides) => sides.iter().any(|side| side.contains(point)),
            }
    }

    pub(crate) fn relation(&self, bounds: &Bounds) -> Relation {
        let (low, high) = bounds.range_along(NORTH_POLE);
        let latitudes = if high < self.south.sine - MARGIN || low > self.north.sine + MARGIN {
            Relation::Outside
        } else if low >= self.south.sine + MARGIN && high <= self.north.sine - MARGIN {
            Relation::Inside
        } else {
            Relation::Crosses
        };
        latitudes.and(match self.longitudes {
            Longitudes::All => Relation::Inside,
            Longitudes::AllOf([west, east, middle]) => west
                .relation(bounds)
                .and(east.relation(bounds))
                .and(middle.relation(bounds)),
            Longitudes::AnyOf([west, east]) => west.relation(bounds).or(east.relation(bounds)),
        })
    }
}

impl Parallel {
    fn at(latitude: f64) -> Parallel {
        let (sine, cosine) = latitude.to_radians().sin_cos();
        Parallel { sine, cosine }
    }

    /// The sine of the angle by which a point is north of this parallel. To compare the sines of
    /// both latitudes would be off by a decimetre at the poles, where sines hardly change.
    fn height_of(self, UnitVector([x, y, z]): UnitVector) -> f64 {
        let from_axis = (x * x + y * y).sqrt();
        // From pole to pole is half a turn, which has the same sine as none.
        if z * self.sine + from_axis * self.cosine < 0.0 {
            return z.signum();
        }
        z * self.cosine - from_axis * self.sine
    }
}

impl HalfSpace {
    fn contains(self, point: UnitVector) -> bool {
        self.0.dot(point) >= -EDGE_TOLERANCE
    }

    fn relation(self, bounds: &Bounds) -> Relation {
        let (low, high) = bounds.range_along(self.0);
        if high < -MARGIN {
            Relation::Outside
        } else if low >= 0.0 {
            Relation::Inside
        } else {
            Relation::Crosses
        }
    }
}

/// The point of the equator at a longitude, which may exceed a full turn.
fn direction(longitude: f64) -> UnitVector {
    let (sine, cosine) = longitude.to_radians().sin_cos();
    UnitVector([cosine, sine, 0.0])
}

const NORTH_POLE: UnitVector = UnitVector([0.0, 0.0, 1.0]);

/// How far outside the computation can place a point on an edge: nanometres on the ground.
const EDGE_TOLERANCE: f64 = 1e-15;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contains(area: [f64; 4], lat: f64, lng: f64) -> bool {
        let [south, west, north, east] = area;
        let area = BoundingBox::new(south, west, north, east).unwrap();
        PreparedBoundingBox::new(&area).contains(LatLng::new(lat, lng).unwrap().into())
    }

    #[test]
    fn invalid_corners_and_boxes_upside_down_are_rejected() {
        assert!(matches!(
            BoundingBox::new(-91.0, 0.0, 0.0, 1.0),
            Err(BoundingBoxError::Corner(PlaceError::Latitude(_)))
        ));
        assert!(BoundingBox::new(0.0, 0.0, 1.0, 181.0).is_err());
        assert!(BoundingBox::new(0.0, f64::NAN, 1.0, 1.0).is_err());
        let upside_down = BoundingBox::new(2.0, 0.0, 1.0, 1.0).unwrap_err();
        assert_eq!(upside_down.to_string(), "south, 2, is above north, 1");
    }

    #[test]
    fn a_pole_is_not_in_a_box_of_the_other() {
        assert!(contains([-90.0, 10.0, -90.0, 20.0], -90.0, 15.0));
        assert!(!contains([-90.0, 10.0, -90.0, 20.0], 90.0, 15.0));
        assert!(!contains([90.0, 10.0, 90.0, 20.0], -90.0, 15.0));
        assert!(contains([-90.0, 10.0, 90.0, 20.0], 90.0, 15.0));
    }

    #[test]
    fn edges_and_corners_belong_to_a_box() {
        let mumbai = [18.89, 72.77, 19.27, 73.03];
        for (lat, lng) in [(18.89, 72.77), (19.27, 73.03), (19.0, 72.77), (19.27, 72.9)] {
            assert!(contains(mumbai, lat, lng), "{lat}, {lng}");
        }
        assert!(!contains(mumbai, 19.0, 72.769_999_999));
        assert!(!contains(mumbai, 19.270_000_001, 72.9));
    }

    #[test]
    fn a_box_may_cross_the_antimeridian() {
        let fiji = [-19.0, 177.0, -16.0, -178.0];
        assert!(contains(fiji, -17.0, 180.0) && contains(fiji, -17.0, -180.0));
        assert!(contains(fiji, -17.0, 177.0) && contains(fiji, -17.0, -178.0));
        assert!(
            !contains(fiji, -17.0, 176.9)
                && !contains(fiji, -17.0, -177.9)
                && !contains(fiji, -17.0, 0.0)
        );
        let the_line = [-19.0, 180.0, -16.0, -180.0];
        assert!(contains(the_line, -17.0, 180.0) && !contains(the_line, -17.0, 0.0));
    }

    #[test]
    fn a_box_may_be_more_than_half_a_turn_wide_or_nothing_but_a_meridian() {
        let all_but_the_pacific = [-90.0, -70.0, 90.0, 180.0];
        assert!(
            contains(all_but_the_pacific, 0.0, 0.0) && contains(all_but_the_pacific, 0.0, 179.0)
        );
        assert!(!contains(all_but_the_pacific, 0.0, -100.0));
        assert!(contains([-90.0, -180.0, 90.0, 180.0], 51.0, -0.1));
        let greenwich = [-90.0, 0.0, 90.0, 0.0];
        assert!(contains(greenwich, 51.0, 0.0) && !contains(greenwich, 51.0, 180.0));
    }

    #[test]
    fn a_pole_has_every_longitude() {
        assert!(contains([80.0, 10.0, 90.0, 20.0], 90.0, -120.0));
        assert!(!contains([80.0, 10.0, 89.999_999_9, 20.0], 90.0, 15.0));
    }

    proptest! {
        #[test]
        fn a_place_is_inside_if_its_coordinates_are(
            (south, north) in (-90..=90i32, -90..=90i32),
            (west, east) in (-180..=180i32, -180..=180i32),
            (lat, lng) in (-90..=90i32, -180..=180i32),
        ) {
            let (south, north) = (south.min(north), south.max(north));
            let is_between = |lng| if west <= east {
                (west..=east).contains(&lng)
            } else {
                lng >= west || lng <= east
            };
            let other_name = if lng.abs() == 180 { -lng } else { lng };
            let expected = (south..=north).contains(&lat)
                && (is_between(lng) || is_between(other_name) || lat.abs() == 90);
            let area = [south, west, north, east].map(f64::from);
            prop_assert_eq!(contains(area, f64::from(lat), f64::from(lng)), expected);
        }

        #[test]
        fn a_relation_applies_to_every_point_of_a_box(
            corner in (-90.0..=90.0, -180.0..=180.0, -90.0..=90.0, -180.0..=180.0),
            (lat, lng, size) in (-89.0..89.0, -179.0..179.0, 0.0..1.0),
            offsets in prop::collection::vec((0.0..=1.0, 0.0..=1.0), 1..20),
        ) {
            let (south, west, north, east) = corner;
            let area = BoundingBox::new(f64::min(south, north), west, f64::max(south, north), east);
            let area = PreparedBoundingBox::new(&area.unwrap());
            let points: Vec<UnitVector> = offsets
                .iter()
                .map(|(up, right)| LatLng::new(lat + up * size, lng + right * size).unwrap().into())
                .collect();
            let mut bounds = Bounds::EMPTY;
            points.iter().for_each(|&point| bounds.include(point));
            let inside = points.iter().filter(|&&point| area.contains(point)).count();
            match area.relation(&bounds) {
                Relation::Inside => prop_assert_eq!(inside, points.len()),
                Relation::Outside => prop_assert_eq!(inside, 0),
                Relation::Crosses => {}
            }
        }
    }
}
