//! Places on the sphere and the distances between them.
//!
//! All distances are great-circle distances on a sphere: on screen, in filters and in the score.
//! PostGIS computes the same with `ST_Distance(a, b, use_spheroid => false)`. On the WGS 84
//! spheroid distances differ by up to 0.56 %, some 30 m at 5 km. The error of a postal-code
//! centroid or a blurred listing is larger, so we use the sphere, which is cheaper and monotone.

use serde::{Deserialize, Serialize};

/// The radius of the sphere, in metres: (2a + b) / 3 of WGS 84, as in PostGIS.
pub const EARTH_RADIUS_M: f64 = 6_371_008.771_415_059;

/// A place in degrees, WGS 84. Every value is valid.
///
/// ```
/// use roost_engine::LatLng;
/// let gateway_of_india = LatLng::new(18.922, 72.8347).unwrap();
/// let iit_bombay = LatLng::new(19.1334, 72.9133).unwrap();
/// assert_eq!(gateway_of_india.distance_m(iit_bombay).round(), 24_916.0);
/// assert!(LatLng::new(118.9, 72.8).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatLng {
    lat: f64,
    lng: f64,
}

/// Why two numbers are not a place.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PlaceError {
    /// The latitude is not a number within the poles.
    #[error("latitude {0} is not within -90 to 90 degrees")]
    Latitude(f64),
    /// The longitude is not a number within one turn.
    #[error("longitude {0} is not within -180 to 180 degrees")]
    Longitude(f64),
}

/// Why a number is not a search radius.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("radius {0} m is not above 0 and at most {max} m", max = Radius::MAX_M)]
pub struct RadiusError(f64);

/// A search radius in metres, above 0 and at most [`Radius::MAX_M`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Radius(f64);

impl LatLng {
    /// Takes degrees: latitude within -90 to 90, longitude within -180 to 180.
    ///
    /// # Errors
    /// Names the coordinate that is out of range or not a number.
    pub fn new(lat: f64, lng: f64) -> Result<LatLng, PlaceError> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(PlaceError::Latitude(lat));
        }
        if !(-180.0..=180.0).contains(&lng) {
            return Err(PlaceError::Longitude(lng));
        }
        Ok(LatLng { lat, lng })
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees.
    pub fn lng(self) -> f64 {
        self.lng
    }

    /// Great-circle distance in metres.
    pub fn distance_m(self, other: LatLng) -> f64 {
        UnitVector::from(self)
            .chord_squared(UnitVector::from(other))
            .distance_m()
    }
}

impl Radius {
    /// The largest search radius: 200 km.
    pub const MAX_M: f64 = 200_000.0;

    /// Takes metres.
    ///
    /// # Errors
    /// For zero, a negative number, NaN, or more than [`Radius::MAX_M`].
    pub const fn new(radius_m: f64) -> Result<Radius, RadiusError> {
        if radius_m > 0.0 && radius_m <= Radius::MAX_M {
            Ok(Radius(radius_m))
        } else {
            Err(RadiusError(radius_m))
        }
    }

    /// The radius in metres.
    pub fn metres(self) -> f64 {
        self.0
    }
}

/// A place as a point on the unit sphere: without antimeridian and poles, and a distance is one
/// subtraction per axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct UnitVector(pub(crate) [f64; 3]);

/// The squared straight-line distance between two points of the unit sphere, 0 to 4. It grows with
/// the great-circle distance.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct ChordSquared(pub(crate) f64);

impl From<LatLng> for UnitVector {
    fn from(place: LatLng) -> UnitVector {
        let (sin_lat, cos_lat) = place.lat.to_radians().sin_cos();
        let (sin_lng, cos_lng) = place.lng.to_radians().sin_cos();
        UnitVector([cos_lat * cos_lng, cos_lat * sin_lng, sin_lat])
    }
}

impl UnitVector {
    pub(crate) fn chord_squared(self, other: UnitVector) -> ChordSquared {
        let mut sum = 0.0;
        for axis in 0..3 {
            let difference = self.0[axis] - other.0[axis];
            sum += difference * difference;
        }
        ChordSquared(sum)
    }

