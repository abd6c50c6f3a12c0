//! Polygons: the area within a closed line of great circles.
//!
//! The gnomonic projection maps the sphere from its centre to a plane that touches it in the middle
//! of the polygon. It turns every great circle into a straight line. So the corners are projected
//! once, and the exact predicates of `geo` on the plane apply to the sphere.

use std::fmt::{self, Debug, Formatter};

use geo::{BoundingRect, Contains, Coord, Intersects, LineString, Rect};

use super::relation::{MARGIN, Relation};
use crate::geo::place::{Bounds, LatLng, UnitVector};

/// The area within a closed line, edges included: the smaller of the two parts into which it
/// divides the Earth. It may cross the antimeridian or contain a pole. If it crosses itself,
/// everything that it winds around is inside.
///
/// ```
/// use roost_engine::{LatLng, Polygon, PolygonError};
/// let corner = |lat, lng| LatLng::new(lat, lng).unwrap();
/// let powai = [corner(19.10, 72.88), corner(19.14, 72.88), corner(19.14, 72.93)];
/// assert!(Polygon::new(powai.to_vec()).is_ok());
/// assert_eq!(Polygon::new(powai[..2].to_vec()), Err(PolygonError::TooFew(2)));
/// ```
#[derive(Clone)]
pub struct Polygon {
    corners: Vec<LatLng>,
    plane: Plane,
    projected: geo::Polygon,
    around: Rect,
}

/// Why some points are not the corners of a polygon.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PolygonError {
    /// They enclose nothing.
    #[error("has {0} different corners, fewer than {min}", min = Polygon::CORNERS_MIN)]
    TooFew(usize),
    /// Every edge costs time in each test.
    #[error("has {0} corners, more than {max}", max = Polygon::CORNERS_MAX)]
    TooMany(usize),
    /// It is ambiguous which part of the Earth is inside.
    #[error("spans more than {max} km to each side of its middle", max = Polygon::SPAN_MAX_KM)]
    TooWide,
}

impl Polygon {
    /// The smallest number of different corners.
    pub const CORNERS_MIN: usize = 3;

    /// The largest number of corners.
    pub const CORNERS_MAX: usize = 500;

    /// The largest distance of a corner from the polygon's middle, in kilometres.
    pub const SPAN_MAX_KM: u32 = 8_000;

    /// Takes the corners in order, either way round. The first may be repeated as the last.
    ///
    /// # Errors
    /// For too few or too many corners, or if they lie too far apart.
    pub fn new(corners: Vec<LatLng>) -> Result<Polygon, PolygonError> {
        Polygon::detailed(corners, Polygon::CORNERS_MAX)
    }

    /// As [`Polygon::new`], with another limit of corners, for an area that is not part of a
    /// request.
    ///
    /// # Errors
    /// For too few or too many corners, or if they lie too far apart.
    pub fn detailed(mut corners: Vec<LatLng>, max: usize) -> Result<Polygon, PolygonError> {
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() > max {
            return Err(PolygonError::TooMany(corners.len()));
        }
        let mut different: Vec<LatLng> = Vec::new();
        for corner in &corners {
            if different.len() < Polygon::CORNERS_MIN && !different.contains(corner) {
                different.push(*corner);
            }
        }
        if different.len() < Polygon::CORNERS_MIN {
            return Err(PolygonError::TooFew(different.len()));
        }
        Polygon::project(corners).ok_or(PolygonError::TooWide)
    }

    /// The corners in order; the last one does not repeat the first.
    pub fn corners(&self) -> &[LatLng] {
        &self.corners
    }

    /// `None` if the corners lie too far apart.
    fn project(corners: Vec<LatLng>) -> Option<Polygon> {
        let points: Vec<UnitVector> = corners.iter().map(|&corner| corner.into()).collect();
        let plane = Plane::touching(middle(&points)?)?;
        let span_max_m = f64::from(Polygon::SPAN_MAX_KM) * 1_000.0;
        let project = |&point: &UnitVector| {
            let distance_m = plane.touches.chord_squared(point).distance_m();
            (distance_m <= span_max_m).then(|| plane.project(point))?
        };
        let line: Option<Vec<Coord>> = points.iter().map(project).collect();
        let projected = geo::Polygon::new(LineString::new(line?), Vec::new());
        Some(Polygon {
            corners,
            plane,
            around: projected.bounding_rect()?,
            projected,
        })
    }

    pub(crate) fn contains(&self, point: UnitVector) -> bool {
        self.plane.project(point).is_some_and(|place| {
            self.around.intersects(&place) && self.projected.intersects(&place)
        })
    }

    /// As [`Polygon::relation`] for the rectangle around the polygon, which takes the same time for
    /// any number of corners.
    pub(crate) fn relation_of_box(&self, bounds: &Bounds) -> Relation {
        match self.plane.shadow(bounds) {
            Some((shadow, _)) if !self.around.intersects(&shadow) => Relation::Outside,
            Some((shadow, true)) if self.around.contains(&shadow) => Relation::Inside,
            Some(_) => Relation::Crosses,
            None => Relation::Outside,
        }
    }

    /// A box that no edge crosses lies as a whole on one side of the line.
    pub(crate) fn relation(&self, bounds: &Bounds) -> Relation {
        let Some((shadow, is_all)) = self.plane.shadow(bounds) else {
            return Relation::Outside;
        };
        if !self.around.intersects(&shadow) {
            return Relation::Outside;
        }
        let mut edges = self.projected.exterior().lines();
        if edges.any(|edge| shadow.intersects(&edge)) {
            return Relation::Crosses;
        }
        if !self.projected.intersects(&shadow.center()) {
            Relation::Outside
        } else if is_all {
            Relation::Inside
        } else {
            Relation::Crosses
        }
    }
}

/// Shows the corners, which determine everything else.
impl Debug for Polygon {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Polygon").field(&self.corners).finish()
    }
}

impl PartialEq for Polygon {
    fn eq(&self, other: &Polygon) -> bool {
        self.corners == other.corners
    }
}

/// A plane that touches the sphere, with a right angle between its two directions.
#[derive(Clone, Copy, Debug)]
struct Plane {
    touches: UnitVector,
    right: UnitVector,
    up: UnitVector,
}

impl Plane {
    fn touching(touches: UnitVector) -> Option<Plane> {
        // Any direction that is not nearly parallel gives a perpendicular one.
        let away = if touches.0[2].abs() < 0.5 {
            UnitVector([0.0, 0.0, 1.0])
        } else {
            UnitVector([1.0, 0.0, 0.0])
        };
        let right = away.cross(touches).normalized()?;
        let up = touches.cross(right).normalized()?;
        Some(Plane { touches, right, up })
    }

    /// The projection of a point. `None` for points that are farther away than any corner can be.
    fn project(&self, point: UnitVector) -> Option<Coord> {
        let depth = self.touches.dot(point);
        (depth >= DEPTH_MIN).then(|| Coord {
            x: self.right.dot(point) / depth,
            y: self.up.dot(point) / depth,
        })
    }

    /// A rectangle around the projection of a box, and whether the whole box has a projection.
    /// `None` if no part of it has.
    fn shadow(&self, bounds: &Bounds) -> Option<(Rect, bool)> {
        let (depth_low, depth_high) = bounds.range_along(self.touches);
        if depth_high < DEPTH_MIN - MARGIN {
            return None;
        }
        let is_all = depth_low > DEPTH_MIN + MARGIN;
        let depths = (depth_low.max(DEPTH_MIN - MARGIN), depth_high);
        let (left, right) = quotients(bounds.range_along(self.right), depths);
        let (bottom, top) = quotients(bounds.range_along(self.up), depths);
        let shadow = Rect::new(Coord { x: left, y: bottom }, Coord { x: right, y: top });
        Some((shadow, is_all))
    }
}

/// The direction of the middle of the box around some points, which, unlike their mean, does not
/// depend on where most of them are. `None` if that is the centre of the Earth.
fn middle(points: &[UnitVector]) -> Option<UnitVector> {
    let mut bounds = Bounds::EMPTY;
    points.iter().for_each(|&point| bounds.include(point));
    bounds.middle().normalized()
}

/// The smallest and the largest quotient of numbers from two ranges, and a margin beyond them; the
/// divisors are above 0.
fn quotients((low, high): (f64, f64), (divisor_low, divisor_high): (f64, f64)) -> (f64, f64) {
    let min = low / if low < 0.0 { divisor_low } else { divisor_high };
    let max = high
        / if high < 0.0 {
            divisor_high
        } else {
            divisor_low
        };
    let margin = 100.0 * MARGIN;
    (min - margin, max + margin)
}

/// The cosine of the largest angle between the middle and a point that is projected: 84 degrees of
/// arc, or 9,370 km.
const DEPTH_MIN: f64 = 0.1;

#[cfg(test)]
mod tests;