    pub(crate) fn dot(self, UnitVector([x, y, z]): UnitVector) -> f64 {
        self.0[0] * x + self.0[1] * y + self.0[2] * z
    }

    /// The cross product.
    pub(crate) fn cross(self, UnitVector([x, y, z]): UnitVector) -> UnitVector {
        let [a, b, c] = self.0;
        UnitVector([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    /// The place in this direction; `None` for the zero vector.
    pub(crate) fn place(self) -> Option<LatLng> {
        let UnitVector([x, y, z]) = self.normalized()?;
        let (lat, lng) = (z.atan2(x.hypot(y)), y.atan2(x));
        LatLng::new(lat.to_degrees(), lng.to_degrees()).ok()
    }

    /// The unit vector of this direction; `None` for the zero vector.
    pub(crate) fn normalized(self) -> Option<UnitVector> {
        let length = self.dot(self).sqrt();
        (length > 1e-9).then(|| UnitVector(self.0.map(|along| along / length)))
    }
}

impl ChordSquared {
    pub(crate) const ZERO: ChordSquared = ChordSquared(0.0);

    /// At least the distance of any two points, rounding included.
    pub(crate) const ANTIPODE: ChordSquared = ChordSquared(f64::INFINITY);

    /// The chord of a radius.
    pub(crate) fn across(radius: Radius) -> ChordSquared {
        ChordSquared::of_distance(radius.metres())
    }

    /// The chord of a great-circle distance in metres; of half around the Earth for a longer one.
    pub(crate) fn of_distance(distance_m: f64) -> ChordSquared {
        let half_angle = (distance_m / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
        let half_chord = half_angle.sin();
        ChordSquared(4.0 * half_chord * half_chord)
    }

    /// A lower bound of the distance that is cheaper to compute: the chord itself.
    pub(crate) fn distance_min_m(self) -> f64 {
        EARTH_RADIUS_M * self.0.sqrt()
    }

    pub(crate) fn distance_m(self) -> f64 {
        2.0 * EARTH_RADIUS_M * (self.0.sqrt() / 2.0).min(1.0).asin()
    }
}

/// The box around some points of the unit sphere, rounded outwards to single precision, since
/// searches read many of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    low: [f32; 3],
    high: [f32; 3],
}

impl Bounds {
    pub(crate) const EMPTY: Bounds = Bounds {
        low: [f32::INFINITY; 3],
        high: [f32::NEG_INFINITY; 3],
    };

    pub(crate) fn include(&mut self, point: UnitVector) {
        for axis in 0..3 {
            self.low[axis] = self.low[axis].min(rounded_down(point.0[axis]));
            self.high[axis] = self.high[axis].max(-rounded_down(-point.0[axis]));
        }
    }

    pub(crate) fn merge(&mut self, other: &Bounds) {
        for axis in 0..3 {
            self.low[axis] = self.low[axis].min(other.low[axis]);
            self.high[axis] = self.high[axis].max(other.high[axis]);
        }
    }

    /// An approximate upper bound of the distance of a point inside from the middle.
    pub(crate) fn half_diagonal_m(&self) -> f64 {
        let low = UnitVector(self.low.map(f64::from));
        let high = UnitVector(self.high.map(f64::from));
        low.chord_squared(high).distance_min_m() / 2.0
    }

    /// The middle, which is within the sphere and not on it.
    pub(crate) fn middle(&self) -> UnitVector {
        UnitVector(
            [0, 1, 2]
                .map(|axis| f64::midpoint(f64::from(self.low[axis]), f64::from(self.high[axis]))),
        )
    }

    /// The smallest and the largest dot product of a point inside with a direction, up to rounding.
    pub(crate) fn range_along(&self, direction: UnitVector) -> (f64, f64) {
        let (mut min, mut max) = (0.0, 0.0);
        for axis in 0..3 {
            let at_low = f64::from(self.low[axis]) * direction.0[axis];
            let at_high = f64::from(self.high[axis]) * direction.0[axis];
            min += at_low.min(at_high);
            max += at_low.max(at_high);
        }
        (min, max)
    }

    /// A lower bound of the chord to any point inside. Subtraction, squaring and addition round
    /// monotonically and run in the same order as in [`UnitVector::chord_squared`], so the bound is
    /// valid to the last bit.
    pub(crate) fn nearest(&self, from: UnitVector) -> ChordSquared {
        let mut sum = 0.0;
        for axis in 0..3 {
            let below = f64::from(self.low[axis]) - from.0[axis];
            let above = from.0[axis] - f64::from(self.high[axis]);
            let difference = larger(larger(below, above), 0.0);
            sum += difference * difference;
        }
        ChordSquared(sum)
    }

    /// An upper bound of the chord to any point inside, to the last bit as well.
    pub(crate) fn farthest(&self, from: UnitVector) -> ChordSquared {
        let mut sum = 0.0;
        for axis in 0..3 {
            let to_low = (from.0[axis] - f64::from(self.low[axis])).abs();
            let to_high = (from.0[axis] - f64::from(self.high[axis])).abs();
            let difference = larger(to_low, to_high);
            sum += difference * difference;
        }
        ChordSquared(sum)
    }
}

/// The larger of two numbers. Unlike `f64::max` it does not look for NaN, which no coordinate is,
/// so that it is one instruction.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the rounding of a coordinate is corrected below"
)]
fn rounded_down(coordinate: f64) -> f32 {
    let near = coordinate as f32;
    if f64::from(near) > coordinate {
        near.next_down()
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Distance, HaversineMeasure, Point};
    use proptest::prelude::*;

    fn places() -> impl Strategy<Value = LatLng> {
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lng)| LatLng::new(lat, lng).unwrap())
    }

    #[test]
    fn an_error_names_the_coordinate_that_is_out_of_range() {
        assert_eq!(LatLng::new(90.1, 0.0), Err(PlaceError::Latitude(90.1)));
        assert_eq!(LatLng::new(0.0, -180.5), Err(PlaceError::Longitude(-180.5)));
        assert!(LatLng::new(f64::NAN, 0.0).is_err());
        assert!(LatLng::new(0.0, f64::INFINITY).is_err());
    }

    #[test]
    fn a_radius_is_above_zero_and_at_most_200_km() {
        for radius_m in [0.0, -1.0, f64::NAN, 200_000.1, f64::INFINITY] {
            assert!(Radius::new(radius_m).is_err(), "{radius_m}");
        }
        assert_eq!(Radius::new(200_000.0).unwrap().metres(), 200_000.0);
    }

    #[test]
    fn the_antimeridian_is_an_ordinary_place() {
        let west = LatLng::new(10.0, 179.99).unwrap();
        let east = LatLng::new(10.0, -179.99).unwrap();
        assert!(west.distance_m(east) < 2_300.0);
    }

    proptest! {
        #[test]
        fn a_place_survives_the_way_to_a_vector_and_back(place in places()) {
            let back = UnitVector::from(place).place().unwrap();
            prop_assert!(back.distance_m(place) < 0.1);
        }

        #[test]
        fn distance_agrees_with_the_haversine_formula(a in places(), b in places()) {
            let sphere = HaversineMeasure::new(EARTH_RADIUS_M);
            let expected =
                sphere.distance(Point::new(a.lng(), a.lat()), Point::new(b.lng(), b.lat()));
            // Both formulas lose digits near the antipode, where the arc sine is steep.
            let tolerance_m = if expected > 20_000_000.0 { 1.0 } else { 1e-3 };
            prop_assert!((a.distance_m(b) - expected).abs() < tolerance_m);
        }

        #[test]
        fn a_box_bounds_the_distance_to_all_inside(
            from in places(),
            points in prop::collection::vec(places(), 1..20),
        ) {
            let from = UnitVector::from(from);
            let mut bounds = Bounds::EMPTY;
            for &point in &points {
                bounds.include(point.into());
            }
            for &point in &points {
                let chord = from.chord_squared(point.into());
                prop_assert!(bounds.nearest(from) <= chord);
                prop_assert!(bounds.farthest(from) >= chord);
            }
        }
    }
}
